import type { Logger } from "pino";
import type { Administration } from "../engine/administration.ts";
import { everyPage } from "../queries/pages.ts";
import type { Queries } from "../queries/queries.ts";
import { readLogAges } from "./log-settings.ts";

/** How long the answer to an idempotency key is kept. */
export const answersKeptMs = 7 * 24 * 60 * 60 * 1000;
/** How long a hold is kept after its end. */
export const holdsKeptMs = 30 * 24 * 60 * 60 * 1000;
const sweepEveryMs = 60 * 60 * 1000;

export interface ExpiryOptions {
  readonly queries: Pick<Queries, "organizations">;
  readonly administration: Pick<
    Administration,
    "forgetIdempotencyRecords" | "forgetTokens" | "forgetHolds" | "forgetActions"
  >;
  readonly log: Logger;
}

/**
 * Removes expired rows from the database at the start and once an hour: kept answers, ended tokens, old holds, and lines of the
 * log that are older than the organization's settings allow. Several processes may do so at once. A failure is logged,
 * and the clean-up is tried again an hour later. Rows that were removed before a failure stay removed.
 */
export function startExpiry(options: ExpiryOptions): { stop(): Promise<void> } {
  const { log } = options;
  const stopping = new AbortController();
  const sweep = async () => {
    for (const [name, remove] of Object.entries(parts)) {
      if (stopping.signal.aborted) return;
      await remove(options, stopping.signal).then(
        (removed) => log.debug({ removed }, `${name} were removed`),
        (error) => log.warn({ reason: String(error) }, `${name} could not be removed`),
      );
    }
  };
  let underWay = sweep();
  const timer = setInterval(() => {
    underWay = underWay.then(sweep);
  }, sweepEveryMs).unref();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await underWay;
    },
  };
}

/** The parts of the clean-up, by their names in the log. Each resolves with the number of removed rows. */
const parts: Record<string, (options: ExpiryOptions, signal: AbortSignal) => Promise<number>> = {
  "kept answers": ({ administration }, signal) => administration.forgetIdempotencyRecords(answersKeptMs, signal),
  "ended tokens": ({ administration }, signal) => administration.forgetTokens(signal),
  "old holds": ({ administration }, signal) => administration.forgetHolds(holdsKeptMs, signal),
  "old lines of the log": removeOldLines,
};

async function removeOldLines({ queries, administration }: ExpiryOptions, signal: AbortSignal): Promise<number> {
  let removed = 0;
  for await (const page of everyPage(queries.organizations.list)) {
    for (const { id, settings } of page) {
      const { doneMs, refusedMs } = readLogAges(settings);
      if (signal.aborted) return removed;
      if (doneMs !== null) removed += await administration.forgetActions(id, "done", doneMs, signal);
      if (refusedMs !== null) removed += await administration.forgetActions(id, "refused", refusedMs, signal);
    }
  }
  return removed;
}
