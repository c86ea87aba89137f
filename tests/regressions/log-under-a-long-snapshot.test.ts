/**
 * Every batch wrote a new version of the row from which the log took its numbers. As long as a dump held a snapshot no
 * version could be removed, and each command read past all of them: twenty minutes into a dump a command took four
 * times as long.
 *
 * Guarantee: what a command costs does not grow with the number of commands since the oldest snapshot; the numbers of
 * the log still ascend in the order of commits, in a database that was upgraded too.
 */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import pg from "pg";
import { everyPage } from "../../src/queries/pages.ts";
import { createTestDatabase } from "../support/database.ts";
import { collect, createEvent, issue, openTestEngine, redeem } from "../support/engine.ts";

const commandsBetween = 3_000;

test("three thousand batches during a dump do not make the next one read more of the database", async (t) => {
  const { execute, database, organizationId } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  await execute(issue(1, "100"));
  const dump = new pg.Client(database.address);
  await dump.connect();
  t.after(() => dump.end());
  await dump.query("begin isolation level repeatable read; select count(*) from organization");
  /** Pages that the log's statement reads: counted where nothing else is under way. */
  const pagesRead = async () => {
    const client = new pg.Client(database.address);
    await client.connect();
    await client.query("begin");
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: Record<string, number> }] }>(
      `explain (analyze, buffers, format json)
       with turn as materialized (select pg_advisory_xact_lock(4611686018427387904 + ${organizationId}))
       insert into action (organization_id, id, kind, product_id, occurred_at, recorded_at)
       select ${organizationId}, nextval('action_id_seq'), 'entitlement_redeemed', 1, now(), now() from turn`,
    );
    await client.query("rollback");
    await client.end();
    const plan = rows[0]?.["QUERY PLAN"][0].Plan ?? {};
    return (plan["Shared Hit Blocks"] ?? 0) + (plan["Shared Read Blocks"] ?? 0);
  };
  await pagesRead();
  const before = await pagesRead();
  // One after the other, so that each is a batch of its own.
  for (let turn = 0; turn < commandsBetween; turn++) await execute(redeem(1, "404"));
  const after = await pagesRead();
  assert.ok(after <= before + 5, `${before} pages before, ${after} after ${commandsBetween} batches`);
  const { rows } = await dump.query<{ hot: string }>(
    `select relname as hot from pg_stat_user_tables where n_tup_upd > ${commandsBetween / 10}`,
  );
  assert.deepEqual(rows, [], "no row is written by every batch");
});

test("an existing log goes on above its counter, whichever organization has the highest", async (t) => {
  const database = await createTestDatabase({ empty: true });
  t.after(() => database.drop());
  const folder = new URL("../../migrations/", import.meta.url);
  const client = new pg.Client(database.address);
  await client.connect();
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const [before, after] = [names.filter((name) => name < "0005"), names.filter((name) => name >= "0005")];
  for (const name of before) await client.query(await readFile(new URL(name, folder), "utf8"));
  await client.query(
    `insert into organization (id, name) values (1, 'One'), (2, 'Two') on conflict do nothing;
     insert into action_counter (organization_id, next_id) values (1, 7), (2, 41)
     on conflict (organization_id) do update set next_id = excluded.next_id;
     insert into kept_answer (organization_id, principal, key, content_hash, answer_sealed)
     values (1, 'anonymous', 'old', '\\x00', '\\x00')`,
  );
  for (const name of after) await client.query(await readFile(new URL(name, folder), "utf8"));
  await client.end();
  const { execute, queries } = await openTestEngine(t, { database, organizationId: 1 });
  await execute(createEvent({}, 1), { idempotencyKey: "old" });
  await execute(issue(1, "100"));
  const lines = await collect(everyPage(queries.log.entries, 1, { productId: 1, about: "entitlements", since: 40 }));
  assert.deepEqual(
    lines.map(({ id, code }) => [id, code]),
    [[42, "100"]],
  );
});
