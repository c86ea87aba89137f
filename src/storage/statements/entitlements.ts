import type { Entitlement } from "../../core/entitlement.ts";
import { lockingClause, type RowLock, type Runner, run, seconds } from "./statement.ts";

export const entitlementColumns =
  "e.id, e.product_id, e.code, e.issued_at, e.redeemed_at, e.redeemed_by_access_key_id, e.redeemed_by_operator_id, e.redeemed_from, e.redeemed_reported_at, e.revoked_at, e.in_stock, e.expires_at, c.id, c.name, c.owner_operator_id, c.display_name";
/** How many there are, for rows in which those of another noun follow. */
export const entitlementColumnCount = entitlementColumns.split(",").length;
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
  reportedAtMs: number | null,
  revokedAtMs: number | null,
  inStock: boolean,
  expiresAtMs: number | null,
  customerId: number | null,
  customerName: string | null,
  customerOwnerId: number | null,
  customerDisplayName: string | null,
];

export function toEntitlement(row: EntitlementRow): Entitlement {
  const [id, productId, code, issuedAtMs, redeemedAtMs, accessKeyId, operatorId, address, reportedAtMs] = row;
  const [revokedAtMs, inStock, expiresAtMs, customerId, customerName, ownerId, displayName] = row.slice(9) as [
    number | null,
    boolean,
    number | null,
    number | null,
    string | null,
    number | null,
    string | null,
  ];
  return {
    id,
    productId,
    code,
    issuedAtMs,
    expiresAtMs,
    redemption: redeemedAtMs === null ? null : { atMs: redeemedAtMs, reportedAtMs, accessKeyId, operatorId, address },
    revokedAtMs,
    inStock,
    customer:
      customerId === null || customerName === null
        ? null
        : { id: customerId, name: customerName, ownerId, displayName: displayName ?? "" },
  };
}

/** Loads entitlements and locks their rows, in the order of their codes. */
export async function lockEntitlements(
  runner: Runner,
  organizationId: number,
  codes: readonly string[],
  lock: RowLock,
): Promise<Entitlement[]> {
  const rows = await run<EntitlementRow>(
    runner,
    `lock_entitlements ${lock}`,
    `select ${entitlementColumns} from ${entitlementSource}
     where e.organization_id = $1 and e.code = any($2::text[]) order by e.code ${lockingClause(lock, "e")}`,
    [organizationId, codes],
  );
  return rows.map(toEntitlement);
}

/**
 * Writes new entitlements. What can happen to one only later, but happened in the same batch, is written by
 * `updateEntitlements`: so many empty columns made cards by the thousand a tenth slower.
 */
export function insertEntitlements(
  runner: Runner,
  organizationId: number,
  entitlements: readonly Entitlement[],
  /** Their card columns, as `cardArrays` makes them. */
  cards: readonly (readonly unknown[])[],
): Promise<unknown> {
  return run(
    runner,
    "insert_entitlements",
    `insert into entitlement (organization_id, id, product_id, code, customer_id, issued_at, in_stock, secret_sealed, secret_hash,
       balance_minor, balance_currency, batch, details, expires_at)
     select $1::bigint, n.id, n.product_id, n.code, n.customer_id, to_timestamp(n.issued_at), n.in_stock, n.sealed, n.hash,
       n.balance_minor, n.currency, n.batch, n.details, to_timestamp(n.expires_at)
     from unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::float8[], $7::boolean[], $8::float8[], $9::bytea[],
       $10::bytea[], $11::bigint[], $12::text[], $13::text[], $14::jsonb[])
       as n (id, product_id, code, customer_id, issued_at, in_stock, expires_at, sealed, hash, balance_minor, currency, batch, details)
     order by n.code collate "C"`,
    [
      organizationId,
      entitlements.map(({ id }) => id),
      entitlements.map(({ productId }) => productId),
      entitlements.map(({ code }) => code),
      entitlements.map(({ customer }) => customer?.id ?? null),
      entitlements.map(({ issuedAtMs }) => seconds(issuedAtMs)),
      entitlements.map(({ inStock }) => inStock),
      entitlements.map(({ expiresAtMs }) => seconds(expiresAtMs)),
      ...cards,
    ],
  );
}

/** Whether something has happened to an entitlement that only happens to one that is there. */
export function hasHistory({ redemption, revokedAtMs }: Entitlement): boolean {
  return redemption !== null || revokedAtMs !== null;
}

/** Writes what can change of an entitlement: who holds it, who redeemed it and when, whether it was sold or revoked. */
export function updateEntitlements(
  runner: Runner,
  organizationId: number,
  entitlements: readonly Entitlement[],
): Promise<unknown> {
  return run(
    runner,
    "update_entitlements",
    `update entitlement e set customer_id = n.customer_id, redeemed_at = to_timestamp(n.redeemed_at),
       redeemed_by_access_key_id = n.access_key_id, redeemed_by_operator_id = n.operator_id, redeemed_from = n.address,
       redeemed_reported_at = to_timestamp(n.reported_at), revoked_at = to_timestamp(n.revoked_at), in_stock = n.in_stock
     from unnest($2::bigint[], $3::bigint[], $4::float8[], $5::bigint[], $6::bigint[], $7::text[], $8::float8[], $9::float8[],
       $10::boolean[])
       as n (id, customer_id, redeemed_at, access_key_id, operator_id, address, reported_at, revoked_at, in_stock)
     where e.organization_id = $1 and e.id = n.id`,
    [organizationId, entitlements.map(({ id }) => id), ...stateArrays(entitlements)],
  );
}

const stateArrays = (entitlements: readonly Entitlement[]) => [
  entitlements.map(({ customer }) => customer?.id ?? null),
  entitlements.map(({ redemption }) => seconds(redemption?.atMs ?? null)),
  entitlements.map(({ redemption }) => redemption?.accessKeyId ?? null),
  entitlements.map(({ redemption }) => redemption?.operatorId ?? null),
  entitlements.map(({ redemption }) => redemption?.address ?? null),
  entitlements.map(({ redemption }) => seconds(redemption?.reportedAtMs ?? null)),
  entitlements.map(({ revokedAtMs }) => seconds(revokedAtMs)),
  entitlements.map(({ inStock }) => inStock),
];
