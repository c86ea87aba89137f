import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  collect,
  createEvent,
  issue,
  openTestEngine,
  redeem,
  startMs,
  successOf,
  type TestEngine,
} from "../../../tests/support/engine.ts";
import { gate } from "../../../tests/support/principals.ts";
import { openRelay } from "../../../tests/support/relay.ts";
import { StoreUnavailable } from "../../engine/store.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import { everyPage } from "../../queries/pages.ts";

/** More than two pages of any list, also without a tenth of them. */
const manyRows = 4_600;
/** No page is larger, so that the memory that a list takes stays bounded. */
const pageRowsMax = 2_000;

async function open(t: TestContext): Promise<TestEngine> {
  const opened = await openTestEngine(t);
  await opened.execute(createEvent({}, 1));
  return opened;
}

/** Adds entitlements of product 1 behind the engine's back; a code is an expression on `n`, which counts from 1. */
function addEntitlements({ sql }: TestEngine, code: string, count = manyRows) {
  return sql(
    `insert into entitlement (organization_id, id, product_id, code, issued_at)
     select $1, nextval('entitlement_id_seq'), 1, ${code}, now() from generate_series(1, ${count}) as n`,
  );
}

/** The pages of a list with a look at each. */
async function pagesOf<T>(list: AsyncIterable<readonly T[]>): Promise<(readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  for await (const page of list) pages.push(page);
  return pages;
}

function assertPaged(pages: readonly (readonly unknown[])[], rows: number): void {
  assert.equal(pages.flat().length, rows);
  assert.ok(pages.length > 2, "more than two pages");
  for (const page of pages) assert.ok(page.length > 0 && page.length <= pageRowsMax);
}

test("entitlements come in pages, each once, in the numeric order of their codes", async (t) => {
  const opened = await open(t);
  await addEntitlements(opened, "(n * 7919 % 1000003)::text");
  const pages = await pagesOf(everyPage(opened.queries.entitlements.list, opened.organizationId, { productId: 1 }));
  assertPaged(pages, manyRows);
  const codes = pages.flat().map(({ code }) => BigInt(code));
  for (const [index, code] of codes.entries()) assert.ok(index === 0 || (codes[index - 1] ?? code) < code);
});

test("the border of a page may lie between codes of the same number", async (t) => {
  const opened = await open(t);
  // 1, 01, 001, ...: nine codes of each number, so that borders fall among them.
  await addEntitlements(opened, "repeat('0', n % 9) || (n / 9 + 1)::text");
  const pages = await pagesOf(everyPage(opened.queries.entitlements.list, opened.organizationId, { productId: 1 }));
  assertPaged(pages, manyRows);
  const codes = pages.flat().map(({ code }) => code);
  assert.equal(new Set(codes).size, manyRows);
  const numbers = codes.map(Number);
  assert.deepEqual(
    numbers,
    numbers.toSorted((a, b) => a - b),
  );
  const borders = pages.slice(1).map((page, index) => [pages[index]?.at(-1)?.code, page[0]?.code].map(Number));
  assert.ok(
    borders.some(([before, after]) => before === after),
    "such a border was among them",
  );
});

test("leading zeros and 19 digits are kept and sorted as numbers, and what is no number comes first", async (t) => {
  const opened = await open(t);
  const { execute, queries, organizationId } = opened;
  const sorted = [
    "12345678901234567890",
    "A1",
    "0",
    "0000000000000000001",
    "007",
    "07",
    "7",
    "8",
    "0010",
    "10",
    "485736457367873289",
    "485736457367873290",
    "9223372036854775807",
    "9223372036854775808",
    "9999999999999999998",
    "9999999999999999999",
  ];
  await Promise.all(sorted.toReversed().map((code) => execute(issue(1, code))));
  const list = async (codes?: { first: bigint; last?: bigint }) => {
    const found = await collect(
      everyPage(queries.entitlements.list, organizationId, { productId: 1, ...(codes === undefined ? {} : { codes }) }),
    );
    return found.map(({ code }) => code);
  };
  assert.deepEqual(await list(), sorted);
  assert.deepEqual(await list({ first: 0n }), sorted.slice(2));
  assert.deepEqual(await list({ first: 7n, last: 7n }), ["007", "07", "7"]);
  assert.deepEqual(await list({ first: 8n, last: 10n }), ["8", "0010", "10"]);
  assert.deepEqual(await list({ first: 485736457367873290n, last: 9223372036854775807n }), [
    "485736457367873290",
    "9223372036854775807",
  ]);
  assert.deepEqual(await list({ first: 9999999999999999999n }), ["9999999999999999999"]);
  assert.deepEqual(await list({ first: 9999999999999999999n, last: 9999999999999999999n }), ["9999999999999999999"]);
  assert.deepEqual(await list({ first: 11n, last: 12n }), []);
  for (const code of sorted) assert.equal((await queries.entitlements.byCode(organizationId, code))?.code, code);
  assert.equal(await queries.entitlements.byCode(organizationId, "00007"), undefined, "a code is found to the letter");
});

test("revoked and suspended entitlements are in the list unless they are left out", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  await Promise.all(["1", "2", "3", "4"].map((code) => execute(issue(1, code))));
  await execute({ verb: "revoke", productId: 1, code: "2" });
  await execute({ verb: "suspend", productId: 1, code: "4" });
  const codesOf = async (inForceOnly: boolean) =>
    (await collect(everyPage(queries.entitlements.list, organizationId, { productId: 1, inForceOnly }))).map(
      ({ code }) => code,
    );
  assert.deepEqual(await codesOf(false), ["1", "2", "3", "4"]);
  assert.deepEqual(await codesOf(true), ["1", "3"]);
});

test("what is there all the time is listed once, whatever comes and goes while the list is read", async (t) => {
  const opened = await open(t);
  const { queries, organizationId, sql } = opened;
  // Even codes stay; odd ones are added and removed meanwhile.
  await addEntitlements(opened, "(2 * n)::text");
  const seen: string[] = [];
  for await (const page of everyPage(queries.entitlements.list, organizationId, { productId: 1 })) {
    seen.push(...page.map(({ code }) => code));
    await sql("delete from entitlement where organization_id = $1 and code_number % 2 = 1");
    await addEntitlements(opened, `(2 * n - 1)::text`, seen.length);
  }
  const stable = seen.filter((code) => Number(code) % 2 === 0);
  assert.deepEqual(
    stable,
    Array.from({ length: manyRows }, (_, index) => String(2 * (index + 1))),
  );
  assert.equal(new Set(seen).size, seen.length);
});

test("a list holds no connection between two pages", async (t) => {
  const opened = await open(t);
  await addEntitlements(opened, "n::text");
  const readers = Array.from({ length: 30 }, () =>
    everyPage(opened.queries.entitlements.list, opened.organizationId, { productId: 1 })[Symbol.asyncIterator](),
  );
  // Thirty slow consumers have one page each, on a pool of eight connections: whoever comes later is served.
  for (const reader of readers) assert.equal((await reader.next()).done, false);
  assert.notEqual(await opened.queries.entitlements.byCode(opened.organizationId, "1"), undefined);
  for (const reader of readers) await reader.return(undefined);
});

test("lines of the log come in pages, each once, ascending, also from a line onwards", async (t) => {
  const { sql, queries, organizationId, execute } = await open(t);
  await execute(issue(1, "77"));
  await sql(
    `insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal)
     select $1, 1000 + n, case when n % 2 = 0 then 'product_changed' else 'entitlement_redeemed' end, 1,
       case when n % 2 = 0 then null else (select id from entitlement where organization_id = $1) end,
       case when n % 2 = 0 then null else '77' end, now(), now(), case when n % 5 = 0 then 'already_redeemed' end
     from generate_series(1, ${4 * manyRows}) as n`,
  );
  const expected = (from: number, odd: boolean) =>
    Array.from({ length: 4 * manyRows }, (_, index) => index + 1)
      .filter((n) => n % 2 === (odd ? 1 : 0) && n % 5 !== 0 && 1000 + n > from)
      .map((n) => 1000 + n);
  const about = (kind: "product" | "entitlements", since: number) =>
    everyPage(queries.log.entries, organizationId, { productId: 1, about: kind, since });
  const pages = await pagesOf(about("entitlements", 1_000));
  assertPaged(pages, expected(0, true).length);
  assert.deepEqual(
    pages.flat().map(({ id }) => id),
    expected(0, true),
    "refused attempts are not listed",
  );
  assert.deepEqual(
    (await collect(about("product", 1_000))).map(({ id }) => id),
    expected(0, false),
  );
  for (const since of [1_001, 1_002, 5_000, 1_000 + 4 * manyRows]) {
    const ids = (await collect(about("entitlements", since))).map(({ id }) => id);
    assert.deepEqual(ids, expected(since, true), `since ${since}`);
  }
  const ranged = everyPage(queries.log.entries, organizationId, {
    productId: 1,
    about: "entitlements",
    since: 1_000,
    codes: { first: 77n, last: 77n },
  });
  assert.deepEqual(
    (await collect(ranged)).map(({ id }) => id),
    expected(0, true),
  );
  const elsewhere = { productId: 1, about: "entitlements", codes: { first: 78n, last: 79n } } as const;
  assert.deepEqual(await collect(everyPage(queries.log.entries, organizationId, elsewhere)), []);
});

test("products come in pages, each live one once, ascending, and of those that a key opens", async (t) => {
  const { sql, queries, organizationId, execute } = await open(t);
  await sql(
    `insert into product (organization_id, id, kind, name, created_at, retired_at)
     select $1, 10 + n, 'event', 'Event ' || n, now(), case when n % 10 = 0 then now() end
     from generate_series(1, ${manyRows}) as n`,
  );
  await execute({ verb: "change_product", productId: 1, terms: { accessKeys: ["GATE1"] } });
  await execute({ verb: "change_product", productId: 15, terms: { accessKeys: ["GATE1", "GATE2"] } });
  const pages = await pagesOf(everyPage(queries.products.list, organizationId, { kind: "event" }));
  const ids = pages.flat().map(({ id }) => id);
  assertPaged(pages, 1 + manyRows - Math.floor(manyRows / 10));
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
  const key = await queries.accessKeys.byKey(organizationId, "GATE1");
  assert.ok(key !== undefined);
  assert.deepEqual(
    [...key.opens.keys()].sort((a, b) => a - b),
    [1, 15],
  );
  const opened = await collect(
    everyPage(queries.products.list, organizationId, { kind: "event", accessKeyId: key.id }),
  );
  assert.deepEqual(
    opened.map(({ id }) => id),
    [1, 15],
  );
});

test("conflicts come in pages, in the order in which they became known, with both sides", async (t) => {
  const { sql, queries, organizationId, execute } = await open(t);
  await execute({ verb: "change_product", productId: 1, terms: { accessKeys: ["GATE1"] } });
  const key = await queries.accessKeys.byKey(organizationId, "GATE1");
  assert.ok(key !== undefined);
  await execute(issue(1, "100"));
  await execute(redeem(1, "100"), { address: "192.0.2.1" });
  await execute(redeem(1, "100", startMs), {
    principal: gate(key.id),
    address: "192.0.2.2",
  });
  const [first] = await collect(everyPage(queries.conflicts.list, organizationId, 1));
  assert.deepEqual(first, {
    id: first?.id,
    entitlementId: first?.entitlementId,
    code: "100",
    category: null,
    recordedAtMs: startMs,
    kept: { atMs: startMs, accessKey: null, accessKeyId: null, operatorId: null, gateId: null, address: "192.0.2.1" },
    refusal: "already_redeemed",
    lost: {
      atMs: startMs,
      accessKey: "GATE1",
      accessKeyId: key.id,
      operatorId: null,
      gateId: null,
      address: "192.0.2.2",
    },
  });
  await sql(
    `insert into conflict (organization_id, id, product_id, entitlement_id, kept_at, lost_at, recorded_at)
     select $1, nextval('conflict_id_seq'), 1, (select id from entitlement where organization_id = $1), now(), now(), now()
     from generate_series(1, ${manyRows})`,
  );
  const pages = await pagesOf(everyPage(queries.conflicts.list, organizationId, 1));
  assertPaged(pages, 1 + manyRows);
  const ids = pages.flat().map(({ id }) => id);
  assert.deepEqual(
    ids,
    ids.toSorted((a, b) => a - b),
  );
});

test("look-ups that arrive together answer each its own, and unknown ones nothing", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  const other = await open(t);
  const codes = Array.from({ length: 600 }, (_, index) => String(index));
  await Promise.all(codes.map((code) => execute(issue(1, code))));
  const found = await Promise.all(
    [...codes, ...codes].map((code) => queries.entitlements.byCode(organizationId, code)),
  );
  assert.deepEqual(
    found.map((entitlement) => entitlement?.code),
    [...codes, ...codes],
  );
  const missing = await Promise.all([
    queries.entitlements.byCode(organizationId, "nothing"),
    queries.products.byId(organizationId, 404),
    queries.accessKeys.byKey(organizationId, "NONE"),
    other.queries.entitlements.byCode(other.organizationId, "1"),
  ]);
  assert.deepEqual(missing, [undefined, undefined, undefined, undefined]);
});

test("an access key is known as long as a product lists it, and listed as long as that product lives", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  const keysOf = (accessKeys: string[], id: number) =>
    execute({ verb: "change_product", productId: id, terms: { accessKeys } });
  await execute(createEvent({ name: "Ball" }, 2));
  await keysOf(["B2", "A1"], 1);
  await keysOf(["A1", "C3"], 2);
  assert.deepEqual((await queries.products.byId(organizationId, 1))?.accessKeys, ["B2", "A1"], "in the order given");
  const names = (id: number) => ({ id, name: id === 1 ? "Gala" : "Ball" });
  assert.deepEqual(await queries.accessKeys.all(organizationId, "event"), [
    { key: "A1", products: [names(1), names(2)] },
    { key: "B2", products: [names(1)] },
    { key: "C3", products: [names(2)] },
  ]);
  await execute(issue(2, "100"));
  await execute({ verb: "retire_product", productId: 2 });
  assert.deepEqual(
    (await queries.accessKeys.all(organizationId, "event")).map(({ key }) => key),
    ["A1", "B2"],
  );
  assert.deepEqual([...((await queries.accessKeys.byKey(organizationId, "C3"))?.opens.keys() ?? [])], [2]);
  await keysOf(["A1"], 1);
  assert.equal(await queries.accessKeys.byKey(organizationId, "B2"), undefined);
  assert.equal(await queries.accessKeys.byKey(organizationId, "a1"), undefined, "keys compare to the letter");
});

test("the last change is the newest line that was done to one of the products, refused ones apart", async (t) => {
  const { execute, queries, organizationId, sql } = await open(t);
  await execute(createEvent({}, 2));
  const newest = async () => {
    const [row] = await sql<{ id: string }>("select max(id) as id from action where organization_id = $1");
    return Number(row?.id);
  };
  const last = (ids: readonly number[]) => queries.log.lastChange(organizationId, ids);
  const second = await newest();
  assert.equal(await last([1, 2]), second);
  assert.notEqual(await last([1]), second);
  await execute(issue(1, "100"));
  const issued = await newest();
  assert.deepEqual(await Promise.all([last([1]), last([2]), last([2, 1])]), [issued, second, issued]);
  await execute(redeem(1, "404"));
  assert.equal(await last([1]), issued);
  assert.equal(await last([404]), null);
  assert.equal(await last([]), null);
});

test("an organization is found by each of its hosts, and a host of nobody's finds none", async (t) => {
  const { queries, organizationId, administration } = await openTestEngine(t);
  const hosts = ["tickets.example.com", "gate.example.com"];
  await administration.addHosts(organizationId, hosts);
  for (const host of hosts) assert.equal(await queries.organizations.idOf(host), organizationId, host);
  for (const host of ["", "example.com", "x.tickets.example.com"]) {
    assert.equal(await queries.organizations.idOf(host), undefined, host);
  }
});

test("the log of a customer comes in pages, each line once, in its order, whether about a device or an entitlement", async (t) => {
  const opened = await open(t);
  const { execute, queries, organizationId, sql } = opened;
  const holderOf = async (code: string, name: string) =>
    successOf(await execute(issue(1, code, name))).entitlement.customer?.id ?? 0;
  const [anna, bruno] = [await holderOf("100", "anna@example.com"), await holderOf("200", "bruno@example.com")];
  const device = systemNamed("mylaptop");
  for (const customerId of [anna, bruno]) {
    await execute({ verb: "register_device", customerId, device, fingerprint: "a machine" });
  }
  // By turns about anna's device, anna's entitlement, and those of bruno.
  await sql(
    `insert into action (organization_id, id, kind, device_id, entitlement_id, product_id, occurred_at, recorded_at)
     select $1, 1000 + n, 'device_released', case n % 4 when 0 then d.anna when 1 then d.bruno end,
       case n % 4 when 2 then e.anna when 3 then e.bruno end, case when n % 4 > 1 then 1 else 0 end, now(), now()
     from generate_series(1, ${2 * manyRows}) as n,
       (select min(id) as anna, max(id) as bruno from device where organization_id = $1) as d,
       (select min(id) as anna, max(id) as bruno from entitlement where organization_id = $1) as e`,
  );
  const pages = await pagesOf(everyPage(queries.log.ofCustomer, organizationId, anna));
  const made = pages.flat().filter(({ id }) => id > 1000);
  assertPaged(pages, 2 + manyRows);
  assert.deepEqual(
    made.map(({ id }) => id - 1000),
    Array.from({ length: 2 * manyRows }, (_, index) => index + 1).filter((n) => n % 2 === 0),
  );
  assert.deepEqual([...new Set(made.map(({ deviceName }) => deviceName))].sort(), ["mylaptop", null]);
});

test("a retired product and its entitlements can still be read", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  const { entitlement } = successOf(await execute(issue(1, "100", "anna@example.com")));
  await execute({ verb: "retire_product", productId: 1 });
  assert.equal((await queries.products.byId(organizationId, 1))?.product.retiredAtMs, startMs);
  assert.deepEqual(await queries.entitlements.byCode(organizationId, "100"), entitlement);
  assert.deepEqual(await collect(everyPage(queries.products.list, organizationId, { kind: "event" })), []);
});

test("every question rejects with StoreUnavailable while the database is away, and is answered once it is back", async (t) => {
  const owner = await open(t);
  await owner.execute(issue(1, "100"));
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const { queries, organizationId } = await openTestEngine(t, { beside: owner, address: relay.address });
  await relay.cut();
  const filter = { productId: 1, about: "product" } as const;
  const questions: readonly (() => Promise<unknown>)[] = [
    () => queries.organizations.idOf("a.example.com"),
    () => queries.organizations.byId(organizationId),
    () => collect(everyPage(queries.organizations.list)),
    () => queries.sales.rates(organizationId),
    () => queries.products.byName(organizationId, "license", "EZP5"),
    () => collect(everyPage(queries.log.newest, organizationId, {})),
    () => queries.operators.byLogin(organizationId, "anna"),
    () => queries.operators.byToken(organizationId, "token"),
    () => queries.accessKeys.byKey(organizationId, "A1"),
    () => queries.accessKeys.all(organizationId, "event"),
    () => queries.products.byId(organizationId, 1),
    () => queries.entitlements.byCode(organizationId, "100"),
    () => queries.log.lastChange(organizationId, [1]),
    () => queries.customers.byName(organizationId, "anna"),
    () => queries.devices.ofCustomer(organizationId, 1, "system"),
    () => queries.devices.byFingerprint(organizationId, 1, "A"),
    () => queries.content.editions(organizationId, 1),
    () => queries.content.heldBy(organizationId, 1, "chart"),
    () => queries.deliveries.byId(organizationId, 1),
    () => collect(everyPage(queries.products.list, organizationId, { kind: "event" })),
    () => collect(everyPage(queries.entitlements.list, organizationId, filter)),
    () => collect(everyPage(queries.log.entries, organizationId, filter)),
    () => collect(everyPage(queries.log.ofCustomer, organizationId, 1)),
    () => collect(everyPage(queries.conflicts.list, organizationId, 1)),
  ];
  for (const ask of questions) await assert.rejects(ask(), StoreUnavailable, String(ask));
  await relay.mend();
  for (const ask of questions) await ask();
});
