import { isAdmitted } from "./category.ts";
import { type Entitlement, type FixedRefusal, refuseTime, type ScanRefusal, type UseRefusal } from "./entitlement.ts";
import type { Product } from "./product.ts";
import { secondStart } from "./second.ts";
import { dayIn } from "./time-zone.ts";
import type { Usage, Use } from "./use.ts";

/** How far the clock of a scanner may run ahead. A scan within this time counts as made now. */
export const clockAheadMaxMs = 120_000;

/** The terms of a product on which a gate decides. */
export type AdmissionTerms = Pick<
  Product,
  "createdAtMs" | "retiredAtMs" | "startsAtMs" | "endsAtMs" | "uses" | "reentry" | "timeZone"
>;

/** The part of an entitlement on which a gate decides. */
export type Admissible = Pick<
  Entitlement,
  | "issuedAtMs"
  | "startsAtMs"
  | "expiresAtMs"
  | "usesMax"
  | "category"
  | "inStock"
  | "redemption"
  | "usage"
  | "suspendedAtMs"
  | "revokedAtMs"
>;

/** A code that is shown at a gate. */
export interface Scan extends Pick<Use, "atMs" | "reportedAtMs" | "direction" | "count"> {
  /** The keys of the categories that the gate admits; absent: it admits all, and entitlements without one. */
  readonly admits?: readonly string[] | undefined;
}

/**
 * The reason for which a gate turns a scan away, the first in precedence; `undefined` when it honours the scan. It
 * needs no database. A scan that is made now has no reported time, and comes after all uses that are known.
 */
export function refuseScan(
  terms: AdmissionTerms,
  entitlement: Admissible,
  scan: Scan,
  nowMs: number,
): ScanRefusal | undefined {
  return (
    refuseState(terms, entitlement, scan, nowMs) ??
    refuseUse(terms, entitlement, usageOf(terms, entitlement), scan) ??
    refuseSaleOrTime(terms, entitlement, scan)
  );
}

/** The same, whatever was used before. Such a reason is not changed by a use that becomes known later. */
export function refuseApartFromUses(
  terms: AdmissionTerms,
  entitlement: Admissible,
  scan: Scan,
  nowMs: number,
): FixedRefusal | undefined {
  return refuseState(terms, entitlement, scan, nowMs) ?? refuseSaleOrTime(terms, entitlement, scan);
}

function refuseState(terms: AdmissionTerms, entitlement: Admissible, { reportedAtMs, admits }: Scan, nowMs: number) {
  const { category } = entitlement;
  if (reportedAtMs !== null && !isPossible(terms, entitlement, reportedAtMs, nowMs)) return "occurred_at_impossible";
  if (terms.retiredAtMs !== null) return "product_retired";
  if (entitlement.revokedAtMs !== null) return "entitlement_revoked";
  if (entitlement.suspendedAtMs !== null) return "entitlement_suspended";
  if (!isAdmitted(category, admits)) return "category_elsewhere";
  return undefined;
}

/** A code cannot be scanned before it was made, nor later than now. */
function isPossible(terms: AdmissionTerms, entitlement: Admissible, occurredAtMs: number, nowMs: number): boolean {
  const madeAtMs = Math.max(terms.createdAtMs, entitlement.issuedAtMs);
  return occurredAtMs >= secondStart(madeAtMs) && occurredAtMs <= nowMs + clockAheadMaxMs;
}

function refuseSaleOrTime(terms: AdmissionTerms, entitlement: Admissible, { atMs }: Scan) {
  return entitlement.inStock ? "not_sold" : refuseTime(terms, entitlement, atMs);
}

/** The reason for which a scan is refused after this usage; `undefined` when the uses allow it. */
export function refuseUse(
  terms: AdmissionTerms,
  entitlement: Pick<Entitlement, "usesMax">,
  usage: Usage,
  { direction, count, atMs }: Pick<Scan, "direction" | "count" | "atMs">,
): UseRefusal | undefined {
  const asksForExits = terms.reentry === "after_exit";
  if (direction === "exit") return asksForExits && !usage.inside ? "not_inside" : undefined;
  const left = leftAfter(terms, entitlement, usage, atMs);
  if (left !== null && left < count) return refuseLeft(terms, entitlement, left);
  return asksForExits && usage.inside ? "already_inside" : undefined;
}

function refuseLeft({ uses }: AdmissionTerms, { usesMax }: Pick<Entitlement, "usesMax">, left: number): UseRefusal {
  if (left > 0) return "uses_short";
  if (uses.per === "day") return "already_redeemed_today";
  return (usesMax ?? uses.max) === 1 ? "already_redeemed" : "uses_short";
}

/** How many uses an entitlement has left at this moment, on this day if they are counted by day; `null` is no limit. */
export function usesLeft(
  terms: AdmissionTerms,
  entitlement: Pick<Entitlement, "usesMax" | "usage" | "redemption">,
  atMs: number,
): number | null {
  return leftAfter(terms, entitlement, usageOf(terms, entitlement), atMs);
}

function leftAfter(
  terms: AdmissionTerms,
  { usesMax }: Pick<Entitlement, "usesMax">,
  usage: Usage,
  atMs: number,
): number | null {
  const max = usesMax ?? terms.uses.max;
  if (max === null) return null;
  const spent = terms.uses.per === "day" ? spentOnDayOf(terms, usage, atMs) : usage.spent;
  return Math.max(0, max - spent);
}

function spentOnDayOf(terms: AdmissionTerms, { lastEntryAtMs, spentOnDay }: Usage, atMs: number): number {
  return lastEntryAtMs !== null && isSameDay(terms, lastEntryAtMs, atMs) ? spentOnDay : 0;
}

/** Whether two moments lie on one calendar day of the product's time zone. */
export function isSameDay({ timeZone }: Pick<AdmissionTerms, "timeZone">, oneMs: number, otherMs: number): boolean {
  return dayIn(timeZone, oneMs) === dayIn(timeZone, otherMs);
}

/**
 * Whether an entry would be refused because of its uses on any day: none is left, or its holder is inside. It needs no
 * clock, so it stays true until the log has another entry about the entitlement.
 */
export function isSpent(
  { uses, reentry }: Pick<AdmissionTerms, "uses" | "reentry">,
  { usesMax, usage, redemption }: Pick<Entitlement, "usesMax" | "usage" | "redemption">,
): boolean {
  if (reentry === "after_exit" && usage?.inside === true) return true;
  const max = usesMax ?? uses.max;
  const spent = usage?.spent ?? (redemption === null ? 0 : 1);
  return uses.per === "entitlement" && max !== null && spent >= max;
}

/** Whether its one use lies in the entitlement itself, as its redemption. */
export function isHonouredOnce(
  { uses, reentry }: Pick<AdmissionTerms, "uses" | "reentry">,
  { usesMax, usage }: Pick<Entitlement, "usesMax" | "usage">,
): boolean {
  return usage === null && usesMax === null && uses.max === 1 && uses.per === "entitlement" && reentry === "none";
}

const unused: Usage = {
  recorded: 0,
  spent: 0,
  spentOnDay: 0,
  lastEntryAtMs: null,
  lastAtMs: null,
  inside: false,
};

/** The usage of an entitlement, also of one whose one use is its redemption. */
export function usageOf(
  terms: AdmissionTerms,
  { usage, redemption }: Pick<Entitlement, "usage" | "redemption">,
): Usage {
  if (usage !== null) return usage;
  if (redemption === null) return unused;
  return afterUse(terms, { ...unused, recorded: 1 }, { ...redemption, direction: "entry", count: 1 });
}

/** The usage after a use that counts and is later than those before. */
export function afterUse(
  terms: AdmissionTerms,
  usage: Usage,
  { atMs, direction, count }: Pick<Use, "atMs" | "direction" | "count">,
): Usage {
  const lastAtMs = Math.max(usage.lastAtMs ?? atMs, atMs);
  if (direction === "exit") return { ...usage, lastAtMs, inside: false };
  return {
    ...usage,
    spent: usage.spent + count,
    spentOnDay: spentOnDayOf(terms, usage, atMs) + count,
    lastEntryAtMs: atMs,
    lastAtMs,
    inside: terms.reentry === "after_exit",
  };
}
