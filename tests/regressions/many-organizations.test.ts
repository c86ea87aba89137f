/**
 * Fault: every look-up of an organization, by host or by number, read all organizations with all their settings and
 * opened every secret, and what it found was kept by the text of the `Host` header, whatever that was: a thousand
 * tenants cost 25 ms of processor time a look-up, and random headers of 15 KB filled the memory.
 *
 * Guarantee: a look-up reads one row of one organization, those of the same moment share a query, a text that is no
 * host name is neither asked for nor kept, and an unknown host is the default organization's.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { organizationsByHost } from "../../src/http/organizations.ts";
import { sealSetting } from "../../src/storage/nouns/setting.ts";
import { createQueries } from "../../src/storage/queries/index.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createTestDatabase } from "../support/database.ts";
import { watchPool } from "../support/watched-pool.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const organizations = 1_000;
const secrets = createSecrets([randomBytes(32)]);

/** Queries on a database with so many organizations, each with a host, four settings and two secrets. */
async function open(t: test.TestContext, count: number) {
  const database = await createTestDatabase();
  const watched = watchPool(t, database.address);
  t.after(() => database.drop());
  const { pool, statements } = watched;
  const sealed = JSON.stringify(sealSetting(secrets, "a secret of sixteen characters"));
  const fill = [
    `insert into organization (id, name) select n, 'Organization ' || n from generate_series(1, ${count}) n`,
    `insert into organization_host (host, organization_id) select 'host' || n || '.example.com', n from generate_series(1, ${count}) n`,
    `insert into setting (organization_id, name, value)
     select n, s, case when s like 'secret%' then '${sealed}'::jsonb else '"on"' end
     from generate_series(1, ${count}) n, unnest('{a,b,c,d,secret1,secret2}'::text[]) s`,
    "analyze",
  ];
  for (const text of fill) await pool.query({ name: "", text });
  statements.length = 0;
  return { ...watched, queries: createQueries(pool, secrets) };
}

test("a look-up reads as many rows and pages among a thousand organizations as it does in one", async (t) => {
  const costs: { rows: number; buffers: number }[] = [];
  for (const count of [1, organizations]) {
    const { queries, statements, buffersOf } = await open(t, count);
    assert.equal(await queries.organizations.idOf(`host${count}.example.com`), count);
    const found = await queries.organizations.byId(count);
    assert.equal(found?.settings.get("secret2"), "a secret of sixteen characters");
    assert.equal(found?.settings.size, 6);
    assert.equal(statements.length, 2);
    const buffers = await Promise.all(statements.map(buffersOf));
    costs.push({ rows: statements.reduce((sum, { rows }) => sum + rows, 0), buffers: buffers.reduce((a, b) => a + b) });
  }
  const [alone, among] = costs;
  assert.ok(alone && among);
  assert.equal(among.rows, alone.rows);
  // An index of a thousand entries has a level or two, of one it has none. All rows would be hundreds of pages.
  assert.ok(among.buffers <= alone.buffers + 25, `${among.buffers} pages among a thousand, ${alone.buffers} alone`);
});

test("look-ups of two hundred hosts at once are few queries, and each finds its own", async (t) => {
  const { queries, statements } = await open(t, organizations);
  const organizationOf = organizationsByHost(queries, 2_000);
  const numbers = Array.from({ length: 200 }, (_, index) => index * 5 + 1);
  const found = await Promise.all(numbers.map((number) => organizationOf(`HOST${number}.example.com`)));
  assert.deepEqual(
    found.map((organization) => organization?.id),
    numbers,
  );
  assert.ok(statements.length <= 10, `${statements.length} queries`);
  statements.length = 0;
  await Promise.all(numbers.map((number) => organizationOf(`host${number}.example.com.`)));
  assert.equal(statements.length, 0, "what was found a moment ago is not asked for again");
});

test("hosts of nobody's are the default organization's, for a few queries however many they are", async (t) => {
  const { queries, statements } = await open(t, 2);
  const organizationOf = organizationsByHost(queries, 2_000);
  const unknown = Array.from({ length: 2_000 }, (_, index) => `x${index}.example.net`);
  const found = await Promise.all(unknown.map(organizationOf));
  assert.ok(found.every((organization) => organization?.id === 1));
  assert.ok(statements.length <= 20, `${statements.length} queries`);
});

test("texts that are no host names cost no query, and nothing of them is kept", async (t) => {
  const { queries, statements } = await open(t, 2);
  const organizationOf = organizationsByHost(queries, 60_000);
  await organizationOf("");
  statements.length = 0;
  collectGarbage();
  const heapBefore = process.memoryUsage().heapUsed;
  for (let index = 0; index < 5_000; index++) {
    const text = `${index} `.padEnd(15_000, String(index));
    assert.equal((await organizationOf(text))?.id, 1);
  }
  assert.equal(statements.length, 0);
  collectGarbage();
  // They are 75 MB together.
  const grownBytes = process.memoryUsage().heapUsed - heapBefore;
  assert.ok(grownBytes < 10_000_000, `${grownBytes} bytes more`);
});
