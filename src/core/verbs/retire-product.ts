import { productAction } from "./create-product.ts";
import { accept, namedProduct, type Rule, refuse } from "./rule.ts";

/**
 * A product of which something was ever issued is kept and marked retired, so that its log can be read; any other is
 * deleted with its log. Refused with `product_not_found`, also when it was retired before.
 */
export const retireProduct: Rule<"retire_product"> = {
  needs: (command) => ({ products: [command.productId] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    if (!before.everIssued) {
      return accept<"retire_product">({ deleted: true }, [{ change: "delete_product", productId: before.id }], []);
    }
    const product = { ...before, retiredAtMs: nowMs };
    return accept<"retire_product">(
      { deleted: false },
      [{ change: "put_product", product }],
      [productAction("product_retired", product.id, nowMs)],
    );
  },
};
