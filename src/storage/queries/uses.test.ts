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
import { usesLeft } from "../../core/admission.ts";
import { usesMaxMax } from "../../core/use.ts";
import { everyPage } from "../../queries/pages.ts";

const minuteMs = 60_000;

/** A product of two uses, with an access key, whose ticket 100 was issued an hour ago. */
async function openGate(t: TestContext) {
  const opened = await openTestEngine(t);
  await opened.execute(createEvent({ accessKeys: ["GATE1"] }, 1));
  await opened.sql("update product set uses_max = 2 where organization_id = $1 and id = 1");
  successOf(await opened.execute(issue(1, "100")));
  opened.nowMs += 60 * minuteMs;
  const key = await opened.queries.accessKeys.byKey(opened.organizationId, "GATE1");
  assert.ok(key !== undefined);
  return { ...opened, opened, gate: gate(key.id) };
}

async function ticket({ queries, organizationId }: TestEngine) {
  const found = await queries.entitlements.byCode(organizationId, "100");
  const product = await queries.products.byId(organizationId, 1);
  assert.ok(found !== undefined && product !== undefined);
  return { entitlement: found, product: product.product };
}

async function usesOf(opened: TestEngine) {
  const { entitlement } = await ticket(opened);
  return collect(everyPage(opened.queries.uses.list, opened.organizationId, entitlement.id));
}

const toldOf = ({ number, refusal }: { number: number; refusal: string | null }) => `${number} ${refusal ?? "counts"}`;

test("uses are told with their gate, direction, time and address, and what is left follows", async (t) => {
  const { opened, execute, gate: principal } = await openGate(t);
  await opened.sql("update product set reentry = 'after_exit' where organization_id = $1");
  await execute({ ...redeem(1, "100"), count: 2 }, { principal, address: "192.0.2.1" });
  await execute({ ...redeem(1, "100", startMs + 50 * minuteMs), direction: "exit" }, { principal, address: null });
  const nowMs = startMs + 60 * minuteMs;
  const shared = {
    reportedAtMs: null,
    recordedAtMs: nowMs,
    accessKeyId: principal.id,
    operatorId: null,
    gateId: null,
    accessKey: "GATE1",
  };
  assert.deepEqual(await usesOf(opened), [
    {
      ...shared,
      number: 1,
      atMs: nowMs,
      direction: "entry",
      count: 2,
      address: "192.0.2.1",
      refusal: null,
      undoneAtMs: null,
    },
    {
      ...shared,
      number: 2,
      atMs: startMs + 50 * minuteMs,
      reportedAtMs: startMs + 50 * minuteMs,
      direction: "exit",
      count: 1,
      address: null,
      refusal: "not_inside",
      undoneAtMs: null,
    },
  ]);
  const { product, entitlement } = await ticket(opened);
  assert.equal(usesLeft(product, entitlement, nowMs), 0);
  assert.equal(usesLeft(product, { ...entitlement, usesMax: 5 }, nowMs), 3);
  assert.equal(usesLeft({ ...product, uses: { max: null, per: "day" } }, entitlement, nowMs), null);
});

test("a ticket without a limit may be used for very many at once, more often than 32 bits count", async (t) => {
  const { opened, execute } = await openGate(t);
  await opened.sql("update product set uses_max = null where organization_id = $1");
  successOf(await execute(redeem(1, "100")));
  await opened.sql("update entitlement set uses_spent = 2147483647 where organization_id = $1");
  const { entitlement } = successOf(await execute({ ...redeem(1, "100"), count: usesMaxMax }));
  assert.equal(entitlement.usage?.spent, 2_147_483_647 + usesMaxMax);
  assert.deepEqual((await ticket(opened)).entitlement.usage, entitlement.usage);
});

test("the one use of a ticket that is honoured once is told, too, also after it was taken back", async (t) => {
  const { opened, execute, gate: principal } = await openGate(t);
  await opened.sql("update product set uses_max = 1 where organization_id = $1");
  assert.deepEqual(await usesOf(opened), []);
  await execute(redeem(1, "100"), { principal });
  assert.equal(await opened.count("entitlement_use"), 0);
  const [use, ...others] = await usesOf(opened);
  assert.deepEqual(others, []);
  assert.equal(use?.accessKey, "GATE1");
  successOf(await execute({ verb: "undo", productId: 1, code: "100", reason: "let in by mistake" }));
  assert.deepEqual(await usesOf(opened), [{ ...use, undoneAtMs: opened.nowMs }]);
  const [line] = await collect(everyPage(opened.queries.log.newest, opened.organizationId, {}));
  assert.equal(line?.kind, "entitlement_use_undone");
  assert.deepEqual(line?.detail, { use: 1, reason: "let in by mistake" });
});

test("a late scan, a batch of several and a use that is taken back are stored as they were decided", async (t) => {
  const { opened, execute, gate: principal } = await openGate(t);
  const report = (minute: number) => execute(redeem(1, "100", startMs + minute * minuteMs), { principal });
  await report(10);
  await report(20);
  await Promise.all([report(30), report(5), report(15)]);
  assert.deepEqual((await usesOf(opened)).map(toldOf).sort(), [
    "1 counts",
    "2 uses_short",
    "3 uses_short",
    "4 counts",
    "5 uses_short",
  ]);
  const conflicts = () => collect(everyPage(opened.queries.conflicts.list, opened.organizationId, 1));
  assert.deepEqual(
    (await conflicts())
      .map(({ code, refusal, kept, lost }) => [code, refusal, kept, (lost.atMs - startMs) / minuteMs])
      .sort(),
    [
      ["100", "uses_short", null, 15],
      ["100", "uses_short", null, 20],
      ["100", "uses_short", null, 30],
    ],
  );
  successOf(await execute({ verb: "undo", productId: 1, code: "100", reason: "a mistake", number: 1 }));
  assert.deepEqual(
    (await conflicts()).map(({ lost }) => (lost.atMs - startMs) / minuteMs).sort(),
    [20, 30],
    "the scan after it has its place now",
  );
  const { entitlement } = await ticket(opened);
  assert.equal(entitlement.redemption?.atMs, startMs + 5 * minuteMs);
  assert.deepEqual(entitlement.usage, {
    recorded: 5,
    spent: 2,
    spentOnDay: 2,
    lastEntryAtMs: startMs + 15 * minuteMs,
    lastAtMs: startMs + 30 * minuteMs,
    inside: false,
  });
});

test("conflicts of both kinds stand in one list, in the order in which they became known, and come in pages", async (t) => {
  const { opened, execute, gate: principal } = await openGate(t);
  const { organizationId, queries } = opened;
  await opened.sql("update product set uses_max = 1 where organization_id = $1");
  successOf(await execute(issue(1, "200")));
  await execute(redeem(1, "200"), { principal });
  await execute(redeem(1, "200"), { principal });
  await opened.sql("update entitlement set uses_max = 1 where organization_id = $1 and code = '100'");
  for (const minute of [1, 2, 3]) await execute(redeem(1, "100", startMs + minute * minuteMs), { principal });
  await execute(redeem(1, "200"), { principal });
  const first = await queries.conflicts.list(organizationId, 1, { limit: 3 });
  const second = await queries.conflicts.list(organizationId, 1, {
    limit: 3,
    ...(first.next && { after: first.next }),
  });
  assert.deepEqual(
    [...first.rows, ...second.rows].map(({ code, refusal }) => `${code} ${refusal}`),
    ["200", "100", "100", "200"].map((code) => `${code} already_redeemed`),
  );
  const ofUse = first.rows[1];
  assert.equal(ofUse?.kept?.atMs, startMs + minuteMs);
  assert.equal(ofUse?.lost.accessKey, "GATE1");
});

test("holders inside are counted by product and category, from an index that has them alone", async (t) => {
  const { opened, execute } = await openGate(t);
  const { organizationId, queries } = opened;
  await opened.sql("update product set reentry = 'after_exit', uses_max = null where organization_id = $1");
  await opened.sql(
    `insert into entitlement (organization_id, id, product_id, code, issued_at, category)
     select $1, nextval('entitlement_id_seq'), 1, 'n' || n, '2026-06-01', case when n > 2 then 'adult' else 'child' end
     from generate_series(1, 2000) as n`,
  );
  for (const code of ["100", "n1", "n2", "n3", "n4"]) successOf(await execute(redeem(1, code)));
  successOf(await execute({ ...redeem(1, "n4"), direction: "exit" }));
  assert.deepEqual(await queries.uses.inside(organizationId, 1), [
    { category: "adult", inside: 1 },
    { category: "child", inside: 2 },
    { category: null, inside: 1 },
  ]);
  assert.deepEqual(await queries.uses.inside(organizationId, 2), []);
  const plan = await opened.sql<{ "QUERY PLAN": string }>(
    `explain select category, count(*) from entitlement e
     where organization_id = $1 and product_id = 1 and inside group by category`,
  );
  assert.match(plan.map((line) => line["QUERY PLAN"]).join("\n"), /entitlement_inside/);
});
