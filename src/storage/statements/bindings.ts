import type { Binding, Holding } from "../../core/binding.ts";
import { type CustomersDevice, deviceIdentity, isMachine, type Machine } from "../../core/device.ts";
import type { Secrets } from "../secrets.ts";
import { type DeviceRow, deviceColumns, deviceIdentitySql, machineHashes, toDevice } from "./devices.ts";
import { type Runner, run, seconds } from "./statement.ts";

export const bindingColumns = `b.slot, b.bound_at, ${deviceColumns}`;

export type BindingRow = [slot: number, boundAtMs: number, ...DeviceRow];

export function toBinding([slot, boundAtMs, ...device]: BindingRow): Binding {
  return { slot, boundAtMs, device: toDevice(device) };
}

/** The bindings of the entitlements that are named by their codes, or that one of these devices or machines holds. */
export async function readHoldings(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  codes: readonly string[],
  on: readonly (CustomersDevice | Machine)[],
): Promise<Holding[]> {
  const devices = on.filter((device): device is CustomersDevice => !isMachine(device));
  const machines = machineHashes(secrets, on.filter(isMachine));
  const rows = await run<[entitlementId: number, ...BindingRow]>(
    runner,
    "read_holdings",
    `select b.entitlement_id, ${bindingColumns}
     from binding b
     join device d on d.organization_id = b.organization_id and d.id = b.device_id
     where b.organization_id = $1 and b.entitlement_id = any(array(
       select e.id from entitlement e where e.organization_id = $1 and e.code = any($2::text[])
       union all
       select h.entitlement_id from unnest($3::bigint[], $4::text[], $5::text[]) as n (customer_id, kind, identity)
       join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.kind = n.kind
         and ${deviceIdentitySql} = n.identity
       join binding h on h.organization_id = $1 and h.device_id = f.id
       union all
       select h.entitlement_id from unnest($6::bigint[], $7::bytea[]) as n (customer_id, hash)
       join device f on f.organization_id = $1 and f.customer_id = n.customer_id and f.fingerprint_hash = n.hash
       join binding h on h.organization_id = $1 and h.device_id = f.id))
     order by b.entitlement_id, b.slot`,
    [
      organizationId,
      codes,
      devices.map(({ customerId }) => customerId),
      devices.map(({ kind }) => kind),
      devices.map(deviceIdentity),
      machines.map(({ customerId }) => customerId),
      machines.map(({ hash }) => hash),
    ],
  );
  const found: (Holding & { readonly bindings: Binding[] })[] = [];
  for (const [entitlementId, ...row] of rows) {
    const last = found.at(-1);
    if (last?.entitlementId === entitlementId) last.bindings.push(toBinding(row));
    else found.push({ entitlementId, bindings: [toBinding(row)] });
  }
  return found;
}

/** Replaces all bindings of these entitlements, whose rows are locked. */
export function writeHoldings(runner: Runner, organizationId: number, holdings: readonly Holding[]): Promise<unknown> {
  const rows = holdings.flatMap(({ entitlementId, bindings }) =>
    bindings.map((binding) => ({ entitlementId, ...binding })),
  );
  return Promise.all([
    run(
      runner,
      "delete_bindings",
      "delete from binding where organization_id = $1 and entitlement_id = any($2::bigint[])",
      [organizationId, holdings.map(({ entitlementId }) => entitlementId)],
    ),
    run(
      runner,
      "insert_bindings",
      `insert into binding (organization_id, entitlement_id, slot, device_id, bound_at)
       select $1::bigint, n.entitlement_id, n.slot, n.device_id, to_timestamp(n.bound_at)
       from unnest($2::bigint[], $3::integer[], $4::bigint[], $5::float8[]) as n (entitlement_id, slot, device_id, bound_at)`,
      [
        organizationId,
        rows.map(({ entitlementId }) => entitlementId),
        rows.map(({ slot }) => slot),
        rows.map(({ device }) => device.id),
        rows.map(({ boundAtMs }) => seconds(boundAtMs)),
      ],
    ),
  ]);
}
