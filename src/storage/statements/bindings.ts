import type { Binding } from "../../core/binding.ts";
import { type DeviceRow, deviceColumns, toDevice } from "./devices.ts";
import { type Runner, run, seconds } from "./statement.ts";

export const bindingColumns = `b.slot, b.bound_at, ${deviceColumns}`;

export type BindingRow = [slot: number, boundAtMs: number, ...DeviceRow];

export function toBinding([slot, boundAtMs, ...device]: BindingRow): Binding {
  return { slot, boundAtMs, device: toDevice(device) };
}

/** The bindings of entitlements, by the entitlement's number and in the order of slots. */
export async function readBindings(
  runner: Runner,
  organizationId: number,
  codes: readonly string[],
): Promise<ReadonlyMap<number, readonly Binding[]>> {
  const rows = await run<[entitlementId: number, ...BindingRow]>(
    runner,
    "read_bindings",
    `select e.id, ${bindingColumns}
     from entitlement e
     join binding b on b.organization_id = e.organization_id and b.entitlement_id = e.id
     join device d on d.organization_id = b.organization_id and d.id = b.device_id
     where e.organization_id = $1 and e.code = any($2::text[])
     order by e.id, b.slot`,
    [organizationId, codes],
  );
  const found = new Map<number, Binding[]>();
  for (const [entitlementId, ...row] of rows) {
    const bindings = found.get(entitlementId) ?? [];
    bindings.push(toBinding(row));
    found.set(entitlementId, bindings);
  }
  return found;
}

/** Replaces all bindings of these entitlements, whose rows are locked. */
export function writeBindings(
  runner: Runner,
  organizationId: number,
  entitlements: readonly (readonly [entitlementId: number, bindings: readonly Binding[]])[],
): Promise<unknown> {
  const rows = entitlements.flatMap(([entitlementId, bindings]) =>
    bindings.map((binding) => ({ entitlementId, ...binding })),
  );
  return Promise.all([
    run(
      runner,
      "delete_bindings",
      "delete from binding where organization_id = $1 and entitlement_id = any($2::bigint[])",
      [organizationId, entitlements.map(([entitlementId]) => entitlementId)],
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
