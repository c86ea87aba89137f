import { randomBytes } from "node:crypto";
import pg from "pg";

export const templateDatabase = "counterfoil_template";

export type TestAddress = {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
};

/** A database of its own, migrated and empty. */
export interface TestDatabase {
  readonly address: TestAddress;
  /** The same as a `DATABASE_URL`. */
  readonly url: string;
  drop(): Promise<void>;
}

/**
 * Clones the template, or another database to which nobody is connected; `empty` gives a database without any table.
 */
export async function createTestDatabase({
  empty = false,
  copyOf,
}: {
  readonly empty?: boolean;
  readonly copyOf?: TestDatabase;
} = {}): Promise<TestDatabase> {
  const server = serverAddress();
  const database = `test_${randomBytes(8).toString("hex")}`;
  const source = copyOf?.address.database ?? templateDatabase;
  await administer(server, `create database ${database}${empty ? "" : ` template ${source}`}`);
  const { user, password, host, port } = server;
  return {
    address: { ...server, database },
    url: `postgres://${user}:${encodeURIComponent(password)}@${encodeURIComponent(host)}:${port}/${database}`,
    drop: () => administer(server, `drop database if exists ${database} with (force)`),
  };
}

function serverAddress(): TestAddress {
  const given = process.env.COUNTERFOIL_TEST_DATABASE;
  if (given === undefined) {
    throw new Error(
      "There is no test database: run this through `npm test`, or with --test-global-setup=tests/setup.ts",
    );
  }
  return JSON.parse(given) as TestAddress;
}

async function administer(server: TestAddress, statement: string): Promise<void> {
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
