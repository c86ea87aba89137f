import type { Customer } from "./customer.ts";
import { type Product, refuseMoment } from "./product.ts";
import { secondStart } from "./second.ts";
import { lookup, noun } from "./state.ts";

/** One sold or sellable unit, named by its code. */
export interface Entitlement {
  readonly id: number;
  readonly productId: number;
  /** Unique in the organization; text, so that leading zeros and 18 digits survive. */
  readonly code: string;
  readonly customer: Customer | null;
  /** Made and not sold yet: nobody holds it. */
  readonly inStock: boolean;
  readonly issuedAtMs: number;
  /** Last second in which it is honoured, whatever its product says; `null` for no bound of its own. */
  readonly expiresAtMs: number | null;
  readonly redemption: Redemption | null;
  /** Set once it was revoked: it is never honoured again. */
  readonly revokedAtMs: number | null;
}

/** An entitlement that was neither redeemed nor revoked. */
export function newEntitlement(terms: Omit<Entitlement, "redemption" | "revokedAtMs">): Entitlement {
  return { ...terms, redemption: null, revokedAtMs: null };
}

/** The one time at which an entitlement was honoured. */
export interface Redemption {
  /** When it happened; for a scan made offline the time that the scanner reports, but never after the report. */
  readonly atMs: number;
  /** The time that the scanner reported, as it did; `null` for a scan that was made online. */
  readonly reportedAtMs: number | null;
  readonly accessKeyId: number | null;
  readonly operatorId: number | null;
  /** Network address of the caller. */
  readonly address: string | null;
}

/** Why a scan of an entitlement that is there is refused. */
export type ScanRefusal =
  | "occurred_at_impossible"
  | "product_retired"
  | "entitlement_revoked"
  | "already_redeemed"
  | "not_sold"
  | "not_yet_valid"
  | "no_longer_valid";

/** A redemption that was refused although somebody may have been let in by it, and the one that counts, if one does. */
export interface Conflict {
  readonly productId: number;
  readonly entitlementId: number;
  /** The redemption that counts; `null` when the entitlement was not redeemed. */
  readonly kept: Redemption | null;
  readonly lost: Redemption;
  /** Why the one of them that was reported last was refused. */
  readonly refusal: ScanRefusal;
  /** Whether that was the kept one: the lost one had been accepted before, and lost its place to it. */
  readonly displaced: boolean;
  /** When the server learned of the one that was reported last. */
  readonly recordedAtMs: number;
}

/** Whether this entitlement would be honoured, were it the right time. */
export function isUnspent(entitlement: Entitlement): boolean {
  return !entitlement.inStock && entitlement.redemption === null && entitlement.revokedAtMs === null;
}

/** Whether its own time is over at this moment; its last second still belongs to it, with all its parts. */
export function isExpired({ expiresAtMs }: Pick<Entitlement, "expiresAtMs">, atMs: number): boolean {
  return expiresAtMs !== null && secondStart(atMs) > expiresAtMs;
}

/** Whether this is outside of the product's time, or after the entitlement's own. */
export function refuseTime(
  product: Pick<Product, "startsAtMs" | "endsAtMs">,
  entitlement: Pick<Entitlement, "expiresAtMs">,
  atMs: number,
): "not_yet_valid" | "no_longer_valid" | undefined {
  return refuseMoment(product, atMs) ?? (isExpired(entitlement, atMs) ? "no_longer_valid" : undefined);
}

/** Entitlements, by their codes, of whatever product they are. */
export const entitlements = noun<string, Entitlement>({ name: "entitlement", keyOf: ({ code }) => code });

/** An entitlement with the product it is of. */
export interface ProductEntitlement {
  readonly product: Product;
  readonly entitlement: Entitlement;
}

/** Conflicts. They are only ever added. */
export const conflicts = noun<Conflict, Conflict>({ name: "conflict", keyOf: (conflict) => conflict });

/** A scan of a code that was made offline, in the second in which it was made. */
export interface ReportedScan {
  readonly code: string;
  readonly secondMs: number;
}

/** The conflicts of an entitlement in which there is such a scan; others of the entitlement may be among them. */
export const conflictsOfScan = lookup<ReportedScan, Conflict>({
  name: "conflicts_of_scan",
  noun: conflicts,
  entriesOf: ({ entitlementId }) => [entitlementId],
  entryFor: ({ code }, state) => state.get(entitlements, code)?.id,
});
