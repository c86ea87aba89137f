import type { Sweep } from "./retention.ts";
import { fileSeenWithinMs } from "./store/file-store.ts";
import { deliveryNameOf } from "./store/paths.ts";

const deliveriesAtOnce = 100;
/**
 * The bytes that one sweep reads: some 20 s of one thread. With a sweep an hour that is 690 GB in a week, for which
 * most deliveries are kept.
 */
const checkedBytesMax = 4 * 1024 ** 3;

/**
 * Checks the files of some offered deliveries, and goes on with the next ones in the next sweep. It ends a delivery
 * whose file differs from the build, so that it can be requested again. Resolves with the number of ended deliveries.
 */
export async function checkOffered(sweep: Sweep, bytesMax = checkedBytesMax): Promise<number> {
  const { queries, execute, files, log, signal } = sweep;
  let ended = 0;
  for (let left = bytesMax; left > 0; ) {
    const page = await queries.deliveries.offered(sweep.checkedUpTo, deliveriesAtOnce);
    for (const { organizationId, deliveryId, code, bytes, sha256, readyAtMs } of page) {
      if (signal.aborted || left <= 0) return ended;
      sweep.checkedUpTo = { organizationId, deliveryId };
      if (sweep.clock() - readyAtMs < fileSeenWithinMs) continue;
      const sum = await files.sumDelivery(deliveryNameOf(organizationId, deliveryId), signal);
      left -= bytes;
      if (sum?.bytes === bytes && sum.sha256 === sha256) continue;
      const { ok } = await execute(organizationId, { verb: "end_delivery", deliveryId, code });
      if (!ok) continue;
      ended++;
      const found = sum === undefined ? "no file" : `${sum.bytes} of ${bytes} bytes`;
      log.warn({ organizationId, deliveryId, found }, "the file of a delivery is damaged, and the delivery is ended");
    }
    if (page.length < deliveriesAtOnce) {
      sweep.checkedUpTo = { organizationId: 0, deliveryId: 0 };
      return ended;
    }
  }
  return ended;
}
