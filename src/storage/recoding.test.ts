/** An entitlement that gets a new code keeps its row. Shown on a real database, with batches as the engine makes them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { addEdition, bindSystem, finish, openContent, register, request } from "../../tests/support/content.ts";
import {
  collect,
  createEvent,
  issue,
  openTestEngine,
  redeem,
  resultOf,
  startMs,
  successOf,
} from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { StoreUnavailable } from "../engine/store.ts";
import { systemNamed } from "../kinds/chart/system-name.ts";
import { everyPage } from "../queries/pages.ts";
import { queryLimits } from "./database.ts";

const reissue = (code: string, newCode: string | { randomDigits: number }, productId = 1) =>
  ({ verb: "reissue", productId, code, newCode }) as const;
const transfer = (code: string, holder: string) => ({ verb: "transfer", productId: 1, code, holder }) as const;
const unbind = (code: string) => ({ verb: "unbind", productId: 1, code }) as const;

test("under a new code the entitlement has its number, devices, uses, delivery and use; the old code is found nowhere", async (t) => {
  const { execute, queries, organizationId, sql, ada } = await openContent(t);
  const { delivery } = successOf(await execute(request(ada, "AAAA", "boat")));
  await execute(finish(delivery.id, "AAAA"));
  await execute(redeem(1, "AAAA"));
  const before = await queries.entitlements.byCode(organizationId, "AAAA");
  await sql(
    `insert into entitlement_use (organization_id, entitlement_id, number, product_id, at, recorded_at, direction, count)
     select $1, id, 1, 1, now(), now(), 'entry', 1 from entitlement where organization_id = $1 and code = 'AAAA'`,
  );
  assert.equal(successOf(await execute(reissue("AAAA", "777"))).entitlement.code, "777");

  assert.deepEqual(await queries.entitlements.byCode(organizationId, "777"), { ...before, code: "777" });
  const held = await queries.entitlements.heldByCode(organizationId, "777");
  assert.deepEqual(
    held?.bindings.map(({ device, slot }) => [device.name, slot]),
    [["boat", 0]],
  );
  const contents = await queries.content.heldBy(organizationId, ada, "chart");
  const content = contents.find(({ entitlement }) => entitlement.code === "777");
  assert.equal(content?.bindings[0]?.latest?.delivery.id, delivery.id);
  assert.equal((await queries.deliveries.byId(organizationId, delivery.id))?.entitlement.code, "777");
  const uses = await sql(
    "select from entitlement_use u join entitlement e using (organization_id) where u.entitlement_id = e.id and e.code = '777' and organization_id = $1",
  );
  assert.equal(uses.length, 1);
  const listed = await collect(
    everyPage(queries.entitlements.list, organizationId, { productId: 1, codes: { first: 777n } }),
  );
  assert.deepEqual(
    listed.map(({ code }) => code),
    ["777"],
    "its place in the order of numbers is the new one",
  );

  assert.equal(await queries.entitlements.byCode(organizationId, "AAAA"), undefined);
  assert.equal(await queries.entitlements.heldByCode(organizationId, "AAAA"), undefined);
  for (const command of [
    { verb: "revoke", productId: 1, code: "AAAA" },
    unbind("AAAA"),
    bindSystem("AAAA", "boat"),
    request(ada, "AAAA", "boat"),
    finish(delivery.id, "AAAA"),
    reissue("AAAA", "888"),
    reissue("BBBB", "777"),
  ] as const) {
    const expected = command.code === "BBBB" ? "code_taken" : "code_replaced";
    assert.equal(resultOf(await execute(command)), expected, command.verb);
  }
  assert.equal(resultOf(await execute(reissue("BBBB", "AAAA"))), "code_taken");
  assert.deepEqual(await queries.entitlements.replacedCodes(organizationId, before?.id ?? 0), [
    { code: "AAAA", productId: 1, entitlementId: before?.id, replacedAtMs: startMs },
  ]);
});

test("an entitlement can be issued and get a new code in one transaction, and so can several that exist", async (t) => {
  const { execute, queries, organizationId, transactions, count } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  await execute(issue(1, "100"));
  const sent = transactions.length;
  const outcomes = await Promise.all([
    execute(issue(1, "200")),
    execute(reissue("200", "201")),
    execute(redeem(1, "100")),
    execute(reissue("100", "101")),
    execute(reissue("100", "102")),
    execute({ verb: "suspend", productId: 1, code: "200" }),
  ]);
  assert.equal(transactions.length, sent + 1);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "ok", "ok", "code_replaced", "code_replaced"]);
  const found = await Promise.all(
    ["100", "101", "200", "201"].map((code) => queries.entitlements.byCode(organizationId, code)),
  );
  assert.deepEqual(
    found.map((one) => one?.code),
    [undefined, "101", undefined, "201"],
  );
  assert.equal(found[1]?.redemption?.atMs, startMs);
  assert.equal(await count("entitlement"), 2);
  assert.equal(await count("replaced_code"), 2);
});

test("an entitlement goes from code to code, each of them taken for ever, also when two arrive together", async (t) => {
  const { execute, queries, organizationId } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  const { entitlement } = successOf(await execute(issue(1, "0")));
  const outcomes = await Promise.all([execute(reissue("0", "1")), execute(reissue("1", "2"))]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok"]);
  assert.equal(resultOf(await execute(reissue("2", "3"))), "ok");
  const random = successOf(await execute(reissue("3", { randomDigits: 9 }))).entitlement.code;
  assert.match(random, /^[1-9]\d{8}$/);
  const replaced = await queries.entitlements.replacedCodes(organizationId, entitlement.id);
  assert.deepEqual(
    replaced.map(({ code }) => code),
    ["0", "1", "2", "3"],
  );
  assert.equal((await queries.entitlements.byCode(organizationId, random))?.id, entitlement.id);
});

test("a card that is topped up and gets a new number in one transaction keeps its pin and all of its money", async (t) => {
  const { execute, queries, organizationId } = await openTestEngine(t);
  const balance = { minor: 1_000n, currency: "EUR" };
  const stock = { ownerId: null, price: balance, taxPpm: 0, numberDigits: 4, secretDigits: 4, imageUrl: "" };
  await execute({ ...createEvent({}, 1), kind: "card_group", stock });
  const cards = {
    verb: "add_stock",
    productId: 1,
    numbers: ["0001", "0002"],
    secretDigits: 4,
    balance,
    batch: "b",
  } as const;
  successOf(await execute({ ...cards, details: {} }));
  const sale = { verb: "sell", productId: 1, ownerId: null, email: null, currency: null, channel: "test" } as const;
  successOf(await execute({ ...sale, what: { number: "0001" } }));
  const pin = (await queries.cards.byNumber(organizationId, "0001"))?.card.pin;
  const topUp = { verb: "top_up", productId: 1, ownerId: null, amount: balance, description: "" } as const;
  const outcomes = await Promise.all([
    execute({ ...topUp, number: "0001" }),
    execute(reissue("0001", "0009")),
    execute({ ...topUp, number: "0001" }),
    execute({ ...topUp, number: "0009" }),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "code_replaced", "ok"]);
  assert.equal(await queries.cards.byNumber(organizationId, "0001"), undefined);
  const card = await queries.cards.byNumber(organizationId, "0009");
  assert.deepEqual([card?.card.pin, card?.card.balance.minor, card?.card.batch], [pin, 3_000n, "b"]);
});

test("a command that arrives right behind a new code or a new holder finds its devices", async (t) => {
  const { execute, queries, organizationId } = await openContent(t);
  const [, unbound] = await Promise.all([execute(reissue("AAAA", "ZZZZ")), execute(unbind("ZZZZ"))]);
  assert.deepEqual(successOf(unbound).bindings, []);
  assert.deepEqual((await queries.entitlements.heldByCode(organizationId, "ZZZZ"))?.bindings, []);

  const { entitlement } = successOf(await execute(issue(1, "CCCC", "ben@example.com")));
  successOf(await execute(register(entitlement.customer?.id ?? 0, "yacht", "B")));
  const outcomes = await Promise.all([
    execute(bindSystem("BBBB", "boat")),
    execute(transfer("BBBB", "ben@example.com")),
    execute(bindSystem("BBBB", "yacht")),
    execute(bindSystem("BBBB", "boat")),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "ok", "device_not_found"]);
  const held = await queries.entitlements.heldByCode(organizationId, "BBBB");
  assert.deepEqual(
    held?.bindings.map(({ device }) => device.name),
    ["yacht"],
  );
});

test("a transaction that is killed at its end leaves the old code with all that belongs to it", async (t) => {
  const { execute, queries, organizationId, sql, database } = await openContent(t, {
    limits: { ...queryLimits, transactionMs: 0 },
  });
  const before = await queries.entitlements.heldByCode(organizationId, "AAAA");
  // The turn at the log is the last thing that a batch takes, so it can be stopped there.
  const other = new pg.Client(database.address);
  await other.connect();
  t.after(() => other.end());
  await other.query("begin");
  await other.query("select pg_advisory_xact_lock(4611686018427387904 + $1::bigint)", [organizationId]);
  const transferred = execute({ ...transfer("AAAA", "ben@example.com"), newCode: "ZZZZ" });
  const failed = assert.rejects(transferred, StoreUnavailable);
  const waiting = `select l.pid from pg_locks l join pg_database d on d.oid = l.database
where d.datname = current_database() and l.locktype = 'advisory' and not l.granted and $1::bigint > 0`;
  await eventually("the transaction is at its end", async () => (await sql(waiting)).length > 0);
  await sql(`select pg_terminate_backend(w.pid) from (${waiting}) as w`);
  await failed;
  await other.query("rollback");
  assert.deepEqual(await queries.entitlements.heldByCode(organizationId, "AAAA"), before);
  assert.equal(await queries.entitlements.byCode(organizationId, "ZZZZ"), undefined);
  assert.equal((await sql("select from replaced_code where organization_id = $1")).length, 0);
});

test("what the integrator keeps of entitlements, customers and devices is found again, entitlements by their reference", async (t) => {
  const { execute, queries, organizationId, ada, sql } = await openContent(t);
  await execute(addEdition("2026-2", 1));
  const metadata = { "crm id": "17", note: "ä \u2028" };
  const change = {
    verb: "change_entitlement",
    productId: 1,
    reference: "A-17",
    attention: "Allergic",
    usesMax: 3,
  } as const;
  for (const code of ["BBBB", "AAAA"]) successOf(await execute({ ...change, code, metadata }));
  const found = await collect(everyPage(queries.entitlements.byReference, organizationId, "A-17"));
  assert.deepEqual(
    found.map(({ code, reference, attention, usesMax, metadata: kept }) => [code, reference, attention, usesMax, kept]),
    ["AAAA", "BBBB"].map((code) => [code, "A-17", "Allergic", 3, metadata]),
  );
  const first = await queries.entitlements.byReference(organizationId, "A-17", { limit: 1 });
  assert.equal(first.rows.length, 1);
  assert.notEqual(first.next, undefined);
  assert.deepEqual(await collect(everyPage(queries.entitlements.byReference, organizationId, "A-1")), []);

  successOf(await execute({ verb: "change_customer", name: "ADA@example.com", metadata }));
  assert.deepEqual((await queries.customers.byName(organizationId, "ada@example.com"))?.metadata, metadata);
  const device = systemNamed("boat");
  const [boat] = await queries.devices.ofCustomer(organizationId, ada, "system");
  assert.equal(await queries.devices.metadataOf(organizationId, boat?.id ?? 0), null);
  successOf(await execute({ verb: "change_device", customerId: ada, device, change: { metadata } }));
  assert.deepEqual(await queries.devices.metadataOf(organizationId, boat?.id ?? 0), metadata);
  successOf(await execute({ verb: "change_device", customerId: ada, device, change: { metadata: null } }));
  assert.equal(await queries.devices.metadataOf(organizationId, boat?.id ?? 0), null);
  const told = await sql<{ kind: string }>(
    "select kind from action where organization_id = $1 order by id desc limit 3",
  );
  assert.deepEqual(
    told.map(({ kind }) => kind),
    ["device_changed", "device_changed", "customer_changed"],
  );
});
