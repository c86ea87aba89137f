import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../../../tests/support/folders.ts";
import { createFileStore } from "./create-file-store.ts";

const script = fileURLToPath(new URL("../../../tests/support/file-store-process.ts", import.meta.url));
const attemptsMax = 10;

function prepare(t: TestContext) {
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const source = writeTree(join(folder, "in"), {
    "a/1": new Uint8Array(20_000_000).fill(1),
    "a/2": new Uint8Array(60_000_000).fill(2),
  });
  return { root, source, store: createFileStore(root) };
}

const run = (...args: string[]) => spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });

test("a process that is killed while it takes in an edition leaves none, and the next attempt succeeds", async (t) => {
  const { root, source, store } = prepare(t);
  const killed = run("take-in", root, source, "die");
  assert.equal(killed.signal, "SIGKILL", killed.stderr);
  const left = pathsBelow(join(root, "drafts"));
  assert.ok(
    left.some((path) => path.endsWith("content/0")),
    `nothing was begun: ${left}`,
  );
  assert.deepEqual(await store.listEditions(), []);

  const key = run("take-in", root, source).stdout.trim();
  assert.deepEqual(
    (await store.listEditions()).map((edition) => edition.key),
    [key],
  );
  assert.equal(await store.sweepDrafts(0), 1);
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
});

test("a process that is killed while it builds a delivery leaves none, and the next attempt succeeds", async (t) => {
  const { root, source, store } = prepare(t);
  const { key } = await store.takeIn(source);
  let killed = run("build", root, key, "1-42", "die");
  // On a busy machine the thread may be done before the test looks.
  for (let attempt = 1; killed.signal === null && attempt < attemptsMax; attempt++) {
    await store.removeDelivery("1-42");
    killed = run("build", root, key, "1-42", "die");
  }
  assert.equal(killed.signal, "SIGKILL", killed.stdout + killed.stderr);
  assert.ok(pathsBelow(join(root, "drafts")).some((path) => path.endsWith(".zip")));
  assert.equal(await store.openDelivery("1-42"), undefined);
  assert.deepEqual(await store.listDeliveries(), []);

  assert.match(run("build", root, key, "1-42").stdout, /^[0-9a-f]{64}\n$/);
  assert.equal((await store.listDeliveries()).length, 1);
  assert.equal(await store.sweepDrafts(0), 1);
  assert.deepEqual(pathsBelow(join(root, "drafts")), []);
});
