import { randomBytes } from "node:crypto";
import pg from "pg";

export type TestAddress = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
};

/** The PostgreSQL of a test run, and what was made in it once for all of its tests. */
export interface TestServer {
  readonly address: TestAddress;
  /** All databases of the run begin with this. */
  readonly prefix: string;
  /** Where the files of the sample data lie. */
  readonly sampleFilesDir: string;
  /** The key that sealed the sample data, as 64 hex digits. */
  readonly sampleKey: string;
}

/** Databases that are cloned: one is migrated and empty, the other has the sample data too. */
export type Template = "migrated" | "sample";

/** The variable that tells tests of the server. */
const serverVariable = "COUNTERFOIL_TEST_SERVER";

export function tellOfTestServer(server: TestServer): void {
  process.env[serverVariable] = JSON.stringify(server);
}

/** The server of this test run. */
export function testServer(): TestServer {
  const told = process.env[serverVariable];
  if (told === undefined) {
    throw new Error(
      "There is no test database: run this through `npm test`, or with --test-global-setup=tests/setup.ts",
    );
  }
  return JSON.parse(told) as TestServer;
}

/** A database of its own. */
export interface TestDatabase {
  readonly address: TestAddress;
  /** The same as a `DATABASE_URL`. */
  readonly url: string;
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Without any table. */
  readonly empty?: boolean;
  readonly template?: Template;
  /** The same as another one, to which nobody is connected. */
  readonly copyOf?: TestDatabase;
}

/** Makes a database: a clone of a template, of the migrated one unless another is named, a copy, or an empty one. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = testServer();
  const database = `${server.prefix}${randomBytes(8).toString("hex")}`;
  await (options.empty === true
    ? administer(server.address, `create database ${database}`)
    : cloneDatabase(server, options.copyOf ?? options.template ?? "migrated", database));
  const address = { ...server.address, database };
  return {
    address,
    url: urlOf(address),
    drop: () => administer(server.address, `drop database if exists ${database} with (force)`),
  };
}

/** Makes `database` the same as another. Copied files cost 17 ms of processor time, a log of all pages 240. */
export function cloneDatabase(server: TestServer, from: Template | TestDatabase, database: string): Promise<void> {
  const source = typeof from === "string" ? `${server.prefix}${from}` : from.address.database;
  return administer(server.address, `create database ${database} template ${source} strategy file_copy`);
}

/** Carries out one statement that no transaction may hold, such as the creation of a database. */
export async function administer(address: TestAddress, statement: string): Promise<void> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function urlOf({ user, password, host, port, database }: TestAddress): string {
  return `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`;
}
