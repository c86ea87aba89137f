import type { Device, DeviceKind } from "../../core/device.ts";
import type { HoldersDevice } from "../../core/state.ts";
import { type Runner, run, seconds } from "./statement.ts";

/** Devices of whoever holds these codes, as far as there are any. */
export async function readDevices(
  runner: Runner,
  organizationId: number,
  names: readonly HoldersDevice[],
): Promise<Device[]> {
  const rows = await run<
    [id: number, customerId: number | null, kind: DeviceKind, name: string, registeredAtMs: number]
  >(
    runner,
    "read_devices",
    `select distinct d.id, d.customer_id, d.kind, d.name, d.registered_at
     from unnest($2::text[], $3::text[], $4::text[]) as n (code, kind, name)
     join entitlement e on e.organization_id = $1 and e.code = n.code
     join device d on d.organization_id = $1 and d.kind = n.kind and d.name = n.name
       and (d.customer_id = e.customer_id or (d.customer_id is null and e.customer_id is null))`,
    [organizationId, names.map(({ code }) => code), names.map(({ kind }) => kind), names.map(({ name }) => name)],
  );
  return rows.map(([id, customerId, kind, name, registeredAtMs]) => ({ id, customerId, kind, name, registeredAtMs }));
}

export function insertDevices(runner: Runner, organizationId: number, devices: readonly Device[]): Promise<unknown> {
  return run(
    runner,
    "insert_devices",
    `insert into device (organization_id, id, customer_id, kind, name, registered_at)
     select $1::bigint, n.id, n.customer_id, n.kind, n.name, to_timestamp(n.registered_at)
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::float8[]) as n (id, customer_id, kind, name, registered_at)`,
    [
      organizationId,
      devices.map(({ id }) => id),
      devices.map(({ customerId }) => customerId),
      devices.map(({ kind }) => kind),
      devices.map(({ name }) => name),
      devices.map(({ registeredAtMs }) => seconds(registeredAtMs)),
    ],
  );
}
