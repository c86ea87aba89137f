import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type pg from "pg";
import type { LogKind, Outcome, VerbName } from "../../src/core/command.ts";
import { customerIdentity } from "../../src/core/customer.ts";
import type { Refusal } from "../../src/core/refusal.ts";
import { secondStart } from "../../src/core/second.ts";
import { type Store, StoreUnavailable } from "../../src/engine/store.ts";
import { everyPage } from "../../src/queries/pages.ts";
import { openPool } from "../../src/storage/database.ts";
import { collect, openTestEngine, type TestEngine } from "../support/engine.ts";
import { strayReferences } from "../support/references.ts";
import { beginMs, history, type Request, resolved, tries } from "./history.ts";
import { describeTerms, Model } from "./model.ts";
import { describeAction, describeConflict, describeOutcome } from "./outcome.ts";

/** Above those of the engines themselves. */
let lastOrganizationId = 1_000;

/** Gives every run an organization of its own, on one database. */
async function openOrganizations(t: TestContext, wrap = (store: Store) => store) {
  const one = await openTestEngine(t, { wrap });
  const pool = openPool(one.database.address, 2);
  t.after(() => pool.end());
  return {
    one,
    async next(): Promise<Place> {
      const organizationId = ++lastOrganizationId;
      await one.administration.ensureOrganization(organizationId, "Property");
      return {
        organizationId,
        execute: (engine, { command, ...request }) => engine.execute(command, { ...request, organizationId }),
        sql: async (text) => (await pool.query(text, [organizationId])).rows,
      };
    },
  };
}

interface Place {
  readonly organizationId: number;
  execute(engine: TestEngine, request: Request): Promise<Outcome>;
  /** Runs a query in which `$1` is the organization. */
  sql<R extends pg.QueryResultRow>(text: string): Promise<R[]>;
}

test("whatever arrives together or one after the other, engine and database agree with the model", async (t) => {
  let answersAreLost = false;
  const { one, next } = await openOrganizations(t, (store) => ({
    async transact(...batch) {
      const result = await store.transact(...batch);
      if (answersAreLost) throw new StoreUnavailable("the connection broke after the commit");
      return result;
    },
  }));
  await fc.assert(
    fc.asyncProperty(history, async (moments) => {
      const place = await next();
      const model = new Model();
      const holds: number[] = [];
      one.nowMs = beginMs;
      for (const { afterMs, requests, ...moment } of moments) {
        one.nowMs += afterMs;
        for (const together of inTurn(requests)) {
          const sent = together.map((request) => resolved(request, holds));
          answersAreLost = moment.answersAreLost;
          const answers = await Promise.all(sent.map((request) => answerOf(place.execute(one, request))));
          answersAreLost = false;
          const lost = sent.filter(
            (request, index) => answers[index] === undefined && request.idempotencyKey !== undefined,
          );
          const later = await Promise.all(lost.map((request) => place.execute(one, request)));
          const all = [
            ...sent.map((request, index) => ({ request, answer: answers[index], kept: later[lost.indexOf(request)] })),
            ...lost.map((request, index) => ({ request, answer: later[index], kept: undefined })),
          ];
          for (const { request, answer, kept } of all) {
            const { command } = request;
            const made = answer ?? kept;
            const holdId = made?.ok && "hold" in made.value ? made.value.hold.id : undefined;
            if (holdId !== undefined && command.verb === "hold" && !holds.includes(holdId)) holds.push(holdId);
            const expected = model.request(request, one.nowMs, holdId);
            if (answer === undefined) continue;
            assert.equal(describeOutcome(command, answer), expected, JSON.stringify(command));
          }
        }
      }
      await assertAsModelled(one, place, model);
    }),
    tries(60),
  );
});

/** Requests that may be sent together: later ones wait for the batch of one that gives a new code or holder. */
function inTurn(requests: readonly Request[]): readonly Request[][] {
  const turns: Request[][] = [[]];
  for (const request of requests) {
    const { verb } = request.command;
    if (verb === "reissue" || verb === "transfer") turns.push([request], []);
    else turns.at(-1)?.push(request);
  }
  return turns;
}

/** The answer; `undefined` when it was lost. */
async function answerOf(outcome: Promise<Outcome>): Promise<Outcome | undefined> {
  try {
    return await outcome;
  } catch (error) {
    if (error instanceof StoreUnavailable) return undefined;
    throw error;
  }
}

async function assertAsModelled({ queries }: TestEngine, { organizationId, sql }: Place, model: Model): Promise<void> {
  const log = await sql<{
    productId: number;
    kind: LogKind;
    code: string | null;
    entitlementId: number | null;
    occurredAtMs: number;
    refusal: Refusal | null;
  }>(
    `select product_id as "productId", kind, code, entitlement_id as "entitlementId", occurred_at as "occurredAtMs", refusal
     from action where organization_id = $1 order by id`,
  );
  assert.deepEqual(
    log.map((action) => ({ productId: action.productId, line: describeAction(action) })),
    model.log,
  );

  const products = await sql<{ id: number }>("select id from product where organization_id = $1 order by id");
  assert.deepEqual(
    products.map(({ id }) => id),
    [...model.events.keys()].sort(),
  );
  for (const [id, event] of model.events) {
    const found = await queries.products.byId(organizationId, id);
    assert.ok(found !== undefined);
    const { product, accessKeys } = found;
    assert.equal(describeTerms({ ...product, accessKeys }), describeTerms(event));
    assert.deepEqual(
      [product.issued, product.retiredAtMs !== null, product.createdAtMs],
      [model.issued(id), event.retired, event.createdAtMs],
    );
    const entitlements = await collect(everyPage(queries.entitlements.list, organizationId, { productId: id }));
    const expected = [...model.tickets].filter(([, ticket]) => ticket.productId === id);
    assert.deepEqual(
      entitlements
        .map(({ code, customer, redemption, revokedAtMs }) => [
          code,
          customer === null ? null : customerIdentity(customer.name),
          redemption?.atMs ?? null,
          revokedAtMs !== null,
        ])
        .sort(),
      expected.map(([code, ticket]) => [code, ticket.holder, model.redeemedAtMs(ticket), ticket.revoked]).sort(),
    );
    const conflicts = await collect(everyPage(queries.conflicts.list, organizationId, id));
    assert.deepEqual(
      conflicts.map((conflict) => `${conflict.code} ${describeConflict(conflict)}`).sort(),
      expected.flatMap(([code, ticket]) => model.conflictsOf(ticket).map((line) => `${code} ${line}`)).sort(),
    );
    const inside = await queries.uses.inside(organizationId, id);
    assert.equal(
      inside.reduce((sum, one) => sum + one.inside, 0),
      model.inside(id),
    );
  }
  const customers = await sql<{ identity: string }>("select identity from customer where organization_id = $1");
  assert.deepEqual(customers.map(({ identity }) => identity).sort(), [...model.customers].sort());
  assert.deepEqual(await sql(strayReferences), []);
}

test("whatever two engines do at once, nothing is oversold, honoured twice, lost or brought back", async (t) => {
  const { one, next } = await openOrganizations(t);
  const other = await openTestEngine(t, { beside: one });
  await fc.assert(
    fc.asyncProperty(history, async (moments) => {
      const place = await next();
      const acknowledged = new Map<string, { verb: VerbName; code: string }>();
      const acts = new Map<string, string>();
      const holds: number[] = [];
      one.nowMs = beginMs;
      for (const [at, { afterMs, requests }] of moments.entries()) {
        one.nowMs += afterMs;
        other.nowMs = one.nowMs;
        await Promise.all(
          requests.map(async (request, index) => {
            const { command, principal, idempotencyKey } = request;
            const outcome = await place.execute(index % 2 === 0 ? one : other, resolved(request, holds));
            if (outcome.ok && command.verb === "hold" && "hold" in outcome.value) holds.push(outcome.value.hold.id);
            if (!outcome.ok || !("code" in command) || typeof command.code !== "string") return;
            // A repeated answer is the same act, and so is a scan that is reported again.
            const second = secondStart((command.verb === "redeem" ? command.occurredAtMs : undefined) ?? one.nowMs);
            const act = JSON.stringify(command.verb === "redeem" ? [principal, command.code, second] : [at, index]);
            const name = JSON.stringify(idempotencyKey === undefined ? [at, index] : [principal, idempotencyKey]);
            acts.set(name, acts.get(name) ?? act);
            acknowledged.set(acts.get(name) ?? act, { verb: command.verb, code: command.code });
          }),
        );
      }
      await assertSound(place, [...acknowledged.values()]);
    }),
    tries(40),
  );
});

/** What holds after any history, whoever came first. */
async function assertSound({ sql }: Place, acknowledged: readonly { verb: VerbName; code: string }[]): Promise<void> {
  const out = (category: string) => `(select count(*) from entitlement e
    where e.organization_id = $1 and e.product_id = p.id and ${category}
      and (e.revoked_at is null or e.redeemed_at is not null)) as out`;
  const products = await sql<{ capacity: number | null; issued: number; out: number }>(
    `select p.capacity, p.issued, ${out("true")} from product p where p.organization_id = $1
     union all
     select c.capacity, c.issued, ${out("e.category = c.key")}
     from product p, jsonb_to_recordset(p.categories) as c (key text, capacity integer, issued bigint)
     where p.organization_id = $1`,
  );
  for (const { capacity, issued, out } of products) {
    assert.equal(issued, out, "issued is what is out, or was used");
    assert.ok(capacity === null || issued <= capacity, "never more than the capacity");
  }
  const lines = await sql<{ kind: LogKind; code: string; count: number }>(
    `select kind, code, count(*) as count from action
     where organization_id = $1 and refusal is null and code is not null group by kind, code`,
  );
  const logged = (kind: LogKind, codes: readonly string[]) =>
    lines.filter((line) => line.kind === kind && codes.includes(line.code)).reduce((sum, { count }) => sum + count, 0);
  const done = (verb: VerbName, codes: readonly string[]) =>
    acknowledged.filter((act) => act.verb === verb && codes.includes(act.code)).length;
  const entitlements = await sql<{
    codes: string[];
    redeemed: boolean;
    revoked: boolean;
    displaced: number;
    isOnce: boolean;
  }>(
    `select array(select e.code union all select r.code from replaced_code r
       where r.organization_id = $1 and r.entitlement_id = e.id) as codes,
       e.redeemed_at is not null as redeemed, e.revoked_at is not null as revoked,
       e.uses_recorded is null as "isOnce",
       (select count(*) from conflict f where f.organization_id = $1 and f.entitlement_id = e.id and f.displaced) as displaced
     from entitlement e where e.organization_id = $1`,
  );
  for (const { codes, redeemed, revoked, displaced, isOnce } of entitlements) {
    assert.equal(done("issue", codes), 1, "it is issued once");
    assert.equal(logged("entitlement_issued", codes), 1, "and that is in the log once");
    if (isOnce) {
      assert.equal(done("redeem", codes), redeemed ? 1 : 0, "it is honoured once at most");
      const scans = redeemed ? 1 + displaced : 0;
      assert.equal(
        logged("entitlement_redeemed", codes),
        scans,
        "and that is in the log once, as is each scan that took its place",
      );
    }
    assert.equal(logged("entitlement_revoked", codes), revoked ? 1 : 0, "a revocation is in the log once");
    assert.equal(done("revoke", codes) > 0, revoked, "what was revoked does not come back");
    assert.equal(logged("entitlement_reissued", codes), codes.length - 1, "each code but the first is in the log once");
  }
  const known = entitlements.flatMap(({ codes }) => codes);
  assert.equal(new Set(known).size, known.length, "a code is one entitlement's for ever");
  for (const { verb, code } of acknowledged) {
    assert.ok(known.includes(code), `${verb} ${code} was acknowledged, so it is there`);
  }
  const miscounted = await sql(
    `select e.code, e.uses_spent, e.inside, u.spent, u.entries, u.exits
     from entitlement e
     join product p on p.organization_id = $1 and p.id = e.product_id,
     lateral (
       select coalesce(sum(count) filter (where direction = 'entry'), 0) as spent,
         count(*) filter (where direction = 'entry') as entries, count(*) filter (where direction = 'exit') as exits
       from entitlement_use
       where organization_id = $1 and entitlement_id = e.id and refusal is null and undone_at is null) as u
     where e.organization_id = $1 and e.uses_recorded is not null
       and (e.uses_spent <> u.spent or p.reentry = 'after_exit' and e.inside::integer <> u.entries - u.exits)`,
  );
  assert.deepEqual(miscounted, [], "uses are counted, and whoever is out has left as often as entered");
  const [log] = await sql<{ lines: number; numbers: number }>(
    "select count(*) as lines, count(distinct id) as numbers from action where organization_id = $1",
  );
  assert.equal(log?.lines, log?.numbers, "each line of the log has a number of its own");
}
