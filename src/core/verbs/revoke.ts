import { customerIdentity } from "../customer.ts";
import type { Entitlement } from "../entitlement.ts";
import type { Product } from "../product.ts";
import { ending } from "./deliveries.ts";
import { accept, namedProduct, type Rule, refuse } from "./rule.ts";

/**
 * Ends an entitlement for good, takes it from every device that holds it and ends what was delivered of it. Its place
 * is free again, unless it was redeemed: then its holder was let in, and keeps the place. Doing it again is a success
 * that changes nothing. Refused with `product_not_found` or `entitlement_not_found`.
 */
export const revoke: Rule<"revoke"> = {
  needs: ({ productId, code }) => ({
    products: [productId],
    codes: [code],
    bindingsOf: [code],
    deliveriesOf: [code],
  }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined) return refuse("product_not_found");
    const entitlement = state.entitlement(command.code);
    if (entitlement === undefined || entitlement.productId !== before.id) return refuse("entitlement_not_found");
    const { holder } = command;
    if (holder !== undefined && customerIdentity(entitlement.customer?.name ?? "") !== customerIdentity(holder)) {
      return refuse("entitlement_not_found");
    }
    if (entitlement.revokedAtMs !== null) return accept<"revoke">({ product: before, entitlement }, [], []);
    const revoked: Entitlement = { ...entitlement, inStock: false, revokedAtMs: nowMs };
    const product = withoutPlace(before, entitlement);
    return accept<"revoke">(
      { product, entitlement: revoked },
      [
        { change: "put_product", product },
        { change: "put_entitlement", entitlement: revoked },
        { change: "put_bindings", entitlementId: revoked.id, bindings: [] },
        ...ending(state.deliveries(revoked.id), nowMs),
      ],
      [
        {
          kind: "entitlement_revoked",
          productId: product.id,
          entitlementId: revoked.id,
          code: revoked.code,
          occurredAtMs: nowMs,
          refusal: null,
        },
      ],
    );
  },
};

/** The product after one of its entitlements has left the stock, or the place that nobody has used. */
function withoutPlace(product: Product, { inStock, redemption }: Entitlement): Product {
  if (inStock) return { ...product, inStock: product.inStock - 1 };
  return redemption === null ? { ...product, issued: product.issued - 1 } : product;
}
