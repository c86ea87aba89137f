import { aboutProduct } from "../log-entry.ts";
import { namedProduct, type ProductNamed, products } from "../product.ts";
import { put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface Retired {
  /** Nothing was ever issued, so the product and its log are gone. Otherwise the product stays, retired. */
  readonly deleted: boolean;
}

/**
 * Retires a product. A product of which something was ever issued is kept, so that its log can be read; any other
 * product is deleted with its log. A product that was retired before counts as gone.
 */
export const retireProduct = verb<ProductNamed, Retired>()({
  name: "retire_product",
  permission: "manage_products",
  refusals: ["product_not_found"],
  logs: ["product_retired"],

  needs: ({ productId }) => ({ lock: [products.at(productId)] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    if (!before.everIssued) return accept({ deleted: true }, [remove(products, before.id)]);
    const product = { ...before, retiredAtMs: nowMs };
    return accept({ deleted: false }, [put(products, product)], [aboutProduct("product_retired", product.id, nowMs)]);
  },
});
