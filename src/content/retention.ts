import type { Logger } from "pino";
import type { Administration } from "../engine/administration.ts";
import type { Executor } from "../engine/executor.ts";
import { codeOf } from "../files.ts";
import type { DeliveryNumbers } from "../queries/deliveries.ts";
import type { Queries } from "../queries/queries.ts";
import { checkOffered } from "./check-offered.ts";
import { documentKeptMs } from "./documents.ts";
import { discardUnknownDeliveries, discardUnknownEditions, removeExpired } from "./remove-files.ts";
import type { FileStore } from "./store/file-store.ts";
import type { StoreIdentity } from "./store/identity.ts";

export interface RetentionOptions {
  readonly queries: Pick<Queries, "content" | "deliveries">;
  readonly administration: Pick<Administration, "markDeliveryRemoved">;
  readonly execute: Executor;
  readonly files: FileStore;
  readonly identity: StoreIdentity;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Logger;
}

/** The services of a sweep, and the delivery at which the next one goes on. */
export interface Sweep extends RetentionOptions {
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
  /** The delivery whose file was checked last. */
  checkedUpTo: DeliveryNumbers;
}

/** The first sweep waits, so that an operator who started on the wrong database has time to notice. */
export const firstSweepAfterMs = 10 * 60 * 1000;
/** Once an hour. */
const sweepEveryTicks = 6;
/** A draft to which nothing was written for this long belongs to a process that died. */
export const draftAbandonedMs = 60 * 60 * 1000;
/** How long files stay in the trash, from which an operator can take them back. */
export const trashKeptMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Sweeps the file store ten minutes after the start and then once an hour, as long as it belongs to the database. A
 * sweep removes expired deliveries, moves unknown files to the trash and ends deliveries whose files are damaged.
 * Several processes may do so at once. A failure is logged and tried again an hour later.
 */
export function startRetention(options: RetentionOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const sweep: Sweep = { ...options, signal, checkedUpTo: { organizationId: 0, deliveryId: 0 } };
  let underWay = Promise.resolve();
  let ticks = 0;
  const timer = setInterval(() => {
    if (ticks++ % sweepEveryTicks === 0) underWay = underWay.then(() => sweepStore(sweep));
  }, firstSweepAfterMs).unref();
  return {
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await underWay;
    },
  };
}

/** Does one sweep. */
export async function sweepStore(sweep: Sweep): Promise<void> {
  const { identity, signal, log } = sweep;
  if (signal.aborted) return;
  const problem = await identity.claim().catch(reasonOf);
  if (problem !== undefined) return log.warn({ reason: problem }, "the file store is left alone");
  for (const [name, run] of Object.entries(parts)) {
    if (signal.aborted) return;
    await run(sweep).then(
      (count) => log.debug({ count }, `${name} were looked after`),
      (error) => log.warn({ reason: reasonOf(error) }, `${name} could not be looked after`),
    );
  }
}

/** The parts of a sweep, by their names in the log. Each resolves with the number of removed or ended items. */
const parts: Record<string, (sweep: Sweep) => Promise<number>> = {
  "deliveries that are over": removeExpired,
  "abandoned drafts": ({ files }) => files.sweepDrafts(draftAbandonedMs),
  "editions that nobody knows": discardUnknownEditions,
  "deliveries that nobody knows": discardUnknownDeliveries,
  "documents that were fetched": ({ files }) => files.sweepDocuments(documentKeptMs),
  "things in the trash": ({ files }) => files.sweepTrash(trashKeptMs),
  "deliveries that are offered": checkOffered,
};

/** The code of a system error, whose message names paths; the text of any other error. */
const reasonOf = (error: unknown) => codeOf(error) ?? String(error);
