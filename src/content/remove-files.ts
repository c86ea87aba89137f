import type { RemovableDelivery } from "../queries/deliveries.ts";
import type { Sweep } from "./retention.ts";
import type { StoredDelivery } from "./store/file-store.ts";
import { deliveryNameOf } from "./store/paths.ts";

const deliveriesAtOnce = 100;

/** Ends the expired deliveries, and removes the files of all ended deliveries that the database knows. */
export async function removeExpired(sweep: Sweep): Promise<number> {
  const { queries, clock, signal } = sweep;
  for (let removed = 0; ; ) {
    const page = await queries.deliveries.removable(clock(), deliveriesAtOnce);
    removed += await forEachItem(page, signal, (delivery) => removeDelivery(sweep, delivery));
    if (page.length < deliveriesAtOnce || signal.aborted) return removed;
  }
}

async function removeDelivery(
  { administration, execute, files }: Sweep,
  { organizationId, deliveryId, code, hasEnded }: RemovableDelivery,
): Promise<void> {
  if (!hasEnded) {
    // A refusal means that another process or a new request has ended it.
    await execute(organizationId, { verb: "end_delivery", deliveryId, code });
  }
  await files.removeDelivery(deliveryNameOf(organizationId, deliveryId));
  await administration.markDeliveryRemoved(organizationId, deliveryId);
}

/** A file of this age that the database does not know was left by a process that died. */
export const fileUnknownMs = 24 * 60 * 60 * 1000;

/**
 * Discards the files that a command took in before it died, so that no edition was added. An edition that some database
 * has committed is marked as kept and stays: this database may be an older copy of the one that knows it.
 */
export async function discardUnknownEditions({ queries, files, log, signal }: Sweep): Promise<number> {
  const stored = (await files.listEditions()).filter(({ isKept, takenInAtMs }) => isKept || isOld(takenInAtMs));
  if (stored.length === 0) return 0;
  const known = new Set(await queries.content.keys());
  // The first sweep after an upgrade marks the editions that an earlier version took in.
  const unmarked = stored.filter(({ key, isKept }) => known.has(key) && !isKept);
  await forEachItem(unmarked, signal, ({ key }) => files.keepEdition(key));
  const unknown = stored.filter(({ key }) => !known.has(key));
  const others = unknown.filter(({ isKept }) => isKept).map(({ key }) => key);
  if (others.length > 0) {
    log.warn(
      { editions: others },
      "editions are kept that this database does not know: it may be an older copy of the one that knows them",
    );
  }
  const lost = unknown.filter(({ isKept }) => !isKept);
  return forEachItem(lost, signal, async ({ key }) => {
    await files.discardEdition(key);
    log.warn({ edition: key }, "an edition that nobody knows was moved to the trash");
  });
}

/** Discards the file of a delivery that ended during its build, if the process died before it could remove the file. */
export async function discardUnknownDeliveries({ queries, files, log, signal }: Sweep): Promise<number> {
  const unknown: StoredDelivery[] = [];
  for (const file of await files.listDeliveries()) {
    if (signal.aborted) break;
    if (!isOld(file.modifiedAtMs)) continue;
    const [organizationId = 0, deliveryId = 0] = file.name.split("-").map(Number);
    const found = await queries.deliveries.byId(organizationId, deliveryId);
    if (found === undefined || found.delivery.endedAtMs !== null) unknown.push(file);
  }
  return forEachItem(unknown, signal, async ({ name }) => {
    await files.discardDelivery(name);
    log.warn({ delivery: name }, "a delivery that nobody knows was moved to the trash");
  });
}

/** Compares with the system clock, which gives files their times, and not with the clock of the services. */
function isOld(atMs: number): boolean {
  return Date.now() - atMs > fileUnknownMs;
}

/**
 * Calls `work` with one item after the other until the signal aborts. A failure does not stop the others, and the first
 * one is thrown at the end. Resolves with the number of successes.
 */
async function forEachItem<T>(
  items: readonly T[],
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<number> {
  const failures: unknown[] = [];
  let count = 0;
  for (const item of items) {
    if (signal.aborted) break;
    await work(item).then(
      () => count++,
      (error) => failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
  return count;
}
