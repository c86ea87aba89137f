import type { Entitlement } from "../../core/entitlement.ts";

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
