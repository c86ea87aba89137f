import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  addChart,
  addEdition,
  buildServices,
  carryOut,
  requestDelivery,
  type SoldChart,
  sellChart,
} from "../../tests/support/charts.ts";
import { openTestEngine, resultOf, successOf } from "../../tests/support/engine.ts";
import { makeTemporaryFolder, writeTree } from "../../tests/support/folders.ts";
import { keepLog } from "../../tests/support/log.ts";
import { chartSets } from "../dialects/ocharts/delivery-format.ts";
import { JobFailure } from "../jobs/failure.ts";
import { createSecrets } from "../storage/secrets.ts";
import { type BuildServices, buildTask } from "./build-task.ts";
import { createFileStore } from "./store/create-file-store.ts";
import { DeliveryError } from "./store/errors.ts";
import type { FileStore } from "./store/file-store.ts";

const secretKey = randomBytes(32);
// The organizations of this file share one database, as the organizations of a server do.
const secrets = createSecrets([secretKey]);

/** A shop that sold one chart, and the task that builds its deliveries. */
async function openShop(t: TestContext) {
  const opened = await openTestEngine(t, { secrets });
  const folder = makeTemporaryFolder(t);
  const root = join(folder, "store");
  const files = createFileStore(root);
  const shop = { ...opened, files };
  await addChart(shop);
  const edition = await addEdition(shop, writeTree(join(folder, "in"), { "a.oesenc": "a" }));
  const sold = await sellChart(shop);
  const { log, lines } = keepLog();
  const { organizationId, queries } = shop;
  const request = async (what: SoldChart = sold) => successOf(await requestDelivery(shop, what)).delivery.id;
  const build = (
    deliveryId: number,
    { isLast = false, signal = new AbortController().signal, through = {}, services: others = {} }: BuildOptions = {},
  ) => {
    const services = {
      ...buildServices(shop),
      ...others,
      files: { ...files, ...through },
      clock: () => opened.nowMs,
      log,
    };
    return buildTask.run({ organizationId, deliveryId }, { isLast, signal }, services);
  };
  const deliveryOf = async (id: number) => (await queries.deliveries.byId(organizationId, id))?.delivery;
  return { shop, files, root, edition, sold, request, build, deliveryOf, lines };
}

interface BuildOptions {
  readonly isLast?: boolean;
  readonly signal?: AbortSignal;
  readonly services?: Partial<BuildServices>;
  /** Functions that replace those of the file store. */
  readonly through?: Partial<FileStore>;
}

const full: Partial<FileStore> = {
  buildDelivery: () => Promise.reject(new DeliveryError("disk_full", "There is no room on the disk.")),
};

test("a second build gives the same bytes, and an offered delivery stays as it is", async (t) => {
  const { shop, files, request, build, deliveryOf } = await openShop(t);
  const id = await request();
  const plans: Parameters<FileStore["buildDelivery"]>[0][] = [];
  const first = Promise.withResolvers<void>();
  // Two processes build it at once; the second one begins when the first one has built.
  const slow = build(id, {
    through: {
      async buildDelivery(plan, signal) {
        plans.push(plan);
        const built = await files.buildDelivery(plan, signal);
        first.resolve();
        return built;
      },
    },
  });
  await first.promise;
  shop.nowMs += 60_000;
  await Promise.all([slow, build(id)]);
  const [plan] = plans;
  assert.ok(plan !== undefined);
  const again = await files.buildDelivery(plan);
  const { built } = (await deliveryOf(id)) ?? {};
  assert.deepEqual(again, { bytes: built?.bytes, sha1: built?.sha1, sha256: built?.sha256 });
  await build(id, { through: { buildDelivery: () => assert.fail("it is built already") } });
  assert.deepEqual((await deliveryOf(id))?.built, built);
});

test("it can be downloaded for seven days, or as many as the organization's setting says", async (t) => {
  const { shop, sold, request, build, deliveryOf } = await openShop(t);
  const dayMs = 24 * 60 * 60 * 1000;
  for (const [value, days] of [
    [undefined, 7],
    ["1", 1],
    ["365", 365],
    ["366", 7],
    ["0", 7],
    ["1.5", 7],
  ] as const) {
    await shop.administration.putSetting(shop.organizationId, "ocharts.deliveryDays", value);
    const id = await request();
    await build(id);
    assert.equal((await deliveryOf(id))?.built?.expiresAtMs, shop.nowMs + days * dayMs, value);
    await carryOut(shop, { verb: "end_delivery", deliveryId: id, code: sold.code });
  }
});

test("a failure that may pass rejects without ending the delivery, and ends it at the last attempt only", async (t) => {
  const { shop, sold, request, build, deliveryOf } = await openShop(t);
  const id = await request();
  const failure = { name: "JobFailure", message: "There is no room on the disk." };
  await assert.rejects(build(id, { through: full }), failure);
  assert.equal((await deliveryOf(id))?.endedAtMs, null);
  assert.equal(resultOf(await requestDelivery(shop, sold)), "already_delivered");
  await assert.rejects(build(id, { through: full, isLast: true }), failure);
  assert.equal((await deliveryOf(id))?.endedAtMs, shop.nowMs);
  const next = await request();
  await build(next);
  assert.notEqual((await deliveryOf(next))?.built, null);
});

test("an edition that is damaged or gone ends the delivery, and the log tells the operator what to do", async (t) => {
  const { root, edition, request, build, deliveryOf, lines } = await openShop(t);
  for (const lost of ["content/0", "."]) {
    rmSync(join(root, "editions", edition.content.key, lost), { recursive: true });
    const id = await request();
    await build(id);
    assert.notEqual((await deliveryOf(id))?.endedAtMs, null);
  }
  const told = lines("a delivery can never be built and is ended");
  assert.deepEqual(
    told.map(({ level, productId, edition }) => ({ level, productId, edition })),
    [1, 2].map(() => ({ level: 50, productId: 15, edition: "2017-2" })),
  );
  for (const { advice } of told) {
    assert.match(
      String(advice),
      /added again\. Add it under another name: counterfoil edition add --product 15 --edition NAME --published 2017-04-01 PATH$/,
    );
  }
});

test("a device that was freed from its machine gets nothing, and the delivery ends", async (t) => {
  const { shop, sold, files, request, build, deliveryOf, lines } = await openShop(t);
  const { customerId, device } = sold;
  const before = await request();
  await carryOut(shop, { verb: "change_device", customerId, device, change: "release" });
  assert.notEqual((await deliveryOf(before))?.endedAtMs, null);
  await build(before);
  // A request that was on its way while the machine left.
  const id = await request();
  await build(id);
  assert.notEqual((await deliveryOf(id))?.endedAtMs, null);
  assert.deepEqual(await files.listDeliveries(), []);
  assert.equal(lines("a delivery can never be built and is ended").length, 1);
});

test("a delivery of a product whose kind no protocol delivers is ended", async (t) => {
  const { request, build, deliveryOf, lines } = await openShop(t);
  const id = await request();
  await build(id, { services: { deliveryFormats: [] } });
  assert.notEqual((await deliveryOf(id))?.endedAtMs, null);
  assert.match(String(lines("a delivery can never be built and is ended")[0]?.advice), /products of the kind chart/);
});

test("a delivery that was ended while it was built leaves no file, and is not offered", async (t) => {
  const { shop, sold, files, request, build, deliveryOf } = await openShop(t);
  const id = await request();
  await build(id, {
    through: {
      async buildDelivery(plan, signal) {
        await carryOut(shop, { verb: "end_delivery", deliveryId: id, code: sold.code });
        return files.buildDelivery(plan, signal);
      },
    },
  });
  assert.equal((await deliveryOf(id))?.built, null);
  assert.deepEqual(await files.listDeliveries(), []);
  await build(id, { through: { buildDelivery: () => assert.fail("it has ended") } });
});

test("a build that the stop breaks off rejects with the signal's reason and ends nothing, not even at the last attempt", async (t) => {
  const { request, build, deliveryOf } = await openShop(t);
  const id = await request();
  const stop = new AbortController();
  const reason = new Error("stopped");
  stop.abort(reason);
  await assert.rejects(build(id, { isLast: true, signal: stop.signal }), reason);
  assert.equal((await deliveryOf(id))?.endedAtMs, null);
  await build(id);
  assert.notEqual((await deliveryOf(id))?.built, null);
});

test("a bug is no failure that is known to be harmless to log", async (t) => {
  const { request, build } = await openShop(t);
  const bug = new TypeError("the customer is skipper@example.com");
  await assert.rejects(build(await request(), { through: { buildDelivery: () => Promise.reject(bug) } }), (error) => {
    return error === bug && !(error instanceof JobFailure);
  });
});

test("the permits of an organization are signed with one key, which is made once and sealed", async (t) => {
  const { shop, request, build } = await openShop(t);
  const others = await Promise.all(
    ["one", "two", "three"].map((system) => sellChart(shop, { system, order: system.toUpperCase() })),
  );
  const ids = await Promise.all(others.map(request));
  const keys = new Set<string>();
  await Promise.all(
    ids.map((id) =>
      build(id, {
        through: {
          buildDelivery(plan, signal) {
            const permit = plan.extras.find(({ path }) => path === "permit.json");
            keys.add(JSON.parse(Buffer.from(permit?.content ?? []).toString()).keyId);
            return shop.files.buildDelivery(plan, signal);
          },
        },
      }),
    ),
  );
  assert.equal(keys.size, 1);
  const [stored] = await shop.sql<{ value: string }>("select value::text from setting where organization_id = $1");
  assert.doesNotMatch(stored?.value ?? "PRIVATE", /PRIVATE/);
});

test("the user's key has 16 hex digits, is one device's own, and stays when a new secret key is put in front", async (t) => {
  const { shop, sold, request } = await openShop(t);
  const other = await sellChart(shop, { system: "mydesktop", order: "OTHER" });
  const [id, otherId] = [await request(sold), await request(other)];
  const keyOf = async (deliveryId: number, { queries, secrets } = shop) => {
    const organization = await queries.organizations.byId(shop.organizationId);
    const details = await queries.deliveries.byId(shop.organizationId, deliveryId);
    assert.ok(organization !== undefined && details !== undefined);
    const { signingKeys } = buildServices(shop);
    const [chartInfo] = await chartSets.extras(details, {
      organization,
      readOriginal: async () => undefined,
      signingKey: () => signingKeys.ensure(organization),
      keyedHash: secrets.lastingHash,
    });
    return /^UserKey:(.*)$/m.exec(String(chartInfo?.content))?.[1] ?? "";
  };
  const key = await keyOf(id);
  assert.match(key, /^[0-9A-F]{16}$/);
  assert.notEqual(await keyOf(otherId), key);
  const after = await openTestEngine(t, { beside: shop, secrets: createSecrets([randomBytes(32), secretKey]) });
  assert.equal(await keyOf(id, { ...shop, queries: after.queries, secrets: after.secrets }), key);
  await carryOut(shop, { verb: "end_delivery", deliveryId: id, code: sold.code });
  assert.equal(await keyOf(await request(sold)), key);
});

test("a delivery whose entitlement gets another code while it is built is built by the next attempt", async (t) => {
  const { shop, files, sold, request, build, deliveryOf } = await openShop(t);
  const id = await request();
  const through: Partial<FileStore> = {
    async buildDelivery(...plan) {
      await carryOut(shop, { verb: "reissue", productId: sold.productId, code: sold.code, newCode: "GBLAQPDMG-15-2" });
      return files.buildDelivery(...plan);
    },
  };
  await assert.rejects(build(id, { through }), JobFailure);
  assert.equal((await deliveryOf(id))?.built, null);
  await build(id);
  assert.notEqual((await deliveryOf(id))?.built, null);
});
