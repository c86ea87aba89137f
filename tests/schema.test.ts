import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, type TestContext, test } from "node:test";
import pg from "pg";
import { migrate } from "../src/storage/migrate.ts";
import { createTestDatabase, type TestAddress } from "./support/database.ts";
import { describeSchema } from "./support/schema.ts";

const migrated = await createTestDatabase();
after(() => migrated.drop());

const checkedIn = await readFile(new URL("../schema.sql", import.meta.url), "utf8");

async function emptyDatabase(t: TestContext): Promise<TestAddress> {
  const database = await createTestDatabase({ empty: true });
  t.after(() => database.drop());
  return database.address;
}

async function execute<R extends pg.QueryResultRow>(address: TestAddress, text: string): Promise<R[]> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    return (await client.query<R>(text)).rows;
  } finally {
    await client.end();
  }
}

test("schema.sql is the result of all migrations", async () => {
  assert.equal(checkedIn, await describeSchema(migrated.address), 'run "npm run schema" and look at the difference');
});

test("schema.sql makes the same schema on an empty database", async (t) => {
  const address = await emptyDatabase(t);
  await execute(address, checkedIn);
  assert.equal(await describeSchema(address), checkedIn);
});

test("a description tells of every change to the schema", async (t) => {
  const changes = [
    "alter table operator add column note text",
    "alter table operator alter column login drop not null",
    "alter table operator alter column created_at set default to_timestamp(0)",
    "alter table operator alter column login type varchar(100)",
    "alter table operator drop constraint operator_role_check",
    "alter table operator drop constraint operator_organization_id_login_key",
    "alter table api_token drop constraint api_token_organization_id_operator_id_fkey",
    "alter table product set (fillfactor = 60)",
    "create index operator_by_role on operator (organization_id, role)",
    "drop index conflict_by_product",
    "create table note (organization_id bigint not null)",
    "create sequence note_id_seq",
    "alter sequence conflict_id_seq increment by 10",
    "alter sequence conflict_id_seq owned by none",
  ];
  const address = await emptyDatabase(t);
  await execute(address, checkedIn);
  let before = checkedIn;
  for (const change of changes) {
    await execute(address, change);
    const now = await describeSchema(address);
    assert.notEqual(now, before, change);
    before = now;
  }
});

test("a description has words for everything, or says for what it has none", async (t) => {
  const address = await emptyDatabase(t);
  const things: readonly [make: string, drop: string, what: RegExp][] = [
    ["create view v as select 1", "drop view v", /relation v of kind v/],
    ["create type color as enum ('red')", "drop type color", /type color/],
    ["create function f() returns int language sql return 1", "drop function f", /function f/],
    ["create unlogged table u (id int)", "drop table u", /unlogged table u/],
    ["create table s (a text); alter table s alter column a set storage external", "drop table s", /storage of s\.a/],
    ['create table s (a text collate "C")', "drop table s", /storage of s\.a/],
    ["create table c (a int); comment on table c is 'x'", "drop table c", /comment on c/],
  ];
  for (const [make, drop, what] of things) {
    await execute(address, make);
    await assert.rejects(describeSchema(address), what);
    await execute(address, drop);
  }
  assert.match(await describeSchema(address), /^--/);
});

/**
 * Tables that no organization has to itself: the organizations, where each is found, the name of the file store, and
 * what there is once in a database.
 */
const shared = ["organization", "organization_host", "file_store", "schema_migration", "secret_key", "write_probe"];

/** What stands in the way of spreading the tables over several servers by organization: a sentence each. */
async function obstacles(address: TestAddress): Promise<string[]> {
  const rows = await execute<{ obstacle: string }>(
    address,
    `with owned as (
       select oid, relname from pg_class
       where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> all ('{${shared.join()}}')
     )
     select relname || ' has no primary key' as obstacle from owned
       where not exists (select from pg_constraint where conrelid = owned.oid and contype = 'p')
     union all
     select relname || ': ' || conname || ' begins with ' || attname
       from owned join pg_constraint on conrelid = owned.oid and contype in ('p', 'u', 'f', 'x')
       join pg_attribute on attrelid = conrelid and attnum = conkey[1]
       where attname <> 'organization_id'
     union all
     select relname || ': ' || conname || ' refers to ' || attname
       from owned join pg_constraint on conrelid = owned.oid and contype = 'f'
       join pg_attribute on attrelid = confrelid and attnum = confkey[1]
       where attname <> case when confrelid = 'organization'::regclass then 'id' else 'organization_id' end
     union all
     select relname || ': ' || indexrelid::regclass || ' begins with ' || coalesce(attname, 'an expression')
       from owned join pg_index on indrelid = owned.oid and indisunique
       left join pg_attribute on attrelid = indrelid and attnum = indkey[0]
       where attname is distinct from 'organization_id'
         and not exists (select from pg_constraint where conindid = indexrelid and conrelid = indrelid)
     union all
     select relname || '.' || attname || ' is an identity column'
       from owned join pg_attribute on attrelid = owned.oid and attidentity <> ''
     order by obstacle`,
  );
  return rows.map(({ obstacle }) => obstacle);
}

test("every table but the shared ones begins its keys with the organization, and no number is an identity column", async () => {
  assert.deepEqual(await obstacles(migrated.address), []);
});

test("a key that does not begin with the organization is found, and so is an identity column", async (t) => {
  const address = await emptyDatabase(t);
  await execute(address, checkedIn);
  await execute(
    address,
    `create table heap (organization_id bigint);
     create table stray (id bigint generated always as identity primary key, organization_id bigint not null, code text unique);
     create unique index stray_by_code on stray (lower(code));
     create table child (organization_id bigint, stray_id bigint references stray (id), primary key (organization_id, stray_id));
     alter table child add foreign key (organization_id) references stray (id)`,
  );
  assert.deepEqual(await obstacles(address), [
    "child: child_organization_id_fkey refers to id",
    "child: child_stray_id_fkey begins with stray_id",
    "child: child_stray_id_fkey refers to id",
    "heap has no primary key",
    "stray.id is an identity column",
    "stray: stray_by_code begins with an expression",
    "stray: stray_code_key begins with code",
    "stray: stray_pkey begins with id",
  ]);
});

test("the description does not depend on how the database came to be", async (t) => {
  const address = await emptyDatabase(t);
  await migrate(address);
  assert.equal(await describeSchema(address), checkedIn);
});
