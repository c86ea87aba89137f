import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, type TestContext, test } from "node:test";
import fc from "fast-check";
import pg from "pg";
import { createTestDatabase, type TestAddress } from "../../tests/support/database.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { StoreBusy, StoreUnavailable, WriteConflict } from "../engine/store.ts";
import { openPool, translateError } from "./database.ts";

const database = await createTestDatabase({ empty: true });
after(() => database.drop());

function open(t: TestContext, address: TestAddress | string = database.address, connectionsMax = 2): pg.Pool {
  const pool = openPool(address, connectionsMax);
  t.after(() => pool.end());
  return pool;
}

/** The one value that a statement answers. */
async function ask(pool: pg.Pool | pg.PoolClient, text: string, values: unknown[] = []): Promise<unknown> {
  const { rows } = await pool.query({ text, values, rowMode: "array" });
  return rows[0]?.[0];
}

/** What comes out of `translateError` for the failure of a promise. */
async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.fail("it did not fail"),
    (error) => translateError(error),
  );
}

const codeOf = (error: Error) =>
  (error.cause ?? error) && Object.getOwnPropertyDescriptor(error.cause ?? error, "code")?.value;

test("a time is read to the millisecond, in any year from 1 to 9999", async (t) => {
  const pool = open(t);
  const times: readonly [text: string, iso: string][] = [
    ["1970-01-01 00:00:00+00", "1970-01-01T00:00:00.000Z"],
    ["2009-06-10 08:00:00.123+00", "2009-06-10T08:00:00.123Z"],
    ["2009-06-10 08:00:00.1+00", "2009-06-10T08:00:00.100Z"],
    ["2009-06-10 08:00:00.0005+00", "2009-06-10T08:00:00.001Z"],
    ["2009-06-10 08:59:59.999999+00", "2009-06-10T09:00:00.000Z"],
    ["2024-02-29 23:59:59.999+00", "2024-02-29T23:59:59.999Z"],
    ["1900-02-28 12:00:00+00", "1900-02-28T12:00:00.000Z"],
    ["0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000Z"],
    ["0099-12-31 23:59:59+00", "0099-12-31T23:59:59.000Z"],
    ["9999-12-31 23:59:59.999+00", "9999-12-31T23:59:59.999Z"],
    ["2026-06-01 12:00:00+03", "2026-06-01T09:00:00.000Z"],
  ];
  for (const [text, iso] of times)
    assert.equal(await ask(pool, "select $1::timestamptz", [text]), Date.parse(iso), text);
  assert.equal(await ask(pool, "select null::timestamptz"), null);
});

test("every millisecond from the year 1 to 9999 comes back as it was written", async (t) => {
  const pool = open(t);
  const first = Date.parse("0001-01-01T00:00:00.000Z");
  const last = Date.parse("9999-12-31T23:59:59.999Z");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: first, max: last }), { minLength: 1, maxLength: 200 }),
      async (times) => {
        const { rows } = await pool.query({
          text: "select to_timestamp(n) from unnest($1::float8[]) with ordinality as n (n, position) order by position",
          values: [times.map((time) => time / 1000)],
          rowMode: "array",
        });
        assert.deepEqual(rows.flat(), times);
      },
    ),
    { numRuns: 20 },
  );
});

test("a time that is no date of ours is an error and not another time", async (t) => {
  const pool = open(t);
  for (const text of ["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "10000-01-01 00:00:00+00"]) {
    await assert.rejects(ask(pool, "select $1::timestamptz", [text]), /a time in the database/, text);
  }
});

test("times are read alike whatever time zone and style of dates the database or the role prefers", async (t) => {
  const own = await createTestDatabase({ empty: true });
  t.after(() => own.drop());
  const owner = new pg.Client(own.address);
  await owner.connect();
  await owner.query(`alter database ${own.address.database} set timezone = 'Asia/Kathmandu'`);
  await owner.query(`alter database ${own.address.database} set datestyle = 'German'`);
  await owner.end();
  for (const address of [own.address, own.url, `${own.url}?options=-c%20work_mem%3D8MB`]) {
    const pool = open(t, address);
    assert.equal(
      await ask(pool, "select '2026-06-01 12:00:00.5+00'::timestamptz"),
      Date.UTC(2026, 5, 1, 12, 0, 0, 500),
    );
    await pool.query("create table if not exists noted (at timestamptz)");
    await pool.query("insert into noted values (to_timestamp($1::float8))", [Date.UTC(2026, 0, 1) / 1000]);
    assert.equal(await ask(pool, "select at from noted"), Date.UTC(2026, 0, 1));
  }
});

test("a number is read exactly or not at all", async (t) => {
  const pool = open(t);
  for (const number of [0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    assert.equal(await ask(pool, `select '${number}'::bigint`), number);
  }
  await assert.rejects(ask(pool, "select 9007199254740993::bigint"), /larger than 2\^53 - 1/);
  assert.equal(await ask(pool, "select 9999999999999999999::numeric"), "9999999999999999999", "a numeric stays text");
  assert.equal(await ask(pool, "select '00042'::text"), "00042");
});

test("a connection that breaks while it is in use fails what waits on it, and neither the process nor the pool", async (t) => {
  const relay = await openRelay(database.address);
  t.after(() => relay.cut());
  const pool = open(t, relay.address, 1);
  const client = await pool.connect();
  const waiting = failureOf(client.query("select pg_sleep(60)"));
  await ask(open(t), "select 1");
  await relay.cut();
  assert.ok((await waiting) instanceof StoreUnavailable);
  assert.ok((await failureOf(client.query("select 1"))) instanceof StoreUnavailable, "it is of no further use");
  client.release(true);
  await relay.mend();
  assert.equal(await ask(pool, "select 1"), 1, "the pool replaces it");
});

test("an idle connection that breaks is replaced at the next use", async (t) => {
  const pool = open(t, database.address, 1);
  const pid = await ask(pool, "select pg_backend_pid()");
  const other = open(t);
  await other.query("select pg_terminate_backend($1)", [pid]);
  await eventually(
    "it is gone",
    async () => (await ask(other, "select count(*) from pg_stat_activity where pid = $1", [pid])) === 0,
  );
  // The pool may not have heard of the end yet; a use that fails makes it so.
  const again = await eventually("the pool has another", () =>
    ask(pool, "select pg_backend_pid()").catch(() => undefined),
  );
  assert.notEqual(again, pid);
});

test("a database that cannot be reached or is going down is unavailable, and one that takes too long is busy", async (t) => {
  const closed = createServer();
  closed.listen(0, "127.0.0.1");
  await once(closed, "listening");
  const place = closed.address();
  assert.ok(place !== null && typeof place === "object");
  closed.close();
  const nowhere = open(t, { ...database.address, host: "127.0.0.1", port: place.port });
  assert.ok((await failureOf(nowhere.query("select 1"))) instanceof StoreUnavailable, "nobody listens");

  const noSocket = open(t, { ...database.address, host: "/nonexistent" });
  assert.ok((await failureOf(noSocket.query("select 1"))) instanceof StoreUnavailable, "no such socket");

  const pool = open(t);
  const client = await pool.connect();
  const sleeping = failureOf(client.query("select pg_sleep(60)"));
  await pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
  assert.ok((await sleeping) instanceof StoreUnavailable, "ended by the administrator");
  client.release(true);

  const impatient = await pool.connect();
  await impatient.query("set statement_timeout = 1");
  const late = await failureOf(impatient.query("select pg_sleep(60)"));
  assert.deepEqual([late.constructor, codeOf(late)], [StoreBusy, "57014"], "a statement took too long");
  await impatient.query("set statement_timeout = 0; set default_transaction_read_only = on");
  const readOnly = await failureOf(impatient.query("create table written (id int)"));
  assert.deepEqual([readOnly.constructor, codeOf(readOnly)], [StoreUnavailable, "25006"], "a standby");
  impatient.release(true);

  const ended = openPool(database.address, 1);
  await ended.end();
  assert.ok((await failureOf(ended.connect())) instanceof StoreUnavailable, "we are stopping ourselves");
});

test("what another transaction is in the way of is a conflict: a taken key, a deadlock, a lock that is not given", async (t) => {
  const pool = open(t);
  await pool.query("create table place (id int primary key, taken int)");
  await pool.query("insert into place values (1), (2)");

  const taken = await failureOf(pool.query("insert into place values (1)"));
  assert.deepEqual([taken.constructor, codeOf(taken)], [WriteConflict, "23505"]);

  const [one, other] = await Promise.all([pool.connect(), pool.connect()]);
  for (const client of [one, other]) await client.query("begin; set local deadlock_timeout = 20");
  await one.query("update place set taken = 1 where id = 1");
  await other.query("update place set taken = 2 where id = 2");
  const crossed = await Promise.allSettled([
    one.query("update place set taken = 1 where id = 2"),
    other.query("update place set taken = 2 where id = 1"),
  ]);
  const failed = crossed.filter((result) => result.status === "rejected").map(({ reason }) => translateError(reason));
  assert.deepEqual(
    failed.map((error) => [error.constructor, codeOf(error)]),
    [[WriteConflict, "40P01"]],
  );
  await Promise.all([one.query("rollback"), other.query("rollback")]);

  await one.query("begin; select * from place for update");
  await other.query("set lock_timeout = 1");
  const refused = await failureOf(other.query("update place set taken = 2"));
  assert.deepEqual([refused.constructor, codeOf(refused)], [WriteConflict, "55P03"]);
  await one.query("rollback");

  await one.query("begin isolation level serializable; select sum(taken) from place");
  await other.query("reset lock_timeout; begin isolation level serializable; select sum(taken) from place");
  await one.query("update place set taken = 1 where id = 1");
  await one.query("commit");
  const late = await failureOf(other.query("update place set taken = 2 where id = 1"));
  assert.deepEqual([late.constructor, codeOf(late)], [WriteConflict, "40001"]);
  one.release(true);
  other.release(true);
});

test("a broken rule and a bug stay what they are", async (t) => {
  const pool = open(t);
  const statements: readonly [statement: string, code: string][] = [
    ["select 1 / 0", "22012"],
    ["select from nothing_of_this_name", "42P01"],
    ["select 'a\\000b'::bytea::text::int", "22P02"],
  ];
  for (const [statement, code] of statements) {
    const error = await failureOf(pool.query(statement));
    assert.ok(!(error instanceof StoreUnavailable) && !(error instanceof WriteConflict), statement);
    assert.equal(codeOf(error), code);
  }
  const nul = await failureOf(pool.query("select $1::text", ["a\0b"]));
  assert.equal(codeOf(nul), "22021", "text with a NUL");
  const bug = new TypeError("x is not a function");
  assert.equal(translateError(bug), bug);
  assert.equal(translateError("a text was thrown").message, "a text was thrown");
});
