import type { Customer } from "./customer.ts";
import { type Product, refuseMoment } from "./product.ts";
import { secondStart } from "./second.ts";
import { lookup, noun } from "./state.ts";

/** One unit of a product, in stock or sold, named by its code. */
export interface Entitlement {
  readonly id: number;
  readonly productId: number;
  /** Unique in the organization; text, so that leading zeros and 18 digits survive. */
  readonly code: string;
  readonly customer: Customer | null;
  /** It was made and not sold yet, so nobody holds it. */
  readonly inStock: boolean;
  readonly issuedAtMs: number;
  /** The last second in which it is honoured; `null` for no bound besides that of the product. */
  readonly expiresAtMs: number | null;
  readonly redemption: Redemption | null;
  /** Set once it was revoked. It is never honoured again. */
  readonly revokedAtMs: number | null;
}

/** An entitlement that was neither redeemed nor revoked. */
export function newEntitlement(terms: Omit<Entitlement, "redemption" | "revokedAtMs">): Entitlement {
  return { ...terms, redemption: null, revokedAtMs: null };
}

/** The one time at which an entitlement was honoured. */
export interface Redemption {
  /** When it happened. For an offline scan this is the reported time, or the time of the report if that is earlier. */
  readonly atMs: number;
  /** The time as the scanner reported it; `null` for an online scan. */
  readonly reportedAtMs: number | null;
  readonly accessKeyId: number | null;
  readonly operatorId: number | null;
  /** Network address of the caller. */
  readonly address: string | null;
}

/** The reasons for which a scan of an existing entitlement is refused. */
export type ScanRefusal =
  | "occurred_at_impossible"
  | "product_retired"
  | "entitlement_revoked"
  | "already_redeemed"
  | "not_sold"
  | "not_yet_valid"
  | "no_longer_valid";

/** A redemption that was refused although somebody may have been let in, beside the redemption that counts. */
export interface Conflict {
  readonly productId: number;
  readonly entitlementId: number;
  /** The redemption that counts; `null` when the entitlement was not redeemed. */
  readonly kept: Redemption | null;
  readonly lost: Redemption;
  /** Why the redemption that was reported last was refused. */
  readonly refusal: ScanRefusal;
  /** Whether `kept` was reported last: `lost` had been accepted before and was replaced by it. */
  readonly displaced: boolean;
  /** When the redemption that was reported last came in. */
  readonly recordedAtMs: number;
}

/** Whether this entitlement can be redeemed, apart from the time. */
export function isUnspent(entitlement: Entitlement): boolean {
  return !entitlement.inStock && entitlement.redemption === null && entitlement.revokedAtMs === null;
}

/** Whether its own time is over at this moment. The whole of its last second still belongs to it. */
export function isExpired({ expiresAtMs }: Pick<Entitlement, "expiresAtMs">, atMs: number): boolean {
  return expiresAtMs !== null && secondStart(atMs) > expiresAtMs;
}

/** The refusal when this moment lies outside of the product's time, or after the entitlement's own end. */
export function refuseTime(
  product: Pick<Product, "startsAtMs" | "endsAtMs">,
  entitlement: Pick<Entitlement, "expiresAtMs">,
  atMs: number,
): "not_yet_valid" | "no_longer_valid" | undefined {
  return refuseMoment(product, atMs) ?? (isExpired(entitlement, atMs) ? "no_longer_valid" : undefined);
}

/** Entitlements of all products, by their codes. */
export const entitlements = noun<string, Entitlement>({ name: "entitlement", keyOf: ({ code }) => code });

/** An entitlement with its product. */
export interface ProductEntitlement {
  readonly product: Product;
  readonly entitlement: Entitlement;
}

/** Conflicts. They are only ever added. */
export const conflicts = noun<Conflict, Conflict>({ name: "conflict", keyOf: (conflict) => conflict });

/** An offline scan of a code, by the second in which it was made. */
export interface ReportedScan {
  readonly code: string;
  readonly secondMs: number;
}

/** The conflicts that contain this scan. Other conflicts of the same entitlement may be among them. */
export const conflictsOfScan = lookup<ReportedScan, Conflict>({
  name: "conflicts_of_scan",
  noun: conflicts,
  entriesOf: ({ entitlementId }) => [entitlementId],
  entryFor: ({ code }, state) => state.get(entitlements, code)?.id,
});
