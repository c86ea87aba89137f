import { slotsMax } from "../binding.ts";
import { aboutProduct } from "../log-entry.ts";
import {
  accessKeys,
  type OpenableProduct,
  type Product,
  type ProductKind,
  type ProductTerms,
  products,
  refuseStockTerms,
  refuseTerms,
  type StockTerms,
} from "../product.ts";
import { strongest } from "../refusal.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface CreateProduct {
  readonly kind: ProductKind;
  readonly terms: ProductTerms;
  /** For a product that is sold from stock. */
  readonly stock?: StockTerms;
  /** How many devices may hold one entitlement of it; none when absent. */
  readonly slots?: number;
  /** A number of the caller's choice, for a product that is moved over from another server; drawn when absent. */
  readonly id?: number;
}

/** Creates a product. */
export const createProduct = verb<CreateProduct, OpenableProduct>()({
  name: "create_product",
  permission: "manage_products",
  refusals: [
    "name_invalid",
    "period_reversed",
    "code_invalid",
    "amount_invalid",
    "access_key_invalid",
    "slots_invalid",
    "product_id_taken",
  ],
  logs: ["product_created"],

  needs: ({ id }) => (id === undefined ? { fresh: [[products, 1]] } : { lock: [products.at(id)] }),

  decide(state, command, { nowMs, fresh }) {
    const { terms, stock = null } = command;
    const reasons = [refuseTerms(terms), stock === null ? undefined : refuseStockTerms(stock)];
    const refusal = strongest(reasons.filter((one) => one !== undefined));
    if (refusal !== undefined) return refuse(refusal);
    const { slots = 0 } = command;
    if (!Number.isInteger(slots) || slots < 0 || slots > slotsMax) return refuse("slots_invalid");
    const id = command.id ?? fresh(products);
    if (command.id !== undefined && state.get(products, id) !== undefined) return refuse("product_id_taken");
    const { accessKeys: given, ...offer } = terms;
    const keys = [...new Set(given)];
    const product: Product = {
      ...offer,
      id,
      kind: command.kind,
      slots,
      issued: 0,
      everIssued: false,
      stock,
      inStock: 0,
      createdAtMs: nowMs,
      retiredAtMs: null,
    };
    return accept(
      { product, accessKeys: keys },
      [put(products, product), put(accessKeys, { productId: id, keys })],
      [aboutProduct("product_created", id, nowMs)],
    );
  },
});
