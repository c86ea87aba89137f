import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import { defaultOrganizationId } from "../../src/core/host.ts";
import { createSecrets, secretKeyBytes } from "../../src/storage/secrets.ts";
import { createTestDatabase } from "./database.ts";
import { openTestEngine, type TestEngine } from "./engine.ts";
import { startServer } from "./server-process.ts";

/** Two server processes on one database, and an engine in this process beside them. */
export interface TwoServers {
  /** For what the test prepares and looks up; its clock is the real one. */
  readonly beside: TestEngine;
  /** Sends a request of the NOKKIS protocol to one of the servers in turn; resolves with the answer's text. */
  send(method: "GET" | "POST" | "PUT" | "DELETE", path: string): Promise<string>;
}

/** Starts them on a database of their own, whose gate and administration are open; all ends with the test or suite. */
export async function startTwoServers(context: Pick<TestContext, "after">): Promise<TwoServers> {
  const database = await createTestDatabase();
  context.after(() => database.drop());
  const secretKey = randomBytes(secretKeyBytes);
  const beside = await openTestEngine(context, {
    database,
    organizationId: defaultOrganizationId,
    secrets: createSecrets([secretKey]),
    clock: Date.now,
  });
  for (const setting of ["nokkis.gate", "nokkis.admin"]) {
    await beside.administration.putSetting(defaultOrganizationId, setting, "open");
  }
  const environment = { DATABASE_URL: database.url, SECRET_KEY: secretKey.toString("hex"), LOG_LEVEL: "warn" };
  const servers = await Promise.all([startServer(context, environment), startServer(context, environment)]);
  let turn = 0;
  return {
    beside,
    async send(method, path) {
      const { url } = servers[turn++ % 2 === 0 ? 0 : 1];
      const response = await fetch(`${url}${path}`, { method });
      return response.text();
    },
  };
}

/** What an answer comes down to: `ok` or the number of its error. */
export function answerOf(text: string): string {
  const error = /<error id="(\d+)">/.exec(text)?.[1];
  if (error !== undefined) return `error ${error}`;
  return text.includes("<nokkis>") ? "ok" : text;
}

/** The key of the barcode in an answer. */
export function keyOf(text: string): string | undefined {
  return /<barcode key="(\d+)"/.exec(text)?.[1];
}
