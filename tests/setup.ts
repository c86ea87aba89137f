import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type EmbeddedServer, startEmbedded } from "../src/storage/embedded/server.ts";
import { migrate } from "../src/storage/migrate.ts";
import { templateDatabase } from "./support/database.ts";

let server: EmbeddedServer | undefined;
let folder: string | undefined;

/**
 * One PostgreSQL for the whole run, with a migrated template that every test file clones. It need not survive a crash,
 * so it does not wait for the disk; the tests that crash a server start their own.
 */
export async function globalSetup(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "counterfoil-test-"));
  server = await startEmbedded({
    dataDir: folder,
    log: (level, message) => {
      if (level === "error") process.stderr.write(`${message}\n`);
    },
    settings: { fsync: "off", full_page_writes: "off", max_connections: "300" },
  });
  const client = new pg.Client(server.connection);
  await client.connect();
  await client.query(`create database ${templateDatabase}`);
  await client.end();
  await migrate({ ...server.connection, database: templateDatabase });
  process.env.COUNTERFOIL_TEST_DATABASE = JSON.stringify(server.connection);
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
