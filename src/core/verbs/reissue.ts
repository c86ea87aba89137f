import { cards } from "../card.ts";
import {
  type Entitlement,
  type EntitlementNamed,
  entitlements,
  isCode,
  isTaken,
  namedEntitlement,
  type ProductEntitlement,
  replacedCodes,
} from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { isNumberOf, type Product, products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { type Effect, type Needs, put, remove, type State } from "../state.ts";
import { accept, type Random, refuse, verb } from "../verb.ts";
import { type CodePattern, drawCode, isPattern, spareCodes } from "./issue.ts";

/** A chosen code, or the pattern of a random one. */
export type NewCode = string | CodePattern;

interface Reissue extends EntitlementNamed {
  readonly newCode: NewCode;
}

/**
 * Gives an entitlement a new code. The old one is refused for ever. Devices, uses and deliveries stay. A code that any
 * entitlement has or had is taken. `code_invalid`: it is no
 * code, or the product is sold from stock and its numbers have another form.
 */
export const reissue = verb<Reissue, ProductEntitlement>()({
  name: "reissue",
  permission: "reissue",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "code_invalid",
    "code_taken",
    "product_retired",
    "entitlement_revoked",
    "not_sold",
  ],
  logs: ["entitlement_reissued"],

  draw: ({ newCode }, random) => drawCodes(newCode, random),

  needs(command, drawn) {
    const { lock, read, closes } = needsOfNewCode(command, drawn);
    return { lock, read: [products.at(command.productId), ...read], closes };
  },

  decide(state, command, { nowMs, drawn }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const code = freeCode(state, product, command.newCode, drawn);
    const refusal = strongest([
      code.refusal,
      product.retiredAtMs !== null && "product_retired",
      entitlement.revokedAtMs !== null && "entitlement_revoked",
      entitlement.inStock && "not_sold",
    ]);
    if (refusal !== undefined) return refuse(refusal);
    const reissued: Entitlement = { ...entitlement, code: code.free };
    return accept({ product, entitlement: reissued }, replacing(state, entitlement.code, reissued, nowMs), [
      { ...aboutEntitlement("entitlement_reissued", reissued, nowMs), detail: { replaced: entitlement.code } },
    ]);
  },
});

/** The random codes for a new code; none for one that is chosen, or when the code stays. */
export function drawCodes(newCode: NewCode | undefined, random: Random): readonly string[] {
  if (newCode === undefined || !isPattern(newCode)) return [];
  return Array.from({ length: 1 + spareCodes }, () => drawCode(newCode, random));
}

/** The rows that an entitlement needs for a new code. */
export function needsOfNewCode({ code, newCode }: Reissue, drawn: readonly string[]): Required<Omit<Needs, "fresh">> {
  const codes = candidates(newCode, drawn);
  return {
    lock: [entitlements.at(code, ...codes), cards.at(code)],
    read: [replacedCodes.at(code, ...codes)],
    closes: [entitlements.at(...codes)],
  };
}

const candidates = (newCode: NewCode, drawn: readonly string[]) => (typeof newCode === "string" ? [newCode] : drawn);

/** The first code of these that no entitlement has or had, or the reason why there is none. */
export function freeCode(
  state: State,
  { stock }: Product,
  newCode: NewCode,
  drawn: readonly string[],
): { readonly free: string; readonly refusal: "code_invalid" | "code_taken" | undefined } {
  const codes = candidates(newCode, drawn);
  const free = codes.find((code) => !isTaken(state, code));
  const fits = (code: string) => (stock === null ? isCode(code) : isNumberOf(stock, code));
  return {
    free: free ?? "",
    refusal: strongest([!codes.every(fits) && "code_invalid", free === undefined && "code_taken"]),
  };
}

/** The effects that put an entitlement with a new code in the place of its old code. */
export function replacing(state: State, old: string, reissued: Entitlement, nowMs: number): readonly Effect[] {
  const { code, productId, id: entitlementId } = reissued;
  const card = state.get(cards, old);
  return [
    remove(entitlements, old),
    put(entitlements, reissued),
    put(replacedCodes, { code: old, productId, entitlementId, replacedAtMs: nowMs }),
    ...(card === undefined ? [] : [remove(cards, old), put(cards, { ...card, code })]),
  ];
}
