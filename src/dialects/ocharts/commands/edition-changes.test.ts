import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { startTestApp } from "../../../../tests/support/app.ts";
import { addChart } from "../../../../tests/support/charts.ts";
import { makeTemporaryFolder, writeTree } from "../../../../tests/support/folders.ts";
import { openTerminal } from "../../../../tests/support/terminal.ts";

test("edition add says what an edition changes against the one before, and which edition an update updates", async (t) => {
  const app = await startTestApp(t);
  await addChart(app.app);
  const folder = makeTemporaryFolder(t);
  let number = 0;
  const add = async (name: string, day: string, tree: Record<string, string>) => {
    const source = writeTree(join(folder, String(number++)), tree);
    const words = ["edition", "add", "--product", "15", "--edition", name, "--published", day, source];
    const lines = await openTerminal(app).run(...words);
    return lines.slice(lines.findIndex((line) => line.includes("has the edition")) + 1);
  };
  assert.deepEqual(await add("2026/1-0", "2026-01-01", { "A.oesu": "a", "B.oesu": "b", "C.oesu": "c" }), []);
  assert.deepEqual(
    await add("2026/1-1", "2026-02-01", { "A.oesu": "a", "B.oesu": "b1", "D.oesu": "d", "E.oesu": "e" }),
    ["It is update 1 of edition 1 of 2026.", "Against 2026/1-0: 2 new, 1 changed, 1 gone, 1 the same."],
  );
  assert.deepEqual(await add("2026/1-3", "2026-03-01", { "A.oesu": "a", "D.oesu": "d" }), [
    "There is no 2026/1-2, of which it would be the update: whoever has an older one gets all files.",
    "Against 2026/1-1: 0 new, 0 changed, 2 gone, 2 the same.",
  ]);
  assert.deepEqual(await add("2026/2-0", "2026-04-01", { "A.oesu": "a", "D.oesu": "d" }), [
    "Against 2026/1-3: 0 new, 0 changed, 0 gone, 2 the same.",
  ]);
  assert.deepEqual(await add("spring", "2026-05-01", { "A.oesu": "a" }), [
    "Its name has no number like 2026/1-29, so clients of today do not see it. Those of before do.",
    "Against 2026/2-0: 0 new, 0 changed, 1 gone, 1 the same.",
  ]);
});
