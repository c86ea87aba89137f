import { slotsMax } from "../binding.ts";
import { type Product, refuseStockTerms, refuseTerms } from "../product.ts";
import { strongest } from "../refusal.ts";
import { accept, type Rule, refuse, take } from "./rule.ts";

/**
 * Refused with `name_invalid`, `period_reversed`, `code_invalid`, `amount_invalid`, `access_key_invalid`,
 * `slots_invalid` or `product_id_taken`.
 */
export const createProduct: Rule<"create_product"> = {
  needs: (command) => (command.id === undefined ? { fresh: { products: 1 } } : { products: [command.id] }),

  decide(state, command, { nowMs, fresh }) {
    const { terms, stock = null } = command;
    const refusals = [refuseTerms(terms), stock === null ? undefined : refuseStockTerms(stock)];
    const refusal = strongest(refusals.filter((one) => one !== undefined));
    if (refusal !== undefined) return refuse(refusal);
    const { slots = 0 } = command;
    if (!Number.isInteger(slots) || slots < 0 || slots > slotsMax) return refuse("slots_invalid");
    const id = command.id ?? take(fresh.products);
    if (state.product(id) !== undefined) return refuse("product_id_taken");
    const accessKeys = [...new Set(terms.accessKeys)];
    const product: Product = {
      id,
      kind: command.kind,
      name: terms.name,
      description: terms.description,
      startsAtMs: terms.startsAtMs,
      endsAtMs: terms.endsAtMs,
      capacity: terms.capacity,
      slots,
      issued: 0,
      everIssued: false,
      stock,
      inStock: 0,
      createdAtMs: nowMs,
      retiredAtMs: null,
    };
    return accept<"create_product">(
      { product, accessKeys },
      [
        { change: "put_product", product },
        { change: "put_access_keys", productId: id, keys: accessKeys },
      ],
      [productAction("product_created", id, nowMs)],
    );
  },
};

/** A line of the log about a product as a whole. */
export function productAction(
  kind: "product_created" | "product_changed" | "product_retired",
  productId: number,
  occurredAtMs: number,
) {
  return { kind, productId, entitlementId: null, code: null, occurredAtMs, refusal: null };
}
