import { bindingsOf, holdingOf, holdings } from "../binding.ts";
import { withIssued } from "../category.ts";
import { customerIdentity } from "../customer.ts";
import { deliveriesOf } from "../delivery.ts";
import { type Entitlement, entitlements, type ProductEntitlement } from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { put } from "../state.ts";
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
    const revoked: Entitlement = { ...entitlement, inStock: false, revokedAtMs: nowMs };
    const product = withoutPlace(before, entitlement);
    const isHeld = bindingsOf(state, command.code).length > 0;
    return accept(
      { product, entitlement: revoked },
      [
        put(products, product),
        put(entitlements, revoked),
        ...(isHeld ? [put(holdings, { entitlementId: revoked.id, bindings: [] })] : []),
        ...ending(state.find(deliveriesOf, command.code), nowMs),
      ],
      [aboutEntitlement("entitlement_revoked", revoked, nowMs)],
    );
  },
});

/** The product after one of its entitlements left the stock or gave back an unused place. */
function withoutPlace(product: Product, { inStock, redemption, category }: Entitlement): Product {
  if (inStock) return { ...product, inStock: product.inStock - 1 };
  if (redemption !== null) return product;
  return { ...product, issued: product.issued - 1, categories: withIssued(product.categories, category, -1) };
}
