import pg from "pg";
import { configOf, type DatabaseAddress } from "./database.ts";

/** The application name of the sessions of commands and checks; the pools of a server have another one. */
export const sessionName = "counterfoil session";

const connectTimeoutMs = 10_000;

/** Opens a single connection. Rejects with the driver's error. */
export async function connect(address: DatabaseAddress): Promise<pg.Client> {
  const client = new pg.Client({
    ...configOf(address),
    application_name: sessionName,
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // Without a listener a connection that breaks while nobody uses it would end the process.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Gives `act` a new connection and closes it afterwards. */
export async function withClient<T>(address: DatabaseAddress, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(address);
  try {
    return await act(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Runs `act` in a transaction, which is rolled back when `act` fails. */
export async function inTransaction<T>(client: pg.ClientBase, act: () => Promise<T>): Promise<T> {
  await client.query("begin isolation level read committed");
  try {
    const result = await act();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

/** Whether a table is there that this connection sees under this name. */
export async function hasTable(client: pg.ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ table: string | null }>("select to_regclass($1)::text as table", [name]);
  return rows[0]?.table != null;
}
