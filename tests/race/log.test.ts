import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { everyPage } from "../../src/queries/pages.ts";
import { collect, createEvent, issue, openTestEngine, tally } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { answerOf, startTwoServers } from "../support/two-servers.ts";

const barcodes = 400;
const writersMax = 32;

test("a log that two servers write", async (t) => {
  const { beside, send } = await startTwoServers(t);
  const { organizationId, queries } = beside;
  await beside.execute(createEvent({ name: "Assembly" }, 1));
  const keys = Array.from({ length: barcodes }, (_, index) => String(100_000 + index));
  await Promise.all(keys.map((key) => beside.execute(issue(1, key))));

  /** Everything above a line, as a poller asks for it. */
  async function linesAbove(since: number): Promise<number[]> {
    const lines = await collect(
      everyPage(queries.log.entries, organizationId, { productId: 1, about: "entitlements", since }),
    );
    return lines.map(({ id }) => id);
  }

  await t.test(
    "whoever asks for what is above the last line he saw misses none, while both servers write",
    async () => {
      const seen: number[] = [];
      const left = [...keys, ...keys];
      const writers = Array.from({ length: writersMax }, async () => {
        const answers: string[] = [];
        for (let key = left.pop(); key !== undefined; key = left.pop()) {
          answers.push(await send("PUT", `/nokkis/1/barcode/${key}`));
        }
        return answers;
      });
      const written = Promise.all(writers);
      let done = false;
      void written.finally(() => {
        done = true;
      });
      let polls = 0;
      while (!done) {
        seen.push(...(await linesAbove(seen.at(-1) ?? -1)));
        polls++;
      }
      const answers = (await written).flat();
      seen.push(...(await linesAbove(seen.at(-1) ?? -1)));
      assert.deepEqual(tally(answers.map(answerOf)), { ok: barcodes, "error 43": barcodes });
      assert.ok(polls > 3, `${polls} polls came in between`);
      assert.deepEqual(seen, await linesAbove(-1), "what was seen bit by bit is the whole log");
      assert.equal(seen.length, 2 * barcodes, "an issue and a redemption each");
    },
  );

  await t.test("the same holds over HTTP, at either server", async () => {
    const ids = async (since: string) =>
      [...(await send("GET", `/nokkis/1/BARCODE/LOG${since}`)).matchAll(/<action id="(\d+)">/g)].map(([, id]) =>
        Number(id),
      );
    const all = await ids("");
    assert.deepEqual(all, await linesAbove(-1));
    const middle = all[barcodes] ?? 0;
    assert.deepEqual(
      await ids(`?since=${middle}`),
      all.filter((id) => id > middle),
    );
  });

  await t.test("every line has a number of its own, from 0, refused attempts included", async () => {
    const rows = await beside.sql<{ id: number; product: number }>(
      "select id, product_id as product from action where organization_id = $1 order by id",
    );
    assert.equal(rows[0]?.id, 0);
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    assert.equal(rows.filter(({ product }) => product === 1).length, 1 + 3 * barcodes);
  });
});

test("no line is seen before one with a smaller number: whoever takes a number later commits later", async (t) => {
  const { execute, queries, organizationId, sql, database } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  await execute(issue(1, "100"));
  const seen = async () => {
    const lines = await collect(
      everyPage(queries.log.entries, organizationId, { productId: 1, about: "entitlements" }),
    );
    return lines.map(({ id, code }) => `${id} ${code}`);
  };
  const slow = new pg.Client(database.address);
  await slow.connect();
  t.after(() => slow.end());
  await slow.query("begin");
  await slow.query(
    `with turn as materialized (select pg_advisory_xact_lock(4611686018427387904 + $1::bigint))
     insert into action (organization_id, id, kind, product_id, code, occurred_at, recorded_at)
     select $1, nextval('action_id_seq'), 'entitlement_redeemed', 1, 'slow', now(), now() from turn`,
    [organizationId],
  );
  const quick = execute(issue(1, "200"));
  const waiting =
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and $1 > 0";
  await eventually("the engine waits", async () => (await sql(waiting)).length > 0);
  assert.deepEqual(await seen(), ["1 100"]);
  await slow.query("commit");
  await quick;
  assert.deepEqual(await seen(), ["1 100", "2 slow", "3 200"]);
});
