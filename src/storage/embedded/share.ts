import { setTimeout as pause } from "node:timers/promises";
import type pg from "pg";
import { connect, sessionName } from "../connect.ts";
import { EmbeddedServerError } from "./error.ts";
import { type EmbeddedOptions, type EmbeddedServer, findRunningEmbedded, isHeld, startEmbedded } from "./server.ts";

/** How long a command waits for a server or another command that is starting or stopping. */
const patienceMs = 60_000;
const retryMs = 100;

/** The embedded database as a command uses it. */
export interface SharedEmbedded {
  readonly connection: EmbeddedServer["connection"];
  /** Ends the use. The command that started PostgreSQL waits for the other commands, and then stops it. */
  close(): Promise<void>;
}

/**
 * Uses the embedded server that another process runs, or runs one for as long as it is needed. An open session shows
 * the process that runs the server that it is in use. `onWait` is called once if the close has to wait for others.
 *
 * @throws EmbeddedServerError as `startEmbedded` does.
 */
export async function shareEmbedded(options: EmbeddedOptions, onWait: () => void): Promise<SharedEmbedded> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const running = await findRunningEmbedded(options.dataDir);
    if (running !== undefined) {
      const session = await connect(running).catch(() => undefined);
      // Without a session: the server was stopping.
      if (session !== undefined) return { connection: running, close: () => session.end().catch(() => {}) };
    } else if (!(await isHeld(options.dataDir))) {
      const server = await startEmbedded(options).catch((error) => {
        // Another process started it a moment earlier.
        if (error instanceof EmbeddedServerError && error.isInUse && performance.now() < endMs) return undefined;
        throw error;
      });
      if (server !== undefined) return ownServer(server, onWait);
    }
    if (performance.now() > endMs) {
      throw new EmbeddedServerError(
        `The database in ${options.dataDir} has been starting or stopping for ${patienceMs / 1000} s. ` +
          "Look at the log of the process that runs it.",
      );
    }
    await pause(retryMs);
  }
}

function ownServer(server: EmbeddedServer, onWait: () => void): SharedEmbedded {
  return {
    connection: server.connection,
    async close() {
      const session = await connect(server.connection).catch(() => undefined);
      if (session !== undefined) {
        await waitForOtherSessions(session, onWait).catch(() => {});
        await session.end().catch(() => {});
      }
      await server.stop();
    },
  };
}

async function waitForOtherSessions(session: pg.Client, onWait: () => void): Promise<void> {
  for (let isTold = false; ; isTold = true) {
    const { rowCount } = await session.query(
      "select from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()",
      [sessionName],
    );
    if (rowCount === 0) return;
    if (!isTold) onWait();
    await pause(retryMs);
  }
}
