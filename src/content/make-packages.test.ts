import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { addChart, addEdition, carryOut } from "../../tests/support/charts.ts";
import { openTestEngine } from "../../tests/support/engine.ts";
import { makeTemporaryFolder, writeTree } from "../../tests/support/folders.ts";
import { keepLog } from "../../tests/support/log.ts";
import { job } from "../access/principals.ts";
import { executorFor } from "../engine/executor.ts";
import { JobFailure } from "../jobs/failure.ts";
import { DeliveryImpossible } from "./delivery-format.ts";
import { makePackagesTask, type PackageServices } from "./make-packages.ts";
import type { PackageFormat } from "./package-format.ts";
import { createFileStore } from "./store/create-file-store.ts";
import { DeliveryError } from "./store/errors.ts";

/** An update leads from an edition to the next letter. */
const letters: PackageFormat = {
  kind: "chart",
  predecessorOf: ({ name }, editions) => editions.find((other) => other.name.charCodeAt(0) === name.charCodeAt(0) - 1),
  async plan({ id }, to, from) {
    if (to.edition.name === "x") throw new DeliveryImpossible("Name it anew.");
    const name = `${id}-${to.edition.name}-${from === undefined ? "base" : "update"}`;
    return { fileName: `${name}.zip`, top: name, extras: [] };
  },
};

async function openShop(t: TestContext) {
  const opened = await openTestEngine(t);
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const files = createFileStore(root);
  const shop = { ...opened, files };
  await addChart(shop);
  const { organizationId, queries, engine } = shop;
  const { log, lines } = keepLog();
  let editions = 0;
  const run = (
    editionId: number,
    through: Partial<PackageServices["files"]> = {},
    formats = [letters],
    signal = new AbortController().signal,
  ) =>
    makePackagesTask.run(
      { organizationId, editionId },
      { isLast: false, signal },
      { queries, execute: executorFor(job, engine), files: { ...files, ...through }, packageFormats: formats, log },
    );
  return {
    shop,
    root,
    run,
    lines,
    add: (name: string) =>
      addEdition(shop, writeTree(join(folder, String(editions++)), { name }), {
        name,
        publishedAtMs: Date.UTC(2026, 0, editions),
      }),
    names: async () => (await queries.packages.ofProduct(organizationId, 15)).map(({ fileName }) => fileName),
  };
}

test("all packages of a product are made, the latest edition first, and nothing a second time", async (t) => {
  const { add, run, names } = await openShop(t);
  const [a] = [await add("a"), await add("b")];
  await run(a.id);
  assert.deepEqual(await names(), ["15-b-base.zip", "15-b-update.zip", "15-a-base.zip"]);
  const never = () => assert.fail("a package is made twice");
  await run(a.id, { makePackage: never });
  const c = await add("c");
  await run(c.id);
  assert.deepEqual((await names()).slice(3), ["15-c-base.zip", "15-c-update.zip"]);
});

test("what was made stays made when the work is broken off, and the next attempt goes on behind it", async (t) => {
  const { shop, add, run, names } = await openShop(t);
  const [a] = [await add("a"), await add("b")];
  let made = 0;
  const breaking: PackageServices["files"]["makePackage"] = (plan, signal) =>
    made++ === 1
      ? Promise.reject(new DeliveryError("disk_full", "There is no room."))
      : shop.files.makePackage(plan, signal);
  await assert.rejects(run(a.id, { makePackage: breaking }), new JobFailure("There is no room."));
  assert.deepEqual(await names(), ["15-b-base.zip"]);
  const stopping = AbortSignal.abort(new Error("the process stops"));
  await assert.rejects(run(a.id, {}, [letters], stopping), /the process stops/);
  await run(a.id);
  assert.deepEqual(await names(), ["15-b-base.zip", "15-b-update.zip", "15-a-base.zip"]);
});

test("an edition that cannot be packed, or is damaged, is left out with advice, and the others are packed", async (t) => {
  const { add, run, names, lines, root } = await openShop(t);
  const [a, x, c] = [await add("a"), await add("x"), await add("c")];
  rmSync(join(root, "editions", a.content.key, "manifest.jsonl"));
  await run(x.id);
  assert.deepEqual(await names(), ["15-c-base.zip"]);
  const told = lines("a package cannot be made");
  assert.deepEqual(
    told.map(({ edition, advice }) => [edition, advice]),
    [
      ["x", "Name it anew."],
      ["a", "The edition is not in the store: it must be added again."],
    ],
  );
  assert.equal(c.name, "c");
});

test("nothing is made of a product that nobody packs, or that is gone", async (t) => {
  const { shop, add, run, names } = await openShop(t);
  const a = await add("a");
  await run(a.id, {}, []);
  assert.deepEqual(await names(), []);
  await run(a.id);
  await carryOut(shop, { verb: "retire_product", productId: 15 });
  assert.deepEqual(await names(), [], "packages go with their edition");
  await run(a.id);
  assert.deepEqual(await names(), []);
});
