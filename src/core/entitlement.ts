import type { Customer } from "./customer.ts";
import type { Metadata } from "./metadata.ts";
import { namedProduct, type Product, type ProductNamed, refuseMoment } from "./product.ts";
import { secondStart } from "./second.ts";
import { lookup, noun, type State } from "./state.ts";
import { isLongerThan } from "./text.ts";
import type { Usage } from "./use.ts";

/** One unit of a product, in stock or sold, named by its code. */
export interface Entitlement {
  readonly id: number;
  readonly productId: number;
  /** Unique in the organization; text, so that leading zeros and 18 digits survive. */
  readonly code: string;
  readonly customer: Customer | null;
  /** It was made and not sold yet, so nobody holds it. */
  readonly inStock: boolean;
  /** The key of its category; `null` for none. */
  readonly category: string | null;
  readonly issuedAtMs: number;
  /** The first moment at which it is honoured; `null` for no bound besides that of the product. */
  readonly startsAtMs: number | null;
  /** The last second in which it is honoured; `null` for no bound besides that of the product. */
  readonly expiresAtMs: number | null;
  /** How often it is honoured; `null` for as often as the product says. */
  readonly usesMax: number | null;
  /** How many devices may hold it at once; `null` for as many as the product says. */
  readonly slots: number | null;
  /** The first use that counts. Where it is honoured once, this is the only one. */
  readonly redemption: Redemption | null;
  readonly usage: Usage | null;
  /** Set while it is suspended. It is not honoured meanwhile, and keeps its place. */
  readonly suspendedAtMs: number | null;
  /** Set once it was revoked. It is never honoured again. */
  readonly revokedAtMs: number | null;
  /** The hold that keeps it for a buyer. It means something in stock alone, and until its end. */
  readonly hold: StockHold | null;
  /** The integrator's own name for the order; several entitlements may share it. */
  readonly reference: string | null;
  /** A note for the steward at the gate; `null` when there is none. */
  readonly attention: string | null;
  /** `null` when there is none. */
  readonly metadata: Metadata | null;
}

/** The hold of one piece of stock. */
export interface StockHold {
  readonly id: number;
  /** The first moment at which it no longer holds. */
  readonly endsAtMs: number;
}

type NewTerms = "id" | "productId" | "code" | "customer" | "inStock" | "issuedAtMs";

/** An entitlement to which nothing has happened. Terms that are absent are not set. */
export function newEntitlement(terms: Pick<Entitlement, NewTerms> & Partial<Entitlement>): Entitlement {
  return {
    category: null,
    startsAtMs: null,
    expiresAtMs: null,
    usesMax: null,
    slots: null,
    redemption: null,
    usage: null,
    suspendedAtMs: null,
    revokedAtMs: null,
    hold: null,
    reference: null,
    attention: null,
    metadata: null,
    ...terms,
  };
}

/** One time at which an entitlement was honoured. */
export interface Redemption {
  /** When it happened. For an offline scan this is the reported time, or the time of the report if that is earlier. */
  readonly atMs: number;
  /** The time as the scanner reported it; `null` for an online scan. */
  readonly reportedAtMs: number | null;
  readonly accessKeyId: number | null;
  readonly operatorId: number | null;
  /** The gate at which it was honoured; `null` when the caller has none. */
  readonly gateId: number | null;
  /** Network address of the caller. */
  readonly address: string | null;
}

/** The reasons for which a scan of an existing entitlement is refused. */
export type ScanRefusal = FixedRefusal | UseRefusal;

/** Those that do not depend on other uses. */
export type FixedRefusal =
  | "occurred_at_impossible"
  | "product_retired"
  | "entitlement_revoked"
  | "entitlement_suspended"
  | "category_elsewhere"
  | "not_sold"
  | "not_yet_valid"
  | "no_longer_valid";

/** Those that depend on the uses before. */
export type UseRefusal = "already_redeemed" | "already_redeemed_today" | "uses_short" | "already_inside" | "not_inside";

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

export const entitlementStates = ["in_stock", "issued", "redeemed", "suspended", "revoked"] as const;
export type EntitlementState = (typeof entitlementStates)[number];

/** The state of an entitlement in a word. It is `redeemed` as soon as it was used once. */
export function stateOf({ revokedAtMs, suspendedAtMs, inStock, redemption }: Entitlement): EntitlementState {
  if (revokedAtMs !== null) return "revoked";
  if (suspendedAtMs !== null) return "suspended";
  if (inStock) return "in_stock";
  return redemption === null ? "issued" : "redeemed";
}

/** How many devices may hold it at once. */
export function slotsOf(product: Pick<Product, "slots">, { slots }: Pick<Entitlement, "slots">): number {
  return slots ?? product.slots;
}

/** Whether it is neither revoked nor suspended. */
export function isInForce({ revokedAtMs, suspendedAtMs }: Pick<Entitlement, "revokedAtMs" | "suspendedAtMs">): boolean {
  return revokedAtMs === null && suspendedAtMs === null;
}

/** Whether somebody holds this entitlement and it may be used, apart from the time and from its uses. */
export function isUsable(entitlement: Entitlement): boolean {
  return !entitlement.inStock && isInForce(entitlement);
}

/** Whether a hold keeps it for a buyer at this moment. */
export function isHeld({ inStock, hold }: Pick<Entitlement, "inStock" | "hold">, atMs: number): boolean {
  return inStock && hold !== null && atMs < hold.endsAtMs;
}

/** Whether its own time is over at this moment. The whole of its last second still belongs to it. */
export function isExpired({ expiresAtMs }: Pick<Entitlement, "expiresAtMs">, atMs: number): boolean {
  return expiresAtMs !== null && secondStart(atMs) > expiresAtMs;
}

/** The refusal when this moment lies outside of the product's time, or outside of the entitlement's own. */
export function refuseTime(
  product: Pick<Product, "startsAtMs" | "endsAtMs">,
  entitlement: Pick<Entitlement, "startsAtMs" | "expiresAtMs">,
  atMs: number,
): "not_yet_valid" | "no_longer_valid" | undefined {
  const { startsAtMs, expiresAtMs } = entitlement;
  return refuseMoment(product, atMs) ?? refuseMoment({ startsAtMs, endsAtMs: expiresAtMs }, atMs);
}

/** Entitlements of all products, by their codes. */
export const entitlements = noun<string, Entitlement>({ name: "entitlement", keyOf: ({ code }) => code });

/** A code that an entitlement had before it got another. It is refused for ever, and given to no other entitlement. */
export interface ReplacedCode {
  readonly code: string;
  readonly productId: number;
  readonly entitlementId: number;
  readonly replacedAtMs: number;
}

/** Replaced codes, by themselves. A verb reads them beside the entitlement, to tell a replaced code from an unknown one. */
export const replacedCodes = noun<string, ReplacedCode>({ name: "replaced_code", keyOf: ({ code }) => code });

export const codeLengthMax = 255;

/**
 * Whether this may be the code of an entitlement that is issued on demand. It can be shown and typed: it has no blanks
 * around it, no two in a row and no control characters, and is not too long.
 */
export function isCode(code: string): boolean {
  return !isLongerThan(code, codeLengthMax) && /^[^\s\p{Cc}]+( [^\s\p{Cc}]+)*$/u.test(code);
}

/** Whether a code is or was that of an entitlement. Replaced codes and entitlements must be among the needs. */
export function isTaken(state: State, code: string): boolean {
  return state.get(entitlements, code) !== undefined || state.get(replacedCodes, code) !== undefined;
}

/**
 * The reason for which no entitlement has this code: it was replaced, or it is unknown. Whoever names another product
 * learns nothing of it.
 */
export function missing(
  state: State,
  { code, productId }: { readonly code: string; readonly productId?: number },
): "code_replaced" | "entitlement_not_found" {
  const replaced = state.get(replacedCodes, code);
  return replaced === undefined || (productId ?? replaced.productId) !== replaced.productId
    ? "entitlement_not_found"
    : "code_replaced";
}

/** An entitlement with its product. */
export interface ProductEntitlement {
  readonly product: Product;
  readonly entitlement: Entitlement;
}

/** The entitlement that a command is about. */
export interface EntitlementNamed extends ProductNamed {
  readonly code: string;
}

/**
 * The entitlement that a command names, or the reason why there is none. An entitlement of another product counts as
 * not found. The product, the entitlement and the replaced code must be among the needs.
 */
export function namedEntitlement(
  state: State,
  command: EntitlementNamed,
): ProductEntitlement | "product_not_found" | "code_replaced" | "entitlement_not_found" {
  const product = namedProduct(state, command);
  if (product === undefined) return "product_not_found";
  const entitlement = state.get(entitlements, command.code);
  return entitlement?.productId === product.id ? { product, entitlement } : missing(state, command);
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
