import { type Product, type ProductTerms, refuseTerms } from "../product.ts";
import { productAction } from "./create-product.ts";
import { accept, namedProduct, type Rule, refuse } from "./rule.ts";

/**
 * Refused with `product_not_found` (a retired product counts as gone), `name_invalid`, `period_reversed`,
 * `access_key_invalid` or `capacity_below_issued`. What was revoked stays revoked, whatever changes.
 */
export const changeProduct: Rule<"change_product"> = {
  needs: (command) => ({ products: [command.productId], accessKeysOf: [command.productId] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    const terms: ProductTerms = {
      name: before.name,
      description: before.description,
      startsAtMs: before.startsAtMs,
      endsAtMs: before.endsAtMs,
      capacity: before.capacity,
      accessKeys: state.accessKeys(before.id),
      ...command.terms,
    };
    const refusal = refuseTerms(terms);
    if (refusal !== undefined) return refuse(refusal);
    if (terms.capacity !== null && terms.capacity < before.issued) return refuse("capacity_below_issued");
    const { accessKeys: keys, ...rest } = terms;
    const product: Product = { ...before, ...rest };
    const accessKeys = [...new Set(keys)];
    return accept<"change_product">(
      { product, accessKeys },
      [
        { change: "put_product", product },
        { change: "put_access_keys", productId: product.id, keys: accessKeys },
      ],
      [productAction("product_changed", product.id, nowMs)],
    );
  },
};
