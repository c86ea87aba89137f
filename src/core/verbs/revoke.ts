import { holdingOf, holdings } from "../binding.ts";
import { withIssued } from "../category.ts";
import { customerIdentity } from "../customer.ts";
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
import { type Product, products } from "../product.ts";
import { type Effect, put, type State } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { ending } from "./deliveries.ts";

interface Revoke extends EntitlementNamed {
  /** When present, an entitlement of another customer counts as not found. */
  readonly holder?: string;
}

/**
 * Ends an entitlement for good, takes it from every device and ends its deliveries. Its place is free again, unless it
 * was redeemed: then its holder was let in and keeps the place. Revoking it again succeeds and changes nothing.
 */
export const revoke = verb<Revoke, ProductEntitlement>()({
  name: "revoke",
  permission: "manage_entitlements",
  refusals: ["product_not_found", "entitlement_not_found", "code_replaced"],
  logs: ["entitlement_revoked"],

  needs: ({ productId, code }) => ({
    lock: [products.at(productId), entitlements.at(code), deliveriesOf.at(code)],
    read: [holdingOf.at(code), replacedCodes.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product: before, entitlement } = found;
    const { holder } = command;
    if (holder !== undefined && customerIdentity(entitlement.customer?.name ?? "") !== customerIdentity(holder)) {
      return refuse("entitlement_not_found");
    }
    if (entitlement.revokedAtMs !== null) return accept({ product: before, entitlement });
    const { ended, effects } = revoking(state, before, entitlement, nowMs);
    return accept(ended, effects, [aboutEntitlement("entitlement_revoked", ended.entitlement, nowMs)]);
  },
});

/** Ends an entitlement that was not revoked. The command must name the rows that `revoke` does. */
export function revoking(
  state: State,
  before: Product,
  entitlement: Entitlement,
  nowMs: number,
): { readonly ended: ProductEntitlement; readonly effects: readonly Effect[] } {
  const revoked: Entitlement = { ...entitlement, inStock: false, revokedAtMs: nowMs };
  const product = withoutPlace(before, entitlement);
  const effects = [put(products, product), put(entitlements, revoked), ...takingBack(state, entitlement.code, nowMs)];
  return { ended: { product, entitlement: revoked }, effects };
}

/** The effects that take an entitlement from every device and end its deliveries. */
export function takingBack(state: State, code: string, nowMs: number): readonly Effect[] {
  const held = state.find(holdingOf, code).filter(({ bindings }) => bindings.length > 0);
  return [
    ...held.map(({ entitlementId }) => put(holdings, { entitlementId, bindings: [] })),
    ...ending(state.find(deliveriesOf, code), nowMs),
  ];
}

/** The product after one of its entitlements left the stock or gave back an unused place. */
function withoutPlace(product: Product, { inStock, redemption, category }: Entitlement): Product {
  if (inStock) return { ...product, inStock: product.inStock - 1 };
  if (redemption !== null) return product;
  return { ...product, issued: product.issued - 1, categories: withIssued(product.categories, category, -1) };
}
