import { refuseScan, usesLeft } from "../core/admission.ts";
import type { Entitlement } from "../core/entitlement.ts";
import type { Product } from "../core/product.ts";
import type { KnownUse } from "../queries/uses.ts";
import type { Listed } from "./listing.ts";
import { shown } from "./moment.ts";
import { metadataText } from "./product.ts";

/** An entitlement as a line of a list. Its status is the answer that a gate would give now. */
export function rowOf(product: Product, entitlement: Entitlement, nowMs: number): Listed {
  const { code, category, customer, reference, issuedAtMs } = entitlement;
  return {
    code,
    product: product.id,
    status: statusOf(product, entitlement, nowMs),
    category,
    holder: customer?.name ?? null,
    usesLeft: leftText(product, entitlement, nowMs),
    reference,
    issued: shown(product.timeZone, issuedAtMs),
  };
}

/** All that there is to say of an entitlement besides its uses and former codes. */
export function factsOf(product: Product, entitlement: Entitlement, nowMs: number) {
  const { usage, attention, startsAtMs, expiresAtMs, metadata } = entitlement;
  return {
    ...rowOf(product, entitlement, nowMs),
    product: product.id,
    name: product.name,
    starts: shown(product.timeZone, startsAtMs),
    ends: shown(product.timeZone, expiresAtMs),
    ...(product.reentry === "none" ? {} : { inside: usage?.inside === true }),
    attention,
    metadata: metadataText(metadata),
  };
}

function statusOf(product: Product, entitlement: Entitlement, nowMs: number): string {
  const scan = { atMs: nowMs, reportedAtMs: null, direction: "entry", count: 1 } as const;
  return (refuseScan(product, entitlement, scan, nowMs) ?? "valid").replaceAll("_", " ");
}

/** How many uses are left, on this day if they are counted by day. */
function leftText(product: Product, entitlement: Entitlement, nowMs: number): string {
  const left = usesLeft(product, entitlement, nowMs);
  if (left === null) return "unlimited";
  const max = entitlement.usesMax ?? product.uses.max;
  return `${left} of ${max}${product.uses.per === "day" ? " today" : ""}`;
}

/** A use as a line of a list. */
export function useRow({ timeZone }: Product, use: KnownUse, gates: ReadonlyMap<number, string>): Listed {
  const { number, atMs, direction, count, refusal, undoneAtMs, gateId, reportedAtMs } = use;
  return {
    use: number,
    time: shown(timeZone, atMs),
    direction,
    count,
    counts: undoneAtMs === null ? (refusal === null ? "yes" : `no: ${refusal.replaceAll("_", " ")}`) : "undone",
    gate: gateId === null ? null : (gates.get(gateId) ?? String(gateId)),
    offline: reportedAtMs !== null,
  };
}
