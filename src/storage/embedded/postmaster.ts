import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { type Launcher, launch } from "./account.ts";
import { EmbeddedServerError } from "./error.ts";
import type { Layout } from "./layout.ts";
import { type EmbeddedLog, readServerLog } from "./log.ts";
import { quitWaitMs, readPidFile } from "./processes.ts";

const readyPollMs = 10;

/** Recovery after a crash may take minutes. The log tells the operator that it goes on. */
const startingLogEveryMs = 10_000;

/** The last log lines may arrive after the end of the process. */
const outputWaitMs = 200;

/** One running PostgreSQL, from its start to its end. */
export interface Postmaster {
  /** Resolves when the process has ended, with its exit code, signal or error. Never rejects. */
  readonly ended: Promise<string>;
  /**
   * Waits until it takes connections. There is no limit, since its recovery may take long.
   *
   * @throws EmbeddedServerError when it ends instead.
   * @throws the system's error when postmaster.pid cannot be read.
   */
  untilReady(): Promise<void>;
  /** Ends it: cleanly within `waitMs` if possible, otherwise at once. Resolves when it has ended. Never rejects. */
  end(waitMs: number): Promise<void>;
}

/** Everything that a start of PostgreSQL needs. */
export interface PostmasterPlan {
  readonly layout: Layout;
  readonly launcher: Launcher;
  readonly file: string;
  readonly settings: readonly string[];
  readonly log: EmbeddedLog;
}

/** True when the promise is settled within the time. */
async function within(waitMs: number, promise: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(waitMs, false, { signal: timer.signal }).catch(() => false);
  const settled = await Promise.race([promise.then(() => true), late]);
  timer.abort();
  return settled;
}

/**
 * Starts PostgreSQL on the cluster. Later failures reject the promises of the result.
 *
 * @throws the system's error when no process can be made at all.
 */
export function startPostmaster(plan: PostmasterPlan): Postmaster {
  const { layout, log } = plan;
  // A session of its own, since a Ctrl-C in the terminal is for us: we stop the database last.
  const child = launch(plan.launcher, plan.file, ["-D", layout.cluster, ...plan.settings], true);
  const closed = new Promise<unknown>((resolve) => child.once("close", resolve));
  let hasEnded = false;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  void ended.then(() => {
    hasEnded = true;
  });
  const reader = readServerLog(log);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", reader.line);
  child.stdin.on("error", () => undefined).end();

  const untilReady = async (): Promise<void> => {
    let nextLogMs = performance.now() + startingLogEveryMs;
    while (!hasEnded) {
      const file = await readPidFile(layout);
      if (file?.ready === true && file.pid === child.pid) return;
      if (performance.now() >= nextLogMs) {
        log("info", "PostgreSQL is still starting; after a crash it first replays its log");
        nextLogMs += startingLogEveryMs;
      }
      await pause(readyPollMs);
    }
    const how = await ended;
    await within(outputWaitMs, closed);
    throw new EmbeddedServerError(
      `PostgreSQL did not start on ${layout.cluster} (${how}): ${reader.problem()}. Its other log lines tell more.`,
    );
  };

  const end = async (waitMs: number): Promise<void> => {
    child.kill("SIGINT");
    if (await within(waitMs, ended)) return;
    log("warn", `PostgreSQL has not stopped within ${waitMs} ms; it is told to leave at once and will recover later`);
    child.kill("SIGQUIT");
    if (await within(quitWaitMs, ended)) return;
    child.kill("SIGKILL");
    await ended;
  };

  return { ended, untilReady, end };
}
