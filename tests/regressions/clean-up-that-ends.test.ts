/**
 * Fault: answers that were kept for a week were removed by one statement for all of them, without an index, an hour
 * after the start. From some millions on it took longer than a statement may, so that it failed every hour from then on
 * and the table grew for ever. Tokens that had ended were the same, and of the log nothing was ever removed.
 *
 * Guarantee: a clean-up goes in small pieces, by key, until nothing is left, whatever had piled up; the first begins at
 * the start of the server.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { answersKeptMs } from "../../src/expiry/expiry.ts";
import { createAdministration } from "../../src/storage/administration.ts";
import { openPool } from "../../src/storage/database.ts";
import { startTestApp } from "../support/app.ts";
import { createEvent, openTestEngine, type TestEngine } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { anybody } from "../support/principals.ts";
import { watchPool } from "../support/watched-pool.ts";

const dayMs = 24 * 60 * 60 * 1000;
const pieceRows = 2_000;

/** Copies of a real answer, eight days old and older. */
async function insertIdempotencyRecords({ execute, sql }: TestEngine, rows: number): Promise<void> {
  await execute(createEvent(), { idempotencyKey: "0" });
  await sql(
    `insert into kept_answer
     select (jsonb_populate_record(k, jsonb_build_object('key', n, 'created_at', now() - interval '8 days' - n * interval '1 second'))).*
     from kept_answer k, generate_series(1, ${rows}) n where k.organization_id = $1`,
  );
  await sql("delete from kept_answer where organization_id = $1 and key = '0'");
}

test("answers that have piled up are removed where one statement for all of them is ended by the server", async (t) => {
  const rows = 1_500;
  const statementTimeoutMs = 500;
  const engine = await openTestEngine(t);
  await insertIdempotencyRecords(engine, rows);
  // What is young stays.
  await engine.execute(createEvent({}, 1), { idempotencyKey: "young" });
  const pool = openPool(engine.database.address, 2);
  t.after(() => pool.end());
  pool.on("connect", (client) => client.query(`set statement_timeout = ${statementTimeoutMs}`));
  // As many millions are on a busy disk: each row takes a millisecond, so that 2,000 at once are too many as well.
  await pool.query(
    `create function take_a_millisecond() returns trigger language plpgsql as 'begin perform pg_sleep(0.001); return old; end';
     create trigger slow before delete on kept_answer for each row execute function take_a_millisecond()`,
  );

  const whole = pool.query("delete from kept_answer where created_at < now() - interval '7 days'");
  await assert.rejects(whole, /statement timeout/);
  const { forgetIdempotencyRecords } = createAdministration(pool, engine.secrets);
  assert.equal(await forgetIdempotencyRecords(answersKeptMs), rows);
  assert.equal(await engine.count("kept_answer", "key = 'young'"), 1);
  assert.equal(await engine.count("kept_answer"), 1);
  await pool.query("drop function take_a_millisecond cascade");
});

test("tokens and lines of the log are removed in pieces, each of which removes 2,000 rows at most", async (t) => {
  const rows = 20_000;
  const engine = await openTestEngine(t);
  const { sql, count, execute, organizationId } = engine;
  await execute(createEvent({}, 1));
  const operatorId = await engine.administration.putOperator(organizationId, {
    login: "ada",
    passwordHash: "",
    role: "owner",
  });
  await engine.administration.putToken(organizationId, { operatorId, token: "young", expiresAtMs: Date.now() + dayMs });
  await sql("update action set recorded_at = now() where organization_id = $1");
  await sql(
    `insert into api_token (organization_id, id, operator_id, token_hash, expires_at, revoked_at)
     select $1, 1000000 + n, ${operatorId}, decode(md5(n::text), 'hex'), case when n % 2 = 0 then now() - n * interval '1 second' end,
       case when n % 3 = 0 or n % 2 = 1 then now() - interval '1 hour' end
     from generate_series(1, ${rows}) n`,
  );
  await sql(
    `insert into action (organization_id, id, kind, product_id, code, occurred_at, recorded_at, refusal)
     select $1, 1000000 + n, 'entitlement_redeemed', n % 3, 'x', now(), now() - interval '100 days' + n * interval '1 millisecond',
       case when n % 2 > 0 then 'already_redeemed' end
     from generate_series(1, ${rows}) n`,
  );
  const { pool, statements } = watchPool(t, engine.database.address);
  const { forgetTokens, forgetActions } = createAdministration(pool, engine.secrets);
  assert.equal(await forgetTokens(), rows);
  assert.ok(statements.length >= rows / pieceRows, `${statements.length} statements`);
  assert.equal(await forgetActions(organizationId, "done", 101 * dayMs), 0);
  statements.length = 0;
  assert.equal(await forgetActions(organizationId, "refused", 90 * dayMs), rows / 2);
  assert.equal(await count("action"), 3 + rows / 2, "what was done stays");
  assert.equal(await forgetActions(organizationId, "done", 90 * dayMs), rows / 2);
  assert.ok(statements.length >= rows / pieceRows, `${statements.length} statements`);
  assert.deepEqual(await Promise.all([count("api_token"), count("action")]), [1, 3]);
});

test("several processes that clean up at once remove everything, once", async (t) => {
  const engine = await openTestEngine(t);
  await insertIdempotencyRecords(engine, 20_000);
  const besides = await Promise.all([1, 2, 3].map(() => openTestEngine(t, { beside: engine })));
  const counts = await Promise.all(
    besides.map(({ administration }) => administration.forgetIdempotencyRecords(answersKeptMs)),
  );
  assert.equal(
    counts.reduce((sum, one) => sum + one),
    20_000,
  );
  assert.equal(await engine.count("kept_answer"), 0);
});

test("a clean-up that is told to stop ends after the piece that it is at", async (t) => {
  const engine = await openTestEngine(t);
  await insertIdempotencyRecords(engine, 20_000);
  const removed = await engine.administration.forgetIdempotencyRecords(answersKeptMs, AbortSignal.abort());
  assert.ok(removed > 0 && removed < 20_000, `${removed} removed`);
  assert.equal(await engine.count("kept_answer"), 20_000 - removed);
});

test("a server that was started removes what has had its time within moments", async (t) => {
  const app = await startTestApp(t);
  const order = { organizationId: 1, principal: anybody, address: null, idempotencyKey: "old" } as const;
  await app.app.engine.execute({ ...order, command: createEvent() });
  const query = async (text: string) => {
    const client = new pg.Client(app.database.address);
    await client.connect();
    return client.query(text).finally(() => client.end());
  };
  await query("update kept_answer set created_at = to_timestamp(0)");
  app.app.startJobs({
    smtpUrl: undefined,
    from: { name: "Test", address: "test@example.com" },
    outboxDir: app.dataDir,
  });
  await eventually("the old answer is gone", async () => (await query("select from kept_answer")).rowCount === 0);
});
