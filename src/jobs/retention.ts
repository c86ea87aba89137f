import type { Logger } from "pino";
import type { Administration } from "../engine/administration.ts";
import type { Executor } from "../engine/executor.ts";
import type { FileStore } from "../files/file-store.ts";
import type { StoreIdentity } from "../files/identity.ts";
import type { DeliveryNumbers } from "../queries/deliveries.ts";
import type { Queries } from "../queries/queries.ts";
import { checkOffered } from "./check-offered.ts";
import { removeOver } from "./remove-over.ts";
import { discardUnknownDeliveries, discardUnknownEditions } from "./remove-unknown.ts";

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

/** One sweep of the store, and what it takes over from the one before. */
export interface Sweep extends RetentionOptions {
  /** Aborted when the process stops. */
  readonly signal: AbortSignal;
  /** The delivery whose file was checked last. */
  checkedUpTo: DeliveryNumbers;
}

/** Not right at the start: who has started on the wrong database has a while to notice. */
export const firstSweepAfterMs = 10 * 60 * 1000;
/** Once an hour. */
const sweepEveryTicks = 6;
/** A draft in which nothing was written for so long belongs to a process that is gone. */
export const draftAbandonedMs = 60 * 60 * 1000;
/** For how long what nobody knew can be taken back out of the trash. */
export const trashKeptMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Looks after the file store, ten minutes after the start and then once an hour, as long as it is the database's own:
 * removes what has had its time, takes what nobody knows out of it, and ends deliveries whose files were damaged.
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

/** Looks after everything once. */
export async function sweepStore(sweep: Sweep): Promise<void> {
  const { identity, signal, log } = sweep;
  if (signal.aborted) return;
  const problem = await identity.claim().catch(reasonOf);
  if (problem !== undefined) return log.warn({ reason: problem }, "the file store is left alone");
  for (const [what, treat] of Object.entries(parts)) {
    if (signal.aborted) return;
    await treat(sweep).then(
      (count) => log.debug({ count }, `${what} were looked after`),
      (error) => log.warn({ reason: reasonOf(error) }, `${what} could not be looked after`),
    );
  }
}

/** What is looked after, and how; each is fulfilled with how many were removed or ended. */
const parts: Record<string, (sweep: Sweep) => Promise<number>> = {
  "deliveries that are over": removeOver,
  "abandoned drafts": ({ files }) => files.sweepDrafts(draftAbandonedMs),
  "editions that nobody knows": discardUnknownEditions,
  "deliveries that nobody knows": discardUnknownDeliveries,
  "things in the trash": ({ files }) => files.sweepTrash(trashKeptMs),
  "deliveries that are offered": checkOffered,
};

/** Of what the disk says, its code, since its words have paths in them. */
function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
