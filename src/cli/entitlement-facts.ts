import { refuseScan, usesLeft } from "../core/admission.ts";
import type { Entitlement, ProductEntitlement, ScanRefusal } from "../core/entitlement.ts";
import type { Product } from "../core/product.ts";
import type { KnownUse } from "../queries/uses.ts";
import { type Listed, type ListingOptions, printList, printOne } from "./listing.ts";
import { shown } from "./moment.ts";
import { metadataText } from "./product.ts";
import { unlimited, usesText } from "./product-terms.ts";
import type { Tools } from "./tools.ts";

/** An entitlement as a line of a list. */
export function rowOf(product: Product, entitlement: Entitlement, nowMs: number): Listed {
  const { code, category, customer, reference, issuedAtMs } = entitlement;
  return {
    code,
    product: product.id,
    status: statusOf(product, entitlement, nowMs),
    category,
    holder: customer?.name ?? null,
    usesLeft: usesLeft(product, entitlement, nowMs) ?? unlimited,
    reference,
    issued: shown(product.timeZone, issuedAtMs),
  };
}

/** All that there is to say of an entitlement in one line each. */
function factsOf(product: Product, entitlement: Entitlement, nowMs: number): Listed {
  const { usesMax, usage, attention, startsAtMs, expiresAtMs } = entitlement;
  const facts = rowOf(product, entitlement, nowMs);
  return {
    code: entitlement.code,
    product: product.id,
    name: product.name,
    ...facts,
    uses: usesText({ ...product.uses, max: usesMax ?? product.uses.max }),
    ...(product.reentry === "none" ? {} : { inside: usage?.inside === true }),
    starts: shown(product.timeZone, startsAtMs),
    ends: shown(product.timeZone, expiresAtMs),
    attention,
  };
}

/** The answer that a gate would give now, in a word or two. */
function statusOf(product: Product, entitlement: Entitlement, nowMs: number): string {
  const scan = { atMs: nowMs, reportedAtMs: null, direction: "entry", count: 1 } as const;
  const refusal = refuseScan(product, entitlement, scan, nowMs);
  return refusal === undefined ? "valid" : statuses[refusal];
}

const statuses: Readonly<Record<ScanRefusal, string>> = {
  occurred_at_impossible: "not yet valid",
  product_retired: "retired",
  entitlement_revoked: "revoked",
  entitlement_suspended: "suspended",
  category_elsewhere: "valid",
  already_redeemed: "used",
  already_redeemed_today: "used today",
  uses_short: "used up",
  already_inside: "inside",
  not_inside: "valid",
  not_sold: "in stock",
  not_yet_valid: "not yet valid",
  no_longer_valid: "over",
};

/** Prints an entitlement as it is now, and after it its uses if they are given. */
export async function printEntitlement(
  tools: Tools,
  options: ListingOptions,
  { product, entitlement }: ProductEntitlement,
  more: { readonly formerCodes?: readonly string[]; readonly uses?: readonly Listed[] } = {},
): Promise<void> {
  const facts = factsOf(product, entitlement, Date.now());
  const { metadata } = entitlement;
  if (options.json) {
    tools.print(JSON.stringify({ ...facts, metadata, ...more }));
    return;
  }
  const { formerCodes, uses } = more;
  const former = formerCodes === undefined ? {} : { formerCodes: formerCodes.join(" ") };
  printOne(tools, options, { ...facts, metadata: metadataText(metadata), ...former });
  if (uses === undefined) return;
  tools.print("");
  await printList(tools, options, [uses], "It was not used yet.");
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
