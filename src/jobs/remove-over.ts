import { deliveryNameOf } from "../files/places.ts";
import type { RemovableDelivery } from "../queries/deliveries.ts";
import type { Sweep } from "./retention.ts";
import { treatEach } from "./treat-each.ts";

const deliveriesAtOnce = 100;

/** Ends deliveries whose time is over and removes the files of all that have ended: the database knows each of them. */
export async function removeOver(sweep: Sweep): Promise<number> {
  const { queries, clock, signal } = sweep;
  for (let removed = 0; ; ) {
    const page = await queries.deliveries.removable(clock(), deliveriesAtOnce);
    removed += await treatEach(page, signal, (delivery) => removeDelivery(sweep, delivery));
    if (page.length < deliveriesAtOnce || signal.aborted) return removed;
  }
}

async function removeDelivery(
  { administration, execute, files }: Sweep,
  { organizationId, deliveryId, code, hasEnded }: RemovableDelivery,
): Promise<void> {
  if (!hasEnded) {
    // A refusal means that another process has ended it, or somebody by requesting the next one.
    const command = { verb: "end_delivery", deliveryId, code } as const;
    await execute(organizationId, command);
  }
  await files.removeDelivery(deliveryNameOf(organizationId, deliveryId));
  await administration.markDeliveryRemoved(organizationId, deliveryId);
}
