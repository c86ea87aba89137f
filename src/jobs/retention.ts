import type { Logger } from "pino";
import type { Administration } from "../engine/administration.ts";
import type { Engine } from "../engine/engine.ts";
import type { DeliveryName, Reader } from "../engine/reader.ts";
import type { FileStore, StoredDelivery } from "../files/file-store.ts";
import { deliveryNameOf } from "../files/places.ts";

export interface RetentionOptions {
  readonly reader: Pick<Reader, "delivery">;
  readonly administration: Pick<Administration, "listRemovableDeliveries" | "markDeliveryRemoved" | "listContentKeys">;
  readonly engine: Pick<Engine, "execute">;
  readonly files: FileStore;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: Logger;
}

const sweepEveryMs = 60 * 60 * 1000;
/** A draft in which nothing was written for so long belongs to a process that is gone. */
export const draftAbandonedMs = 60 * 60 * 1000;
/** What nothing in the database knows after so long was left by a process that is gone. */
export const fileUnknownMs = 24 * 60 * 60 * 1000;
const deliveriesAtOnce = 100;

/**
 * Removes from the file store what has had its time, at the start and once an hour: deliveries that are not offered any
 * more, drafts, and files that the database does not know. Several processes may do so at once. A failure is logged and
 * tried again an hour later.
 */
export function startRetention(options: RetentionOptions): { stop(): Promise<void> } {
  const { log } = options;
  let isStopped = false;
  let underWay = Promise.resolve();
  const sweep = async () => {
    for (const [what, remove] of Object.entries(parts)) {
      if (isStopped) return;
      await remove(options, () => isStopped).then(
        (removed) => log.debug({ removed }, `${what} were removed`),
        (error) => log.warn({ reason: reasonOf(error) }, `${what} could not be removed`),
      );
    }
  };
  const begin = () => {
    underWay = underWay.then(sweep);
  };
  begin();
  const timer = setInterval(begin, sweepEveryMs).unref();
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await underWay;
    },
  };
}

/** What is removed, and how; each is fulfilled with how many there were. */
const parts: Record<string, (options: RetentionOptions, isStopped: () => boolean) => Promise<number>> = {
  "deliveries that are over": removeOver,
  "abandoned drafts": ({ files }) => files.sweepDrafts(draftAbandonedMs),
  "editions that nobody knows": removeUnknownEditions,
  "deliveries that nobody knows": removeUnknownDeliveries,
};

/** Removes one after the other; one that fails keeps none of the others, and is thrown at the end. */
async function removeEach<T>(
  items: readonly T[],
  isStopped: () => boolean,
  remove: (item: T) => Promise<void>,
): Promise<number> {
  const failures: unknown[] = [];
  let removed = 0;
  for (const item of items) {
    if (isStopped()) break;
    await remove(item).then(
      () => removed++,
      (error) => failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
  return removed;
}

async function removeOver(options: RetentionOptions, isStopped: () => boolean): Promise<number> {
  const { administration, clock } = options;
  for (let removed = 0; ; ) {
    const page = await administration.listRemovableDeliveries(clock(), deliveriesAtOnce);
    removed += await removeEach(page, isStopped, (delivery) => removeDelivery(options, delivery));
    if (page.length < deliveriesAtOnce || isStopped()) return removed;
  }
}

async function removeDelivery(
  { administration, engine, files }: RetentionOptions,
  { organizationId, deliveryId, code, hasEnded }: DeliveryName,
): Promise<void> {
  if (!hasEnded) {
    // A refusal means that another process has ended it, or somebody by requesting the next one.
    const command = { verb: "end_delivery", deliveryId, code } as const;
    await engine.execute({ organizationId, command, caller: { kind: "anonymous" }, address: null });
  }
  await files.removeDelivery(deliveryNameOf(organizationId, deliveryId));
  await administration.markDeliveryRemoved(organizationId, deliveryId);
}

/** What was taken in by a command that died before the edition was added. */
async function removeUnknownEditions(
  { administration, files, log }: RetentionOptions,
  isStopped: () => boolean,
): Promise<number> {
  const old = (await files.listEditions()).filter(({ takenInAtMs }) => isOld(takenInAtMs));
  if (old.length === 0) return 0;
  const known = new Set(await administration.listContentKeys());
  const unknown = old.filter(({ key }) => !known.has(key));
  if (unknown.length > 0 && known.size === 0) {
    log.warn(
      { editions: unknown.length },
      "the database knows no edition, but files of some are there: they are kept, in case that this is the wrong database",
    );
    return 0;
  }
  return removeEach(unknown, isStopped, ({ key }) => files.removeEdition(key));
}

/** What was built by a process that died before it could note that the delivery had ended meanwhile. */
async function removeUnknownDeliveries({ reader, files }: RetentionOptions, isStopped: () => boolean): Promise<number> {
  const unknown: StoredDelivery[] = [];
  for (const file of await files.listDeliveries()) {
    if (isStopped()) break;
    if (!isOld(file.modifiedAtMs)) continue;
    const [organizationId = 0, deliveryId = 0] = file.name.split("-").map(Number);
    const found = await reader.delivery(organizationId, deliveryId);
    if (found === undefined || found.delivery.endedAtMs !== null) unknown.push(file);
  }
  return removeEach(unknown, isStopped, ({ name }) => files.removeDelivery(name));
}

/** The times of files are the system's, and are compared with the system's. */
function isOld(atMs: number): boolean {
  return Date.now() - atMs > fileUnknownMs;
}

/** Of what the disk says, its code, since its words have paths in them. */
function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
