import { bindingsOf, holdingOf, holdings } from "../binding.ts";
import { customerIdentity } from "../customer.ts";
import { deliveriesOf } from "../delivery.ts";
import { type Entitlement, entitlements, type ProductEntitlement } from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { type Effect, put, type State } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { ending } from "./deliveries.ts";

interface Revoke extends ProductNamed {
  readonly code: string;
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
  refusals: ["product_not_found", "entitlement_not_found"],
  logs: ["entitlement_revoked"],

  needs: ({ productId, code }) => ({
    lock: [products.at(productId), entitlements.at(code), deliveriesOf.at(code)],
    read: [holdingOf.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined) return refuse("product_not_found");
    const entitlement = state.get(entitlements, command.code);
    if (entitlement === undefined || entitlement.productId !== before.id) return refuse("entitlement_not_found");
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
  const effects = [put(products, product), put(entitlements, revoked), ...lettingGo(state, entitlement, nowMs)];
  return { ended: { product, entitlement: revoked }, effects };
}

/** Takes an entitlement from every device, and ends its deliveries. */
export function lettingGo(state: State, { id, code }: Entitlement, nowMs: number): readonly Effect[] {
  const isHeld = bindingsOf(state, code).length > 0;
  return [
    ...(isHeld ? [put(holdings, { entitlementId: id, bindings: [] })] : []),
    ...ending(state.find(deliveriesOf, code), nowMs),
  ];
}

/** The product after one of its entitlements left the stock or gave back an unused place. */
function withoutPlace(product: Product, { inStock, redemption }: Entitlement): Product {
  if (inStock) return { ...product, inStock: product.inStock - 1 };
  return redemption === null ? { ...product, issued: product.issued - 1 } : product;
}
