import assert from "node:assert/strict";
import { test } from "node:test";
import { DeliveryImpossible } from "../../content/delivery-format.ts";
import type { EditionContents } from "../../content/package-format.ts";
import { sha256Hex } from "../../wire/digest.ts";
import { readChartList } from "./chart-list.ts";
import { chartPackages, chartTypeOf } from "./package-format.ts";

const product = { id: 15, name: "British Isles" };

function edition(name: string, tree: Readonly<Record<string, string>>, bytes?: number): EditionContents {
  const files = Object.entries(tree).map(([path, text]) => ({
    path,
    bytes: bytes ?? text.length,
    sha256: sha256Hex(text),
  }));
  const content = { key: name, files: files.length, bytes: 0, sha256: "" };
  return {
    edition: {
      id: 1,
      productId: 15,
      name,
      publishedAtMs: Date.UTC(2026, 0, 15),
      addedAtMs: 0,
      availableAtMs: null,
      withdrawnAtMs: null,
      content,
    },
    files,
    read: async (path) => {
      const found = Object.keys(tree).find((one) => one.toLowerCase() === path.toLowerCase());
      return found === undefined ? undefined : Buffer.from(tree[found] ?? "");
    },
  };
}

const listed = (...charts: readonly string[]) => `<chartList>${charts.join("")}<Edition>0</Edition></chartList>`;
const chart = (id: string, scale = "1") =>
  `<Chart><Name>Name of ${id}</Name><ID>${id}</ID><Scale>${scale}</Scale></Chart>`;
const listIn = (plan: Awaited<ReturnType<typeof chartPackages.plan>>) => plan?.extras[0]?.content.toString() ?? "";

test("a base has every file, and a list of all cells: the publisher's entries, and plain ones for the rest", async () => {
  const to = edition("2026/1-3", {
    "A.oesu": "a",
    "B.oesu": "b",
    "chartlist.xml": listed(chart("A"), chart("gone"), chart("A", "2")),
  });
  const plan = await chartPackages.plan(product, to, undefined);
  assert.equal(plan?.fileName, "oeuSENC-15-2026-1-3-base.zip");
  assert.equal(plan?.top, "oeuSENC-15-2026-1-3-base");
  assert.equal(plan?.paths, undefined);
  assert.equal(plan?.extras[0]?.path, "ChartList.XML");
  assert.equal(
    listIn(plan),
    `<?xml version="1.0" encoding="utf-8"?>\n<chartList>\n<Chart><Name>Name of A</Name><ID>A</ID><Scale>1</Scale></Chart>\n<Chart><Name>B</Name><ID>B</ID><ED>2026-01-15</ED></Chart>\n<Edition>2026/1-3</Edition>\n</chartList>\n`,
  );
});

test("an update has the cells whose content or entry differs, text files that differ, and names withdrawn cells", async () => {
  const from = edition("2026/1-0", {
    "A.oesu": "a",
    "B.oesu": "b",
    "C.oesu": "c",
    "D.oesu": "d",
    "EN.html": "1",
    "sub/x.txt": "1",
    "other.bin": "1",
    "ChartList.XML": listed(chart("A"), chart("B"), chart("C"), chart("D")),
  });
  const to = edition("2026/1-1", {
    "A.oesu": "a",
    "B.oesu": "b1",
    "D.oesu": "d",
    "E.oesu": "e",
    "EN.html": "2",
    "sub/x.txt": "1",
    "other.bin": "2",
    "ChartList.XML": listed(chart("A"), chart("B"), chart("D", "2"), chart("E")),
  });
  const plan = await chartPackages.plan(product, to, from);
  assert.deepEqual(plan?.paths, ["B.oesu", "D.oesu", "E.oesu", "EN.html"]);
  assert.equal(plan?.fileName, "oeuSENC-15-2026-1-1-update.zip");
  assert.deepEqual([...readChartList(Buffer.from(listIn(plan))).keys()], ["B", "D", "E"]);
  assert.match(listIn(plan), /<WithdrawnCharts><ID>C<\/ID><\/WithdrawnCharts>/);
  assert.doesNotMatch(listIn(plan), /<(\w+)><\/\1>|<\w+\/>/, "no element is empty");
});

test("there is no update of raster sets, between types, or when a text file is gone", async () => {
  const vector = edition("2026/1-0", { "A.oesu": "a", "EN.html": "1" });
  const raster = edition("2026/1-1", { "A.oernc": "a" });
  assert.equal(await chartPackages.plan(product, raster, vector), undefined);
  assert.equal(await chartPackages.plan(product, edition("2026/1-2", { "A.oernc": "b" }), raster), undefined);
  assert.equal(await chartPackages.plan(product, edition("2026/1-1", { "A.oesu": "b" }), vector), undefined);
  const base = await chartPackages.plan(product, raster, undefined);
  assert.equal(base?.fileName, "oeuRNC-15-2026-1-1-base.zip");
  assert.deepEqual([chartTypeOf(base?.fileName ?? ""), chartTypeOf("oeuSENC-15-x")], ["oeuRNC", "oeuSENC"]);
});

test("an edition without a number or without cells is not packed; one that no client can read is refused with advice", async () => {
  assert.equal(await chartPackages.plan(product, edition("spring", { "A.oesu": "a" }), undefined), undefined);
  assert.equal(await chartPackages.plan(product, edition("2026/1-0", { "sub/A.oesu": "a" }), undefined), undefined);
  assert.equal(await chartPackages.plan(product, edition("2017-1", { "A.oesenc": "a" }), undefined), undefined);
  const refused = [
    edition("2026/1-0", { "A.oesu": "a", "B.oernc": "b" }),
    edition("2026/1-0", { "A.oesu": "a", "B.oesu": "b" }, 2 ** 30),
    edition("2026/1-0", { "A.oesu": "a", "ChartList.XML": "<chartList>" }),
    edition("2026/1-0", { "A.oesu": "a", "ChartList.XML": "<keyList/>" }),
    edition("2026/1-0", { "A.oesu": "a", "ChartList.XML": '<!DOCTYPE a [<!ENTITY b "c">]><chartList/>' }),
  ];
  for (const to of refused) await assert.rejects(chartPackages.plan(product, to, undefined), DeliveryImpossible);
});

test("the predecessor of an edition is the one with the update before", () => {
  const all = ["2025/1-1", "2026/1-0", "2026/1-1", "2026/1-2", "2026/2-0", "spring"].map(
    (name) => edition(name, {}).edition,
  );
  const before = (name: string) => chartPackages.predecessorOf(edition(name, {}).edition, all)?.name;
  assert.deepEqual(["2026/1-2", "2026/1-1", "2026/1-0", "2026/2-0", "2026/2-2", "spring"].map(before), [
    "2026/1-1",
    "2026/1-0",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
