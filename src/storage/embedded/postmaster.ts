import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { launch, type Runner } from "./account.ts";
import { EmbeddedServerError } from "./error.ts";
import { type EmbeddedLog, readServerLog } from "./log.ts";
import type { Place } from "./place.ts";
import { quitWaitMs, readPidFile } from "./processes.ts";

const readyPollMs = 10;

/** Recovery after a crash may take minutes; then the operator should see that something is going on. */
const patienceLogMs = 10_000;

/** The last log lines may arrive after the end of the process. */
const lastWordsMs = 200;

/** One running PostgreSQL, from its start to its end. */
export interface Postmaster {
  /** Fulfilled when the process has ended, with a few words on how. Never rejected. */
  readonly ended: Promise<string>;
  /**
   * Waits until it takes connections. However long its recovery takes, it is not given up.
   *
   * @throws EmbeddedServerError when it ends instead.
   * @throws the system's error when postmaster.pid cannot be read.
   */
  untilReady(): Promise<void>;
  /** Ends it: cleanly within `waitMs` if possible, otherwise at once. Fulfilled when it has ended. Never rejected. */
  end(waitMs: number): Promise<void>;
}

/** How PostgreSQL is run. */
export interface PostmasterPlan {
  readonly place: Place;
  readonly runner: Runner;
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
 * Starts PostgreSQL on the cluster. What goes wrong later shows in the promises of the result.
 *
 * @throws the system's error when no process can be made at all.
 */
export function startPostmaster(plan: PostmasterPlan): Postmaster {
  const { place, log } = plan;
  // A session of its own: a Ctrl-C in the terminal is meant for us, and we stop the database as our last act.
  const child = launch(plan.runner, plan.file, ["-D", place.cluster, ...plan.settings], true);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let over = false;
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  void ended.then(() => {
    over = true;
  });
  const reader = readServerLog(log);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", reader.line);
  child.stdin.on("error", () => undefined).end();

  const failure = async (): Promise<EmbeddedServerError> => {
    const how = await ended;
    await within(lastWordsMs, closed);
    return new EmbeddedServerError(
      `PostgreSQL did not start on ${place.cluster} (${how}): ${reader.problem()}. Its other log lines tell more.`,
    );
  };

  const untilReady = async (): Promise<void> => {
    let nextLogMs = performance.now() + patienceLogMs;
    while (!over) {
      const file = await readPidFile(place);
      if (file?.ready === true && file.pid === child.pid) return;
      if (performance.now() >= nextLogMs) {
        log("info", "PostgreSQL is still starting; after a crash it first replays its log");
        nextLogMs += patienceLogMs;
      }
      await pause(readyPollMs);
    }
    throw await failure();
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
