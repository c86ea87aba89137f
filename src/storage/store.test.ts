import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type pg from "pg";
import { finish, openContent, register, request } from "../../tests/support/content.ts";
import {
  createEvent,
  issue,
  openTestEngine,
  redeem,
  resultOf,
  startMs,
  successOf,
  type TestEngine,
} from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { anybody } from "../../tests/support/principals.ts";
import { customers } from "../core/customer.ts";
import { deliveries, deliveriesOf } from "../core/delivery.ts";
import { devices, holdersDevice } from "../core/device.ts";
import { editions } from "../core/edition.ts";
import { type Entitlement, entitlements } from "../core/entitlement.ts";
import { products } from "../core/product.ts";
import { payments, sales } from "../core/sale.ts";
import type { Needs, Noun } from "../core/state.ts";
import { needsOfBatch } from "../engine/needs.ts";
import type { BatchNeeds, Loaded, LogEntryRecord, Writes } from "../engine/store.ts";
import { WorkingSet } from "../engine/working-set.ts";
import { systemNamed } from "../kinds/chart/system-name.ts";
import { openPool, queryLimits } from "./database.ts";
import { createSecrets } from "./secrets.ts";
import { createStore } from "./store.ts";

const nothing: Writes = { changes: new Map(), entries: [], answers: [] };

/** What a batch of one command with these needs asks of the store. */
function batchOf(needs: Needs): BatchNeeds {
  return needsOfBatch([{ needs, answer: undefined }], false, startMs);
}

/** The rows of a noun that were loaded. */
function rowsOf<R>({ rows }: Loaded, noun: Noun<unknown, R>): R[] {
  return new WorkingSet(rows).all(noun);
}

const aLine: LogEntryRecord = {
  channel: null,
  kind: "entitlement_redeemed",
  productId: 1,
  entitlementId: null,
  code: "404",
  occurredAtMs: startMs,
  recordedAtMs: startMs,
  refusal: "entitlement_not_found",
  principal: anybody,
  address: null,
};

/** For tests that find a batch while it waits, however busy the machine is. */
const patient = { ...queryLimits, transactionMs: 0 };

/** An engine with a product 1 and two codes, and other connections to the same rows. */
async function open(t: TestContext) {
  const opened = await openTestEngine(t, { limits: patient });
  await opened.execute(createEvent({ capacity: 5 }, 1));
  await Promise.all(["100", "200"].map((code) => opened.execute(issue(1, code))));
  return withOthers(t, opened);
}

/** An engine with other connections to the same rows. */
function withOthers<E extends TestEngine>(t: TestContext, opened: E) {
  const { database, organizationId, secrets } = opened;
  const pool = openPool(database.address, 20);
  const held: pg.PoolClient[] = [];
  t.after(() => {
    for (const client of held) client.release(true);
    return pool.end();
  });
  return {
    ...opened,
    store: { pool, secrets },
    /** Begins a transaction with this statement, and leaves it open. */
    async hold(statement: string) {
      const client = await pool.connect();
      held.push(client);
      await client.query("begin");
      await client.query(statement, [organizationId]);
      return {
        change: (more: string) => client.query(more, [organizationId]),
        commit: () => client.query("commit"),
      };
    },
    /** Waits until some transaction on this database waits for a lock. */
    async untilWaiting(): Promise<void> {
      const waiting =
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and $1 > 0";
      await eventually("some transaction waits", async () => (await opened.sql(waiting)).length > 0);
    },
  };
}

test("a transaction gets the rows that it names and the numbers that it asks for, and nothing of another organization", async (t) => {
  const { store: options, organizationId } = await open(t);
  const other = await open(t);
  const store = createStore(options);
  const fresh = [
    [products, 2],
    [entitlements, 3],
    [customers, 1],
    [sales, 1],
    [payments, 2],
    [devices, 4],
    [editions, 2],
    [deliveries, 3],
  ] as const;
  const needs = batchOf({ lock: [products.at(1, 404), entitlements.at("100", "404")], fresh });
  let id: number | undefined;
  await store.transact(organizationId, needs, (loaded) => {
    assert.deepEqual(
      rowsOf(loaded, products).map(({ id, capacity, issued }) => [id, capacity, issued]),
      [[1, 5, 2]],
    );
    const found = rowsOf(loaded, entitlements);
    assert.deepEqual(
      found.map(({ code }) => code),
      ["100"],
    );
    for (const [noun, count] of fresh) assert.equal(new Set(loaded.fresh.get(noun)).size, count, noun.name);
    id = found[0]?.id;
    return nothing;
  });
  await store.transact(other.organizationId, batchOf({ lock: [entitlements.at("100")] }), (loaded) => {
    assert.notEqual(rowsOf(loaded, entitlements)[0]?.id, id);
    return nothing;
  });
});

test("nothing is written when the decision throws, and the connection serves on", async (t) => {
  const { store: options, organizationId, count } = await open(t);
  const store = createStore(options);
  for (let turn = 0; turn < 10; turn++) {
    const failing = store.transact(organizationId, batchOf({ lock: [products.at(1)] }), () => {
      throw new RangeError("a bug");
    });
    await assert.rejects(failing, RangeError);
  }
  await store.transact(organizationId, batchOf({}), () => nothing);
  assert.equal(await count("action"), 3);
});

test("rows that another transaction holds are waited for, and read as that one left them", async (t) => {
  const { execute, hold, untilWaiting } = await open(t);
  const other = await hold("select from entitlement where organization_id = $1 and code = '100' for update");
  const redeemed = execute(redeem(1, "100"));
  await untilWaiting();
  // Only when the entitlement is free the product is read, which is not locked: so that is not older either.
  await other.change("update entitlement set redeemed_at = now() where organization_id = $1 and code = '100'");
  await other.commit();
  assert.equal(resultOf(await redeemed), "already_redeemed");

  const third = await hold("select from entitlement where organization_id = $1 and code = '200' for update");
  const late = execute(redeem(1, "200"));
  await untilWaiting();
  await third.change("update product set retired_at = now() where organization_id = $1");
  await third.commit();
  assert.equal(resultOf(await late), "product_retired");
});

test("rows stay locked until the commit, also those that the batch does not change", async (t) => {
  const { hold, untilWaiting, store: options, organizationId } = await open(t);
  // The turn at the log is the last thing that a batch takes, so it can be stopped there.
  const other = await hold("select pg_advisory_xact_lock(4611686018427387904 + $1::bigint)");
  const needs = batchOf({ lock: [products.at(1), entitlements.at("100")] });
  const batch = createStore(options).transact(organizationId, needs, () => ({
    ...nothing,
    entries: [aLine],
  }));
  await untilWaiting();
  const locked = { code: "55P03" };
  const select = "select from entitlement where organization_id = $1 and code";
  await assert.rejects(hold(`${select} = '100' for no key update nowait`), locked);
  await assert.rejects(hold("select from product where organization_id = $1 for no key update nowait"), locked);
  await hold(`${select} = '200' for no key update nowait`);
  await other.commit();
  await batch;
});

test("without locks a transaction decides on rows that another holds, as the control of the races needs it", async (t) => {
  const { hold, store, organizationId } = await open(t);
  await hold("update entitlement set redeemed_at = now() where organization_id = $1 and code = '100'");
  const withoutLocks = createStore({ ...store, withoutLocks: true });
  const needs = batchOf({ lock: [products.at(1), entitlements.at("100")] });
  let seen: readonly Entitlement[] = [];
  await withoutLocks.transact(organizationId, needs, (loaded) => {
    seen = rowsOf(loaded, entitlements);
    return nothing;
  });
  assert.deepEqual(
    seen.map(({ redemption }) => redemption),
    [null],
  );
});

test("rows are locked in one order, however they are named: products by number, then entitlements by code", async (t) => {
  const { execute, hold, untilWaiting, store: options, organizationId } = await open(t);
  await execute(createEvent({}, 2));
  const lock = ([table, which]: readonly [table: string, which: string]) =>
    hold(`select from ${table} where organization_id = $1 and ${which} for no key update nowait`);
  const store = createStore(options);
  // Whoever waits for the second of two rows already has the first; so nobody has the second and waits for the first.
  const cases = [
    {
      second: ["entitlement", "code = '200'"],
      first: ["entitlement", "code = '100'"],
      lock: [entitlements.at("200", "100")],
    },
    {
      second: ["entitlement", "code = '200'"],
      first: ["entitlement", "code = '100'"],
      lock: [entitlements.at("100", "200")],
    },
    { second: ["product", "id = 2"], first: ["product", "id = 1"], lock: [products.at(2, 1)] },
    { second: ["product", "id = 2"], first: ["product", "id = 1"], lock: [products.at(1, 2)] },
    {
      second: ["entitlement", "code = '100'"],
      first: ["product", "id = 1"],
      lock: [entitlements.at("100"), products.at(1)],
    },
  ] as const;
  for (const { second, first, lock: named } of cases) {
    const other = await lock(second);
    const batch = store.transact(organizationId, batchOf({ lock: named }), () => nothing);
    await untilWaiting();
    await assert.rejects(lock(first), { code: "55P03" }, `${first} is locked before ${second}`);
    await other.commit();
    await batch;
  }
});

test("a system and its deliveries are locked after the entitlement, in this order, and read as the other left them", async (t) => {
  const {
    execute,
    ada,
    hold,
    untilWaiting,
    store: options,
    organizationId,
  } = withOthers(t, await openContent(t, { limits: patient }));
  const { delivery } = successOf(await execute(request(ada, "AAAA", "boat")));
  const lock = ([table, which]: readonly [table: string, which: string]) =>
    hold(`select from ${table} where organization_id = $1 and ${which} for no key update nowait`);
  const rows = [
    ["entitlement", "code = 'AAAA'"],
    ["device", "name = 'boat'"],
    ["delivery", "ended_at is null"],
  ] as const;
  const boat = { code: "AAAA", ...systemNamed("boat") };
  const needs = batchOf({ lock: [deliveriesOf.at("AAAA"), holdersDevice.at(boat), entitlements.at("AAAA")] });
  const store = createStore(options);
  for (const [index, first] of rows.entries()) {
    const second = rows[index + 1];
    if (second === undefined) continue;
    const other = await lock(second);
    const batch = store.transact(organizationId, needs, () => nothing);
    await untilWaiting();
    await assert.rejects(lock(first), { code: "55P03" }, `${first[0]} is locked before ${second[0]}`);
    await other.commit();
    await batch;
  }

  const ending = await hold("update delivery set ended_at = now() where organization_id = $1");
  const finished = execute(finish(delivery.id, "AAAA"));
  await untilWaiting();
  await ending.commit();
  assert.equal(resultOf(await finished), "delivery_ended");

  const renaming = await hold("update device set fingerprint_hash = null where organization_id = $1 and name = 'boat'");
  const registered = execute(register(ada, "desk", "A"));
  await untilWaiting();
  await renaming.commit();
  assert.equal(resultOf(await registered), "ok", "the machine is free by then");
});

test("a key in another's seal is found again after a rotation, and the two share one row", async (t) => {
  const [oldKey, newKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const before = await openTestEngine(t, { secrets: createSecrets([oldKey]) });
  await before.execute(createEvent({ accessKeys: ["GATE1", "GATE2"] }, 1));
  const after = await openTestEngine(t, { beside: before, secrets: createSecrets([newKey, oldKey]) });
  const { queries, organizationId } = after;
  assert.deepEqual((await queries.products.byId(organizationId, 1))?.accessKeys, ["GATE1", "GATE2"]);
  assert.deepEqual(successOf(await after.execute(createEvent({ accessKeys: ["GATE2", "GATE3"] }, 2))).accessKeys, [
    "GATE2",
    "GATE3",
  ]);
  assert.deepEqual((await queries.products.byId(organizationId, 2))?.accessKeys, ["GATE2", "GATE3"]);
  const found = await queries.accessKeys.byKey(organizationId, "GATE2");
  assert.deepEqual([...(found?.opens.keys() ?? [])].sort(), [1, 2]);
  assert.deepEqual(await queries.accessKeys.all(organizationId, "event"), [
    { key: "GATE1", products: [{ id: 1, name: "Gala" }] },
    {
      key: "GATE2",
      products: [
        { id: 1, name: "Gala" },
        { id: 2, name: "Gala" },
      ],
    },
    { key: "GATE3", products: [{ id: 2, name: "Gala" }] },
  ]);
});

test("a product can be of any kind that is a lower-case word, and of no other", async (t) => {
  const { execute, count } = await openTestEngine(t);
  const make = (kind: string, id: number) => execute({ ...createEvent({}, id), kind });
  for (const [index, kind] of ["event", "ski_pass2", "x".repeat(32)].entries()) successOf(await make(kind, index + 1));
  assert.equal(await count("product", "kind in ('event', 'ski_pass2')"), 2);
  for (const [index, kind] of ["", "Event", "2fast", "_x", "ski pass", "x".repeat(33)].entries()) {
    await assert.rejects(make(kind, index + 10), /product_kind_check/, kind);
  }
});
