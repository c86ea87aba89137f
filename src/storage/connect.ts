import pg from "pg";
import type { DatabaseAddress } from "./database.ts";

/** How the sessions of commands and checks are called; the pools of a server have a name of their own. */
export const sessionName = "counterfoil session";

const connectTimeoutMs = 10_000;

/** A single connection, ready for statements. Rejects with the driver's error when there can be none. */
export async function connect(address: DatabaseAddress): Promise<pg.Client> {
  const client = new pg.Client({
    ...(typeof address === "string" ? { connectionString: address } : address),
    application_name: sessionName,
    connectionTimeoutMillis: connectTimeoutMs,
  });
  // Without a listener a connection that breaks while nobody uses it would end the process.
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Does something over a connection of its own, which is closed afterwards. */
export async function withClient<T>(address: DatabaseAddress, act: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(address);
  try {
    return await act(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Does something in a transaction, which is rolled back when it fails. */
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
