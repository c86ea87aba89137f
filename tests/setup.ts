import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import pino from "pino";
import { createApp } from "../src/app.ts";
import { defaultOrganizationId } from "../src/core/host.ts";
import { type EmbeddedServer, startEmbedded } from "../src/storage/embedded/server.ts";
import { migrate } from "../src/storage/migrate.ts";
import { administer, cloneDatabase, type TestAddress, type TestServer, tellOfTestServer } from "./support/database.ts";
import { addSampleData } from "./support/sample.ts";

let folder: string | undefined;
let embedded: EmbeddedServer | undefined;
let server: TestServer | undefined;

/**
 * One PostgreSQL for the whole run, with the templates that tests clone: the one that `TEST_DATABASE_URL` names, as a
 * user who may create databases, or an embedded one of its own.
 */
export async function globalSetup(): Promise<void> {
  try {
    await makeServer();
  } catch (error) {
    // Node.js tears down nothing whose set-up has failed.
    await globalTeardown();
    throw error;
  }
}

async function makeServer(): Promise<void> {
  // Short, since the path of the server's socket has to fit into 107 bytes.
  folder = await mkdtemp(join(tmpdir(), "test-"));
  const ownUrl = process.env.TEST_DATABASE_URL ?? "";
  const address = ownUrl === "" ? await startServer(folder) : addressOf(ownUrl);
  server = {
    address,
    prefix: `counterfoil_test_${randomBytes(4).toString("hex")}_`,
    sampleFilesDir: join(folder, "sample-files"),
    sampleKey: randomBytes(32).toString("hex"),
  };
  await administer(address, `create database ${server.prefix}migrated`);
  await migrate({ ...address, database: `${server.prefix}migrated` });
  await cloneDatabase(server, "migrated", `${server.prefix}sample`);
  await makeSampleDatabase(server);
  tellOfTestServer(server);
}

/**
 * This server need not survive a crash, so it does not wait for the disk. Tests that crash a server start their own.
 */
async function startServer(dataDir: string): Promise<TestAddress> {
  embedded = await startEmbedded({
    dataDir,
    log: (level, message) => {
      if (level === "error") process.stderr.write(`${message}\n`);
    },
    settings: {
      fsync: "off",
      full_page_writes: "off",
      wal_compression: "off",
      wal_level: "minimal",
      max_wal_senders: "0",
      // The data may lie in memory, where the write-ahead log would take the room.
      max_wal_size: "256MB",
      min_wal_size: "64MB",
      max_connections: "300",
    },
  });
  const { user, password } = embedded.connection;
  // A stretched password costs each of some thousand connections 3 ms of processor time.
  await administer(embedded.connection, `set scram_iterations = 1; alter role ${user} password '${password}'`);
  return embedded.connection;
}

function addressOf(url: string): TestAddress {
  const { hostname, port, username, password, pathname } = new URL(url);
  return {
    host: decodeURIComponent(hostname),
    port: port === "" ? 5432 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

/** Makes the sample data once. It takes a second; the clones for some thirty test files cost next to nothing. */
async function makeSampleDatabase({ address, prefix, sampleFilesDir, sampleKey }: TestServer): Promise<void> {
  const app = createApp({
    database: { ...address, database: `${prefix}sample` },
    secretKeys: [Buffer.from(sampleKey, "hex")],
    filesDir: sampleFilesDir,
    log: pino({ level: "silent" }),
  });
  try {
    await app.administration.ensureOrganization(defaultOrganizationId, "Test");
    await addSampleData(app, defaultOrganizationId);
  } finally {
    await app.close();
  }
}

export async function globalTeardown(): Promise<void> {
  if (embedded !== undefined) await embedded.stop();
  else if (server !== undefined) await dropDatabases(server);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

async function dropDatabases({ address, prefix }: TestServer): Promise<void> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    const query = "select datname from pg_database where starts_with(datname, $1)";
    const { rows } = await client.query<{ datname: string }>(query, [prefix]);
    for (const { datname } of rows) await client.query(`drop database ${datname} with (force)`);
  } finally {
    await client.end();
  }
}
