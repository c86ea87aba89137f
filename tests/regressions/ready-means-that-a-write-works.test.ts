/**
 * The fault: `/readyz` asked the database for a constant, and said "ok" while it was read-only, full, or closed to the
 * server's role.
 *
 * The guarantee: `/readyz` writes and takes it back; what stands in the way is told in words, with 503. It is asked
 * once a second at most, however often anybody probes.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pino from "pino";
import { createMetrics } from "../../src/http/metrics.ts";
import { operations } from "../../src/http/operations.ts";
import { createServer } from "../../src/http/server.ts";
import { connect } from "../../src/storage/connect.ts";
import { openPool } from "../../src/storage/database.ts";
import { startEmbedded } from "../../src/storage/embedded/server.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { createReadiness } from "../../src/storage/readiness.ts";
import { createTestDatabase, type TestAddress } from "../support/database.ts";
import { mountSmallDisk, needsMount } from "../support/small-disk.ts";

async function newDatabase(t: TestContext): Promise<TestAddress> {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  return database.address;
}

async function execute(address: TestAddress, statement: string): Promise<void> {
  const client = await connect(address);
  await client.query(statement);
  await client.end();
}

/** What a new server says of this database. */
async function reasonFor(address: TestAddress): Promise<string | undefined> {
  const pool = openPool(address, 1);
  try {
    return await createReadiness(pool, [randomBytes(32)])();
  } finally {
    await pool.end();
  }
}

test("a database that takes writes is ready, and nothing of a probe is left", async (t) => {
  const address = await newDatabase(t);
  const pool = openPool(address, 2);
  const readiness = createReadiness(pool, [randomBytes(32)]);
  for (let turn = 0; turn < 5; turn++) assert.equal(await readiness(), undefined);
  assert.deepEqual((await pool.query("select from write_probe")).rows, []);
  await pool.end();
});

test("a read-only database, one without the right to write, and a closed table are told in words", async (t) => {
  const address = await newDatabase(t);
  const { database } = address;
  const role = `role_${randomBytes(6).toString("hex")}`;
  const tables = "all tables in schema public";
  await execute(address, `create role ${role}; grant select on ${tables} to ${role}`);
  t.after(() => execute({ ...address, database: "postgres" }, `drop role ${role}`));
  // The embedded server lets no other role in, so that ours takes the rights of that one.
  await execute(address, `alter database ${database} set role = ${role}`);
  assert.equal(await reasonFor(address), "the role of the database may not write the table entitlement");
  await execute(address, `set role none; grant insert, update on ${tables} to ${role}`);
  assert.equal(await reasonFor(address), undefined);
  await execute(address, `set role none; revoke insert on write_probe from ${role}`);
  assert.equal(await reasonFor(address), "the role of the database may not write");
  await execute(address, `set role none; alter database ${database} reset role`);
  await execute(address, `alter database ${database} set default_transaction_read_only = on`);
  assert.equal(await reasonFor(address), "the database is read-only");
  assert.equal(await reasonFor({ ...address, port: 1 }), "the database does not answer");
});

test("a thousand probes at once cost the database one", async (t) => {
  let asked = 0;
  const readiness = async () => {
    asked++;
    return "the disk of the database is full";
  };
  const server = createServer({
    dialects: [],
    engine: {} as never,
    queries: {} as never,
    authenticator: {} as never,
    codeGuesses: {} as never,
    downloads: {} as never,
    signingKeys: {} as never,
    logFeed: {} as never,
    organizationSettings: [],
    keyedHash: () => Buffer.alloc(32),
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
    plugins: [operations({ readiness, metrics: createMetrics(), metricsHere: true })],
    trustedProxies: [],
  });
  t.after(() => server.close());
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => server.inject("/readyz")));
  for (const { statusCode, body } of answers) {
    assert.equal(statusCode, 503);
    assert.equal(body, "the disk of the database is full\n");
  }
  assert.equal(asked, 1);
});

test("a full disk is told within a few probes", { skip: needsMount, timeout: 60_000 }, async (t) => {
  const disk = mountSmallDisk(t, 120);
  const settings = { fsync: "off", shared_buffers: "16MB", min_wal_size: "32MB", max_wal_size: "32MB" };
  const server = await startEmbedded({ dataDir: disk, log: () => {}, settings });
  const pool = openPool(server.connection, 1);
  try {
    await migrate(server.connection);
    const readiness = createReadiness(pool, [randomBytes(32)]);
    assert.equal(await readiness(), undefined);
    execFileSync("sh", ["-c", `dd if=/dev/zero of=${disk}/ballast bs=64k 2>/dev/null || true`]);
    const reasons: (string | undefined)[] = [];
    for (let turn = 0; turn < 8; turn++) reasons.push(await readiness());
    assert.ok(reasons.includes("the disk of the database is full"), reasons.join());
    await rm(join(disk, "ballast"));
    assert.equal(await readiness(), undefined);
  } finally {
    await pool.end();
    await server.stop();
  }
});
