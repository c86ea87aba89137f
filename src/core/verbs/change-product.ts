import { aboutProduct } from "../action.ts";
import {
  accessKeys,
  namedProduct,
  type OpenableProduct,
  type Product,
  type ProductNamed,
  type ProductTerms,
  products,
  refuseTerms,
} from "../product.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface ChangeProduct extends ProductNamed {
  /** Terms that are absent keep their value; access keys, when present, replace the whole list. */
  readonly terms: Partial<ProductTerms>;
}

/** Changes the terms of a product. A retired product counts as gone. Revoked entitlements stay revoked. */
export const changeProduct = verb<ChangeProduct, OpenableProduct>()({
  name: "change_product",
  permission: "manage_products",
  refusals: ["product_not_found", "name_invalid", "period_reversed", "access_key_invalid", "capacity_below_issued"],
  logs: ["product_changed"],

  needs: ({ productId }) => ({ lock: [products.at(productId)], read: [accessKeys.at(productId)] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    const terms: ProductTerms = {
      name: before.name,
      description: before.description,
      startsAtMs: before.startsAtMs,
      endsAtMs: before.endsAtMs,
      capacity: before.capacity,
      accessKeys: state.get(accessKeys, before.id)?.keys ?? [],
      ...command.terms,
    };
    const refusal = refuseTerms(terms);
    if (refusal !== undefined) return refuse(refusal);
    if (terms.capacity !== null && terms.capacity < before.issued) return refuse("capacity_below_issued");
    const { accessKeys: given, ...rest } = terms;
    const product: Product = { ...before, ...rest };
    const keys = [...new Set(given)];
    return accept(
      { product, accessKeys: keys },
      [put(products, product), put(accessKeys, { productId: product.id, keys })],
      [aboutProduct("product_changed", product.id, nowMs)],
    );
  },
});
