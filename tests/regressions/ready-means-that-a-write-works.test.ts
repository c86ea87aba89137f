/**
 * The fault: `/readyz` asked the database for a constant, and said "ok" while it was read-only, full, or closed to the
 * server's role.
 *
 * The guarantee: `/readyz` writes and takes it back; what stands in the way is told in words, with 503. It is asked once
 * a second at most, however often anybody probes.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type TestContext, test } from "node:test";
import pino from "pino";
import { createApp } from "../../src/app.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { createServer } from "../../src/http/server.ts";
import { connect } from "../../src/storage/connect.ts";
import { openPool } from "../../src/storage/database.ts";
import { startEmbedded } from "../../src/storage/embedded/server.ts";
import { migrate } from "../../src/storage/migrate.ts";
import { createReadiness } from "../../src/storage/readiness.ts";
import { createTestDatabase, type TestAddress } from "../support/database.ts";
import { temporaryFolder } from "../support/server-process.ts";

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
  const role = `role_${randomBytes(6).toString("hex")}`;
  const other = { ...address, user: role, password: "a-password" };
  await execute(
    address,
    `create role ${role} login password 'a-password'; grant select on all tables in schema public to ${role}`,
  );
  t.after(() => execute({ ...address, database: "postgres" }, `drop role if exists ${role}`));
  const asRole = async () => {
    const client = await connect(address);
    try {
      await client.query(`set role ${role}`);
      return client;
    } catch (error) {
      await client.end();
      throw error;
    }
  };
  await (await asRole()).end();
  // The embedded server lets no other role in, so ours takes the rights of that one.
  const database = address.database;
  await execute(address, `alter database ${database} set role = ${role}`);
  assert.match((await reasonFor(address)) ?? "", /^the role of the database may not write the table entitlement$/);
  await execute(
    address,
    `reset role; grant insert, update on all tables in schema public to ${role}; revoke insert on write_probe from ${role}`,
  );
  assert.equal(await reasonFor(address), "the role of the database may not write");
  await execute(address, `reset role; alter database ${database} reset role`);
  await execute(address, `alter database ${database} set default_transaction_read_only = on`);
  assert.equal(await reasonFor(address), "the database is read-only");
  await execute(address, `set default_transaction_read_only = off; drop owned by ${role}`);
  assert.equal(await reasonFor({ ...address, port: 1 }), "the database does not answer");
  assert.equal(other.user, role);
});

test("a thousand probes at once cost the database one", async (t) => {
  let asked = 0;
  const server = createServer({
    dialects: [],
    engine: {} as never,
    reader: {} as never,
    authenticator: {} as never,
    downloads: {} as never,
    log: pino({ level: "silent" }),
    metrics: createMetrics(),
    readiness: async () => {
      asked++;
      return "the disk of the database is full";
    },
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

const mounted = (() => {
  try {
    execFileSync("unshare", ["--mount", "true"], { stdio: "ignore" });
    return false;
  } catch {
    return "this account may not mount a small disk";
  }
})();

test("a full disk is told within a few probes", { skip: mounted, timeout: 120_000 }, async (t) => {
  const dataDir = temporaryFolder(t);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=160m,mode=711", "tmpfs", dataDir]);
  t.after(() => execFileSync("umount", ["--lazy", dataDir]));
  const database = await startEmbedded({
    dataDir,
    log: () => {},
    settings: { shared_buffers: "16MB", min_wal_size: "32MB", max_wal_size: "32MB" },
  });
  t.after(() => database.stop());
  await migrate(database.connection);
  const app = createApp({
    database: database.connection,
    secretKeys: [randomBytes(32)],
    filesDir: dataDir,
    log: pino({ level: "silent" }),
  });
  t.after(() => app.close());
  assert.equal((await app.server.inject("/readyz")).statusCode, 200);
  execFileSync("sh", ["-c", `dd if=/dev/zero of=${dataDir}/ballast bs=1M 2>/dev/null || true`]);
  const readiness = createReadiness(openPool(database.connection, 1), [randomBytes(32)]);
  const reasons: (string | undefined)[] = [];
  for (let turn = 0; turn < 8; turn++) reasons.push(await readiness());
  assert.ok(reasons.includes("the disk of the database is full"), reasons.join());
  execFileSync("rm", [`${dataDir}/ballast`]);
  assert.equal(await readiness(), undefined);
});
