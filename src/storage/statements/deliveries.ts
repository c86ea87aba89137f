import { command, type Runner } from "./statement.ts";

const writeRemovedAt = command(
  "write_delivery_removed",
  "update delivery set removed_at = now() where organization_id = $1 and id = $2 and removed_at is null",
);

/** The file of a delivery is gone. */
export async function writeRemoved(runner: Runner, organizationId: number, deliveryId: number): Promise<void> {
  await writeRemovedAt(runner, organizationId, deliveryId);
}
