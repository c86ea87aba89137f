import { deliveriesOf } from "../delivery.ts";
import {
  type Entitlement,
  type EntitlementNamed,
  entitlements,
  namedEntitlement,
  type ProductEntitlement,
  replacedCodes,
} from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { products } from "../product.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { ending } from "./deliveries.ts";

/**
 * Suspends an entitlement until somebody reinstates it, and ends its deliveries. It keeps its place and its devices.
 * Suspending it again succeeds and changes nothing.
 */
export const suspend = verb<EntitlementNamed, ProductEntitlement>()({
  name: "suspend",
  permission: "suspend",
  refusals: ["product_not_found", "entitlement_not_found", "code_replaced", "entitlement_revoked"],
  logs: ["entitlement_suspended"],

  needs: ({ productId, code }) => ({
    lock: [entitlements.at(code), deliveriesOf.at(code)],
    read: [products.at(productId), replacedCodes.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    if (entitlement.revokedAtMs !== null) return refuse("entitlement_revoked");
    if (entitlement.suspendedAtMs !== null) return accept(found);
    const suspended: Entitlement = { ...entitlement, suspendedAtMs: nowMs };
    return accept(
      { product, entitlement: suspended },
      [put(entitlements, suspended), ...ending(state.find(deliveriesOf, command.code), nowMs)],
      [aboutEntitlement("entitlement_suspended", suspended, nowMs)],
    );
  },
});

/** Ends the suspension of an entitlement. If it is not suspended, the command succeeds and changes nothing. */
export const reinstate = verb<EntitlementNamed, ProductEntitlement>()({
  name: "reinstate",
  permission: "suspend",
  refusals: ["product_not_found", "entitlement_not_found", "code_replaced", "entitlement_revoked"],
  logs: ["entitlement_reinstated"],

  needs: ({ productId, code }) => ({
    lock: [entitlements.at(code)],
    read: [products.at(productId), replacedCodes.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    if (entitlement.revokedAtMs !== null) return refuse("entitlement_revoked");
    if (entitlement.suspendedAtMs === null) return accept(found);
    const reinstated: Entitlement = { ...entitlement, suspendedAtMs: null };
    return accept(
      { product, entitlement: reinstated },
      [put(entitlements, reinstated)],
      [aboutEntitlement("entitlement_reinstated", reinstated, nowMs)],
    );
  },
});
