/**
 * Somebody holds a product's row for long: an operator in psql, a migration, another process. Once every command of the
 * organization waited behind it, all were told that there is no database, and the sales of the held product were
 * carried out when the row was let go, fifty seconds after their buyers had been refused.
 *
 * Guarantee: guests of other events are let in as ever; who needs the row is told within the command's time that the
 * server is busy, and never gets what was refused; and when the row is let go in time, it is as if nobody had held it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { StoreBusy } from "../../src/engine/store.ts";
import { startTestApp } from "../support/app.ts";
import { createEvent, issue, openTestEngine, redeem, resultOf, tally } from "../support/engine.ts";
import { exchange } from "../support/exchange.ts";

const answerMaxMs = 500;
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Holds rows until it is released, or the test ends. */
async function hold(t: { after(clean: () => Promise<void>): void }, address: pg.ClientConfig, statement: string) {
  const holder = new pg.Client(address);
  holder.on("error", () => {});
  await holder.connect();
  t.after(() => holder.end());
  await holder.query("begin");
  await holder.query(statement);
  return { release: () => holder.query("rollback") };
}

test("a held product stops its buyers and nobody else, and who was refused gets nothing later", async (t) => {
  const { execute, count, database, organizationId } = await openTestEngine(t, { commandWaitMaxMs: 1_500 });
  await Promise.all([execute(createEvent({}, 1)), execute(createEvent({}, 2))]);
  await Promise.all(range(400).map((index) => execute(issue(2, `guest ${index}`))));
  const holder = await hold(
    t,
    database.address,
    `select from product where organization_id = ${organizationId} and id = 1 for update`,
  );
  const waits: number[] = [];
  const outcomes = await Promise.all([
    ...range(20).map((index) => execute(issue(1, `buyer ${index}`)).then(resultOf, (error) => error)),
    ...range(400).map(async (index) => {
      // All kinds of moments: together with the buyers, and while they wait.
      await pause(index * 3);
      const askedAtMs = performance.now();
      const outcome = await execute(redeem(2, `guest ${index}`));
      waits.push(performance.now() - askedAtMs);
      return resultOf(outcome);
    }),
  ]);
  const buyers = outcomes.splice(0, 20);
  assert.ok(buyers.every((outcome) => outcome instanceof StoreBusy));
  assert.deepEqual(tally(outcomes), { ok: 400 });
  assert.ok(Math.max(...waits) < answerMaxMs, `the longest wait was ${Math.max(...waits)} ms`);
  await holder.release();
  await pause(1_000);
  assert.equal(await count("entitlement", "product_id = 1"), 0);
  assert.equal(resultOf(await execute(issue(1, "buyer 0"))), "ok");
});

test("a row that is let go in time: those who waited for it are carried out in the order in which they came", async (t) => {
  const { execute, database, organizationId, sql } = await openTestEngine(t);
  await execute(createEvent({ capacity: 50 }, 1));
  const holder = await hold(
    t,
    database.address,
    `select from product where organization_id = ${organizationId} and id = 1 for update`,
  );
  const bought = Promise.all(
    range(80).map(async (index) => {
      await pause(index * 10);
      return execute(issue(1, String(index)));
    }),
  );
  await pause(1_000);
  await holder.release();
  assert.deepEqual(tally((await bought).map(resultOf)), { ok: 50, capacity_reached: 30 });
  const codes = await sql<{ code: string }>("select code from entitlement where organization_id = $1 order by id");
  assert.deepEqual(
    codes.map(({ code }) => Number(code)).sort((a, b) => a - b),
    range(50),
  );
});

test("a hundred held codes in one batch cost the others no more than one does", async (t) => {
  const { execute, database, organizationId } = await openTestEngine(t, { commandWaitMaxMs: 1_000 });
  await execute(createEvent({}, 1));
  await Promise.all(range(200).map((index) => execute(issue(1, String(index)))));
  await hold(
    t,
    database.address,
    `select from entitlement where organization_id = ${organizationId} and code::integer < 100 for update`,
  );
  const waits: number[] = [];
  const outcomes = await Promise.all(
    range(200).map(async (index) => {
      const askedAtMs = performance.now();
      const outcome = await execute(redeem(1, String(index))).then(resultOf, () => "busy");
      if (outcome === "ok") waits.push(performance.now() - askedAtMs);
      return outcome;
    }),
  );
  assert.deepEqual(tally(outcomes), { busy: 100, ok: 100 });
  assert.ok(Math.max(...waits) < answerMaxMs, `the longest wait was ${Math.max(...waits)} ms`);
});

test("what another transaction is adding at the moment stops only who would add the same", async (t) => {
  const { execute, database, organizationId, count } = await openTestEngine(t, { commandWaitMaxMs: 6_000 });
  await execute(createEvent({}, 1));
  const holder = await hold(
    t,
    database.address,
    `insert into customer (organization_id, id, name, identity)
     values (${organizationId}, 1000000, 'anna@example.com', 'anna@example.com')`,
  );
  const buy = (code: string, who: string) =>
    execute(issue(1, code, `${who}@example.com`)).then(resultOf, (error) => error.name);
  const annas = Promise.all([buy("a", "anna"), buy("b", "Anna")]);
  // No row tells who is in the way: it is found in halves.
  const together = await Promise.all(range(62).map((index) => buy(String(index), `guest${index}`)));
  assert.deepEqual(tally(together), { ok: 62 });
  const waits: number[] = [];
  for (const index of range(20)) {
    const askedAtMs = performance.now();
    assert.equal(await buy(`later ${index}`, `later${index}`), "ok");
    waits.push(performance.now() - askedAtMs);
  }
  assert.ok(Math.max(...waits) < answerMaxMs, `the longest wait was ${Math.max(...waits)} ms`);
  assert.deepEqual(await annas, ["StoreBusy", "StoreBusy"]);
  await holder.release();
  await pause(1_000);
  assert.equal(await count("customer"), 82);
});

test("over HTTP a busy server says so, where the protocol can tell that from a database that is away", async (t) => {
  const { app, url, database } = await startTestApp(t, { demo: true });
  await app.administration.putSetting(1, "nokkis.httpStatus", "semantic");
  await pause(2_100);
  await hold(t, database.address, "select from entitlement where code = '412158754' for update");
  const askedAtMs = performance.now();
  const path = "PUT /nokkis/2/barcode/412158754";
  const [held, free] = await Promise.all([exchange(url, path), exchange(url, "PUT /nokkis/2/barcode/41215875")]);
  assert.ok(free.status !== 503, "who asks for another code is answered");
  assert.deepEqual([held.status, held.headers["retry-after"]], [503, "1"]);
  assert.match(held.text, /<error id="1">Server couldn't connect to database/);
  assert.ok(performance.now() - askedAtMs < 14_000, "before the server itself gives up");
  const { text } = await exchange(url, "GET /metrics");
  assert.match(text, /counterfoil_commands_total\{verb="redeem",outcome="busy"\} 1/);
  assert.match(text, /counterfoil_commands_held_up_total\{verb="redeem"\} [1-9]/);
  assert.match(text, /counterfoil_pool_waiting\{pool="batches"\} 0/);
});
