import { aboutProduct } from "../log-entry.ts";
import { namedProduct, type Product, type ProductNamed, products } from "../product.ts";
import { put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface CloseProduct extends ProductNamed {
  /** Whether what was sold can be renewed. When absent it can. */
  readonly renewable?: boolean;
}

/**
 * Closes a product for sale: nothing more of it is issued, sold or held, but for what holds keep already. What was sold
 * is honoured, delivered and transferred on. Stock can be made meanwhile. The same again changes nothing. A retired
 * product counts as not found.
 */
export const closeProduct = verb<CloseProduct, { readonly product: Product }>()({
  name: "close_product",
  permission: "manage_products",
  refusals: ["product_not_found"],
  logs: ["product_closed"],

  needs: ({ productId }) => ({ lock: [products.at(productId)] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    const { renewable = true } = command;
    if (before.closed?.renewable === renewable) return accept({ product: before });
    const product: Product = { ...before, closed: { atMs: before.closed?.atMs ?? nowMs, renewable } };
    return accept(
      { product },
      [put(products, product)],
      [{ ...aboutProduct("product_closed", product.id, nowMs), detail: { renewable } }],
    );
  },
});

/** Opens a product for sale again. An open product stays as it is; a retired one counts as not found. */
export const reopenProduct = verb<ProductNamed, { readonly product: Product }>()({
  name: "reopen_product",
  permission: "manage_products",
  refusals: ["product_not_found"],
  logs: ["product_reopened"],

  needs: ({ productId }) => ({ lock: [products.at(productId)] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    if (before.closed === null) return accept({ product: before });
    const product: Product = { ...before, closed: null };
    return accept({ product }, [put(products, product)], [aboutProduct("product_reopened", product.id, nowMs)]);
  },
});

/**
 * Retires a product. A product that ever issued an entitlement stays, so that its log can be read. Any other product is
 * deleted with its log. A product that was retired before counts as not found.
 */
export const retireProduct = verb<ProductNamed, { readonly deleted: boolean }>()({
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

/** Takes back that a product was retired; it is as it was before, and closed for sale if it was. */
export const restoreProduct = verb<ProductNamed, { readonly product: Product }>()({
  name: "restore_product",
  permission: "manage_products",
  refusals: ["product_not_found"],
  logs: ["product_restored"],

  needs: ({ productId }) => ({ lock: [products.at(productId)] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined) return refuse("product_not_found");
    if (before.retiredAtMs === null) return accept({ product: before });
    const product: Product = { ...before, retiredAtMs: null };
    return accept({ product }, [put(products, product)], [aboutProduct("product_restored", product.id, nowMs)]);
  },
});
