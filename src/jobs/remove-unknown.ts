import type { StoredDelivery } from "../files/file-store.ts";
import type { Sweep } from "./retention.ts";
import { treatEach } from "./treat-each.ts";

/** What nothing in the database knows after so long was left by a process that is gone. */
export const fileUnknownMs = 24 * 60 * 60 * 1000;

/**
 * Discards what was taken in by a command that died before the edition was added. An edition that any database has ever
 * committed is marked as kept and stays, since this database may be an older copy of the one that knows it.
 */
export async function discardUnknownEditions({ queries, files, log, signal }: Sweep): Promise<number> {
  const stored = (await files.listEditions()).filter(({ isKept, takenInAtMs }) => isKept || isOld(takenInAtMs));
  if (stored.length === 0) return 0;
  const known = new Set(await queries.content.keys());
  // The first sweep after an upgrade marks what an earlier version has taken in.
  const unmarked = stored.filter(({ key, isKept }) => known.has(key) && !isKept);
  await treatEach(unmarked, signal, ({ key }) => files.keepEdition(key));
  const unknown = stored.filter(({ key }) => !known.has(key));
  const others = unknown.filter(({ isKept }) => isKept).map(({ key }) => key);
  if (others.length > 0) {
    log.warn(
      { editions: others },
      "editions are kept that this database does not know: it may be an older copy of the one that knows them",
    );
  }
  const lost = unknown.filter(({ isKept }) => !isKept);
  return treatEach(lost, signal, async ({ key }) => {
    await files.discardEdition(key);
    log.warn({ edition: key }, "an edition that nobody knows was moved to the trash");
  });
}

/** Discards what was built by a process that died before it could note that the delivery had ended meanwhile. */
export async function discardUnknownDeliveries({ queries, files, log, signal }: Sweep): Promise<number> {
  const unknown: StoredDelivery[] = [];
  for (const file of await files.listDeliveries()) {
    if (signal.aborted) break;
    if (!isOld(file.modifiedAtMs)) continue;
    const [organizationId = 0, deliveryId = 0] = file.name.split("-").map(Number);
    const found = await queries.deliveries.byId(organizationId, deliveryId);
    if (found === undefined || found.delivery.endedAtMs !== null) unknown.push(file);
  }
  return treatEach(unknown, signal, async ({ name }) => {
    await files.discardDelivery(name);
    log.warn({ delivery: name }, "a delivery that nobody knows was moved to the trash");
  });
}

/** The times of files are the system's, and are compared with the system's. */
function isOld(atMs: number): boolean {
  return Date.now() - atMs > fileUnknownMs;
}
