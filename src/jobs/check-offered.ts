import { fileSeenWithinMs } from "../files/limits.ts";
import { deliveryNameOf } from "../files/places.ts";
import type { Sweep } from "./retention.ts";

const deliveriesAtOnce = 100;
/**
 * How much is read in one sweep: some 20 s of one thread. A sweep an hour reads 690 GB in the week for which deliveries
 * are mostly kept.
 */
const checkedBytesMax = 4 * 1024 ** 3;

/**
 * Reads the files of deliveries that are offered, a part of them each time, in turn. One that is not what was built is
 * ended, so that it can be requested again.
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
      const command = { verb: "end_delivery", deliveryId, code } as const;
      const { ok } = await execute(organizationId, command);
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
