/**
 * Fault: a line of the log is written for every refused scan, no query ever showed one, and all of them stood between a
 * gate's poll and its answer: behind a million refused scans, which a broken scanner makes in hours, an `ETag` took 140
 * ms instead of one, and `?since=` as long to answer nothing.
 *
 * Guarantee: what polls and lists look at does not grow with the refused lines; those are listed themselves, of the
 * organization and of one product, at a price that does not grow with the others.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { everyPage } from "../../src/queries/pages.ts";
import type { Queries } from "../../src/queries/queries.ts";
import { createQueries } from "../../src/storage/queries/index.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { startTestApp } from "../support/app.ts";
import { collect, createEvent, issue, openTestEngine, redeem, successOf } from "../support/engine.ts";
import { anybody } from "../support/principals.ts";
import { openTerminal } from "../support/terminal.ts";
import { watchPool } from "../support/watched-pool.ts";

/** Both stand at the tail of the log; in pages of the table these are some 2,000 and more. */
const refusedLines = 100_000;
const doneLines = 20_000;
/** A page of 500 lines, wherever they lie in the table, and the way to them in an index. */
const pagesOfAList = 600;
const pagesOfAPoll = 60;

async function firstPage<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  for await (const page of pages) return page;
  return [];
}

test("behind a hundred thousand refused lines polls and lists look at as little as before, and so does the list of those", async (t) => {
  const engine = await openTestEngine(t);
  const { organizationId: organization, sql, execute } = engine;
  await execute(createEvent({ capacity: 10 }, 1));
  await execute(createEvent({}, 2));
  const { entitlement } = successOf(await execute(issue(1, "100", "ada@example.com")));
  await execute(redeem(2, "404"));
  const fill = async (count: number, refusal: string) =>
    sql(
      `insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal)
       select $1, m.id + n, 'entitlement_redeemed', 1, case when n % 2 = 0 then ${entitlement.id} end, 'guess', now(), now(), ${refusal}
       from generate_series(1, ${count}) n, (select max(id) as id from action where organization_id = $1) m`,
    );
  await fill(doneLines, "null");
  const [last] = await sql<{ id: string }>("select max(id) as id from action where organization_id = $1");
  const lastId = Number(last?.id);
  await fill(refusedLines, "'already_redeemed'");
  const customerId = entitlement.customer?.id ?? 0;

  const { pool, statements, buffersOf } = watchPool(t, engine.database.address);
  await pool.query({ name: "", text: "analyze action" });
  const queries = createQueries(pool, createSecrets([randomBytes(32)]));
  const cases: [what: string, ask: (queries: Queries) => Promise<unknown>, answer: unknown, pagesMax: number][] = [
    ["what an ETag rests on", () => queries.log.lastChange(organization, [1]), lastId, pagesOfAPoll],
    [
      "a poll for entitlements",
      () =>
        collect(everyPage(queries.log.entries, organization, { productId: 1, about: "entitlements", since: lastId })),
      [],
      pagesOfAPoll,
    ],
    [
      "a poll for the product",
      () => collect(everyPage(queries.log.entries, organization, { productId: 1, about: "product", since: lastId })),
      [],
      pagesOfAPoll,
    ],
    [
      "a poll for some codes",
      async () => {
        const codes = { first: 1n, last: 99n };
        return collect(
          everyPage(queries.log.entries, organization, { productId: 1, about: "entitlements", codes, since: lastId }),
        );
      },
      [],
      pagesOfAPoll,
    ],
    [
      "the log of a product, behind what was issued of it",
      async () =>
        (await collect(everyPage(queries.log.entries, organization, { productId: 1, about: "product" }))).length,
      1,
      pagesOfAPoll,
    ],
    [
      "a page of the log of a customer",
      async () => (await firstPage(everyPage(queries.log.ofCustomer, organization, customerId))).length,
      500,
      // Twice as much: the page after it is asked for meanwhile, and each line has its device looked up.
      3 * pagesOfAList,
    ],
    [
      "a page of the whole log",
      async () => (await firstPage(everyPage(queries.log.newest, organization, {}))).length,
      500,
      pagesOfAList,
    ],
    [
      "a page of the whole log of a product",
      async () => (await firstPage(everyPage(queries.log.newest, organization, { productId: 1 }))).length,
      500,
      2 * pagesOfAList,
    ],
    [
      "a page of what was refused",
      async () => (await firstPage(everyPage(queries.log.newest, organization, { refusedOnly: true }))).length,
      500,
      pagesOfAList,
    ],
    [
      "what was refused of a product with few refusals",
      async () =>
        (await collect(everyPage(queries.log.newest, organization, { productId: 2, refusedOnly: true }))).map(
          ({ code, refusal }) => [code, refusal],
        ),
      [["404", "entitlement_not_found"]],
      pagesOfAPoll,
    ],
  ];
  for (const [what, ask, answer, pagesMax] of cases) {
    statements.length = 0;
    assert.deepEqual(await ask(queries), answer, what);
    const [first] = statements;
    assert.ok(first, what);
    const buffers = await buffersOf(first);
    assert.ok(buffers <= pagesMax, `${what} looks at ${buffers} pages`);
  }
  // The same condition where no index fits is what the fault was: the table is large enough to tell.
  const whole = {
    name: "",
    text: "select count(code) from action where organization_id = $1",
    values: [organization],
    rows: 1,
  };
  assert.ok((await buffersOf(whole)) > 2 * pagesOfAList);
});

test("the log comes with its refused lines, the newest first, and a terminal shows them", async (t) => {
  const app = await startTestApp(t);
  const order = { organizationId: 1, principal: anybody, address: "192.0.2.7" } as const;
  const { engine, queries } = app.app;
  await engine.execute({ ...order, command: createEvent({}, 1) });
  await engine.execute({ ...order, command: createEvent({}, 2) });
  await engine.execute({ ...order, command: issue(1, "100") });
  for (const [product, code] of [
    [1, "100"],
    [1, "100"],
    [2, "404"],
  ] as const) {
    await engine.execute({ ...order, command: redeem(product, code) });
  }
  const told = async (filter: Parameters<Queries["log"]["newest"]>[1]) =>
    (await collect(everyPage(queries.log.newest, 1, filter))).map(
      ({ kind, code, refusal }) => `${kind} ${code} ${refusal}`,
    );
  const refused = ["entitlement_redeemed 404 entitlement_not_found", "entitlement_redeemed 100 already_redeemed"];
  assert.deepEqual(await told({ refusedOnly: true }), refused);
  assert.deepEqual(await told({ refusedOnly: true, productId: 1 }), refused.slice(1));
  const ofProduct = [
    refused[1],
    "entitlement_redeemed 100 null",
    "entitlement_issued 100 null",
    "product_created null null",
  ];
  assert.deepEqual(await told({ productId: 1 }), ofProduct);
  assert.equal((await told({})).length, 6);

  const terminal = openTerminal(app);
  const lines = await terminal.run("log", "list", "--refused");
  assert.equal(lines.length, 2);
  assert.match(
    lines[0] ?? "",
    /^\d+ {2}\d{4}-\S+Z {2}entitlement redeemed {2}product 2 {2}404 {2}refused: entitlement not found {2}from 192\.0\.2\.7$/,
  );
  assert.equal((await terminal.run("log", "list")).length, 6);
  assert.equal((await terminal.run("log", "list", "--product", "1", "--count", "2")).length, 2);
  assert.match(await terminal.refused("log", "list", "--count", "many"), /--count "many" is not a whole number/);
});
