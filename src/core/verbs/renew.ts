import {
  type Entitlement,
  type EntitlementNamed,
  entitlements,
  isExpired,
  namedEntitlement,
  type ProductEntitlement,
  replacedCodes,
} from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { isPeriod, lastMomentMs, type Period, renewedEnd } from "../period.ts";
import { products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface Renew extends EntitlementNamed {
  readonly period: Period;
}

/**
 * Gives an entitlement more time, by the calendar of its product's time zone: from its end on, or from today on when it
 * is over. A suspended one can be renewed. `expiry_missing`: it has no end of its own.
 */
export const renew = verb<Renew, ProductEntitlement>()({
  name: "renew",
  permission: "manage_entitlements",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "duration_invalid",
    "product_retired",
    "product_closed",
    "entitlement_revoked",
    "expiry_missing",
  ],
  logs: ["entitlement_renewed"],

  needs: ({ productId, code }) => ({
    lock: [entitlements.at(code)],
    read: [products.at(productId), replacedCodes.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const { expiresAtMs: from } = entitlement;
    const refusal = strongest([
      !isPeriod(command.period) && "duration_invalid",
      product.retiredAtMs !== null && "product_retired",
      product.closed?.renewable === false && "product_closed",
      entitlement.revokedAtMs !== null && "entitlement_revoked",
    ]);
    if (refusal !== undefined) return refuse(refusal);
    if (from === null) return refuse("expiry_missing");
    const end = { atMs: from, isOver: isExpired(entitlement, nowMs) };
    const to = renewedEnd(product.timeZone, end, command.period, nowMs);
    if (to > lastMomentMs) return refuse("duration_invalid");
    const renewed: Entitlement = { ...entitlement, expiresAtMs: to };
    return accept(
      { product, entitlement: renewed },
      [put(entitlements, renewed)],
      [{ ...aboutEntitlement("entitlement_renewed", renewed, nowMs), detail: { expiresAtMs: { from, to } } }],
    );
  },
});
