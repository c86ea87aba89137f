/** The plugin from the first login to the set on its disk, and every later button, byte for byte as it speaks. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPlugin } from "../../../tests/support/ocharts.ts";
import {
  cellText as cell,
  editionTree,
  type InstalledSet,
  openClient,
  openOesuShop,
  type Tree,
} from "../../../tests/support/oesu.ts";

/** What is installed equals the publisher's edition, file by file; the list names every cell, and each has a key. */
function assertInstalled(set: InstalledSet | undefined, tree: Tree): void {
  const { "ChartList.XML": _list, ...files } = tree;
  assert.deepEqual(
    Object.fromEntries([...(set?.files ?? [])].map(([path, content]) => [path, content.toString()])),
    files,
  );
  const cells = Object.keys(files).flatMap((path) => /^(.*)\.(?:oesu|oernc)$/.exec(path)?.[1] ?? []);
  assert.deepEqual([...(set?.list.keys() ?? [])].sort(), cells.sort());
  for (const name of cells) assert.match(set?.keys.get(name) ?? "", /^[0-9A-F]{16}$/, name);
}

const trees = [
  editionTree({ A1: cell("a0"), B2: cell("b0"), C3: cell("c0"), D4: cell("d0") }, { "EN_terms.html": "<p>terms</p>" }),
  editionTree({ A1: cell("a0"), B2: cell("b1"), C3: cell("c0"), D4: cell("d0") }, { "EN_terms.html": "<p>terms</p>" }),
  editionTree({ A1: cell("a0"), B2: cell("b1"), D4: cell("d0"), E5: cell("e2") }, { "EN_terms.html": "<p>new</p>" }),
  editionTree(
    { A1: cell("a3"), B2: cell("b1"), D4: cell("d0"), E5: cell("e2") },
    { "EN_terms.html": "<p>new</p>", "docs/note.txt": "3" },
  ),
  editionTree(
    { A1: cell("a3"), B2: cell("b1"), D4: cell("d0"), E5: cell("e4") },
    { "EN_terms.html": "<p>new</p>", "docs/note.txt": "3" },
  ),
] as const;

test("a plugin logs in, installs a set, updates it by one, by a chain of three, installs it again, and takes the next edition", async (t) => {
  const { app, publish } = await openOesuShop(t);
  await publish("2026/1-0", trees[0]);
  const client = await openClient(app);
  const first = await client.install();
  assert.deepEqual(
    first.map(({ editionTarget, editionResult }) => [editionTarget, editionResult]),
    [["", "2026/1-0"]],
  );
  const [[uuid, set] = ["", undefined]] = client.installed;
  assert.match(uuid, /^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
  assertInstalled(set, trees[0]);

  await publish("2026/1-1", trees[1]);
  const one = await client.install();
  assert.deepEqual(
    one.map(({ editionTarget, editionResult }) => [editionTarget, editionResult]),
    [["2026/1-0", "2026/1-1"]],
  );
  assertInstalled(set, trees[1]);

  await publish("2026/1-2", trees[2]);
  await publish("2026/1-3", trees[3]);
  await publish("2026/1-4", trees[4]);
  const chain = await client.install();
  assert.deepEqual(
    chain.map(({ editionTarget, editionResult }) => [editionTarget, editionResult]),
    [
      ["2026/1-1", "2026/1-2"],
      ["2026/1-2", "2026/1-3"],
      ["2026/1-3", "2026/1-4"],
    ],
  );
  assertInstalled(set, trees[4]);

  set?.files.set("broken.oesu", Buffer.from("x"));
  const again = await client.install();
  assert.deepEqual(
    again.map(({ editionTarget, editionResult }) => [editionTarget, editionResult]),
    [["", "2026/1-4"]],
  );
  assertInstalled(set, trees[4]);

  await publish("2026/2-0", trees[0]);
  const next = await client.install();
  assert.deepEqual(
    next.map(({ editionTarget, editionResult }) => [editionTarget, editionResult]),
    [["", "2026/2-0"]],
  );
  assertInstalled(set, trees[0]);
  assert.equal(client.installed.size, 1, "the slot keeps its UUID through every edition");
});

test("raster sets are brought to every edition by a base", async (t) => {
  const { app, publish } = await openOesuShop(t);
  const raster = (tree: Tree) =>
    Object.fromEntries(Object.entries(tree).map(([path, content]) => [path.replace(".oesu", ".oernc"), content]));
  await publish("2026/1-0", raster(trees[0]));
  const client = await openClient(app);
  await client.install();
  await publish("2026/1-1", raster(trees[1]));
  const [file, ...others] = await client.install();
  assert.deepEqual([file?.editionTarget, file?.editionResult, others.length], ["", "2026/1-1", 0]);
  assert.equal((await client.getlist()).charts[0]?.chartType, "oeuRNC");
  assertInstalled([...client.installed.values()][0], raster(trees[1]));
});

test("what one client assigned the other sees, and one machine through both has one binding and one key", async (t) => {
  const { app, publish } = await openOesuShop(t);
  await publish("2026/1-0", trees[0]);
  const [today, before] = await Promise.all([openClient(app), openPlugin(app)]);
  const same = { uuid: "uuid of mylaptop", os: "linux" } as const;
  const registered = await Promise.all([today.xfpr("mylaptop", same), before.xfpr("mylaptop", same)]);
  assert.deepEqual(
    registered.map(({ result }) => result),
    ["1", "1"],
  );
  const [assigned, old] = await Promise.all([today.assign(), before.assign()]);
  const results = [assigned.result, old.code].sort();
  // The second of them holds it already: 20 in today's words, 18 in the older ones.
  assert.ok(["1,18", "1,20"].includes(results.join()), results.join());
  const [held] = await app.app.queries.content.heldBy(1, 1, "chart");
  assert.deepEqual(
    held?.bindings.map(({ slot, device }) => [slot, device.name]),
    [[0, "mylaptop"]],
  );
  const [chart] = (await today.getlist()).charts;
  assert.deepEqual(
    chart?.units[0]?.slots.map(({ assignedSystemName }) => assignedSystemName),
    ["mylaptop"],
  );
  assert.equal((await before.getlist()).charts[0]?.assignedSystemName, "mylaptop");
  await today.install();
  assertInstalled([...today.installed.values()][0], trees[0]);
});
