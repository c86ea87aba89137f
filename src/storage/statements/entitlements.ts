import type { Entitlement } from "../../core/entitlement.ts";
import { type Runner, run, seconds } from "./statement.ts";

export const entitlementColumns =
  "e.id, e.product_id, e.code, e.issued_at, e.redeemed_at, e.redeemed_by_access_key_id, e.redeemed_by_operator_id, e.redeemed_from, e.revoked_at, c.id, c.name, c.display_name";
export const entitlementSource =
  "entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id";

export type EntitlementRow = [
  id: number,
  productId: number,
  code: string,
  issuedAtMs: number,
  redeemedAtMs: number | null,
  accessKeyId: number | null,
  operatorId: number | null,
  address: string | null,
  revokedAtMs: number | null,
  customerId: number | null,
  customerName: string | null,
  customerDisplayName: string | null,
];

export function toEntitlement(row: EntitlementRow): Entitlement {
  const [id, productId, code, issuedAtMs, redeemedAtMs, accessKeyId, operatorId, address, revokedAtMs] = row;
  const [customerId, customerName, displayName] = row.slice(9) as [number | null, string | null, string | null];
  return {
    id,
    productId,
    code,
    issuedAtMs,
    redemption: redeemedAtMs === null ? null : { atMs: redeemedAtMs, accessKeyId, operatorId, address },
    revokedAtMs,
    customer:
      customerId === null || customerName === null
        ? null
        : { id: customerId, name: customerName, displayName: displayName ?? "" },
  };
}

/** Loads entitlements and locks their rows, in the order of their codes. */
export async function lockEntitlements(
  runner: Runner,
  organizationId: number,
  codes: readonly string[],
  lock: string,
): Promise<Entitlement[]> {
  const rows = await run<EntitlementRow>(
    runner,
    `lock_entitlements ${lock}`,
    `select ${entitlementColumns} from ${entitlementSource}
     where e.organization_id = $1 and e.code = any($2::text[]) order by e.code ${lock === "" ? "" : `${lock} of e`}`,
    [organizationId, codes],
  );
  return rows.map(toEntitlement);
}

export async function readEntitlements(
  runner: Runner,
  organizationId: number,
  codes: readonly string[],
): Promise<Entitlement[]> {
  return lockEntitlements(runner, organizationId, codes, "");
}

export function insertEntitlements(
  runner: Runner,
  organizationId: number,
  entitlements: readonly Entitlement[],
): Promise<unknown> {
  return run(
    runner,
    "insert_entitlements",
    `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at, redeemed_at, redeemed_by_access_key_id,
       redeemed_by_operator_id, redeemed_from, revoked_at)
     select $1::bigint, n.id, n.product_id, n.code, n.customer_id, to_timestamp(n.issued_at), to_timestamp(n.redeemed_at), n.access_key_id,
       n.operator_id, n.address, to_timestamp(n.revoked_at)
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::float8[], $7::float8[], $8::bigint[], $9::bigint[], $10::text[],
       $11::float8[])
       as n (id, product_id, code, customer_id, issued_at, redeemed_at, access_key_id, operator_id, address, revoked_at)`,
    [
      organizationId,
      entitlements.map(({ id }) => id),
      entitlements.map(({ productId }) => productId),
      entitlements.map(({ code }) => code),
      entitlements.map(({ customer }) => customer?.id ?? null),
      entitlements.map(({ issuedAtMs }) => seconds(issuedAtMs)),
      ...stateArrays(entitlements),
    ],
  );
}

/** Writes what can change of an entitlement: who redeemed it and when, and whether it was revoked. */
export function updateEntitlements(
  runner: Runner,
  organizationId: number,
  entitlements: readonly Entitlement[],
): Promise<unknown> {
  return run(
    runner,
    "update_entitlements",
    `update entitlement e set redeemed_at = to_timestamp(n.redeemed_at), redeemed_by_access_key_id = n.access_key_id,
       redeemed_by_operator_id = n.operator_id, redeemed_from = n.address, revoked_at = to_timestamp(n.revoked_at)
     from unnest($2::bigint[], $3::float8[], $4::bigint[], $5::bigint[], $6::text[], $7::float8[])
       as n (id, redeemed_at, access_key_id, operator_id, address, revoked_at)
     where e.organization_id = $1 and e.id = n.id`,
    [organizationId, entitlements.map(({ id }) => id), ...stateArrays(entitlements)],
  );
}

const stateArrays = (entitlements: readonly Entitlement[]) => [
  entitlements.map(({ redemption }) => seconds(redemption?.atMs ?? null)),
  entitlements.map(({ redemption }) => redemption?.accessKeyId ?? null),
  entitlements.map(({ redemption }) => redemption?.operatorId ?? null),
  entitlements.map(({ redemption }) => redemption?.address ?? null),
  entitlements.map(({ revokedAtMs }) => seconds(revokedAtMs)),
];
