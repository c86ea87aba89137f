import { slotsMax } from "../binding.ts";
import { givenNumbers, isGivenNumber } from "../given-number.ts";
import { aboutProduct, type LogDetail, type Plain } from "../log-entry.ts";
import {
  accessKeys,
  namedProduct,
  newProduct,
  type OpenableProduct,
  type Product,
  type ProductKind,
  type ProductNamed,
  type ProductTerms,
  products,
  refuseStockTerms,
  refuseTerms,
  type StockTerms,
} from "../product.ts";
import { strongest } from "../refusal.ts";
import { put, remove } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface CreateProduct {
  readonly kind: ProductKind;
  readonly terms: ProductTerms;
  /** Present for a product that is sold from stock. */
  readonly stock?: StockTerms;
  /** How many devices may hold one entitlement at once; 0 when absent. */
  readonly slots?: number;
  /** The number of a product that comes from another server. When absent, a new number is used. */
  readonly id?: number;
}

/** Creates a product. */
export const createProduct = verb<CreateProduct, OpenableProduct>()({
  name: "create_product",
  permission: "manage_products",
  refusals: [
    "name_invalid",
    "number_invalid",
    "period_reversed",
    "code_invalid",
    "amount_invalid",
    "access_key_invalid",
    "slots_invalid",
    "product_id_taken",
  ],
  logs: ["product_created"],

  needs: ({ id }) => (id === undefined ? { fresh: [[products, 1]] } : { lock: [products.at(...givenNumbers(id))] }),

  decide(state, command, { nowMs, fresh }) {
    const { terms, stock = null } = command;
    const refusal = strongest([
      refuseTerms(terms),
      command.id !== undefined && !isGivenNumber(command.id) && "number_invalid",
      stock !== null && refuseStockTerms(stock),
    ]);
    if (refusal !== undefined) return refuse(refusal);
    const { slots = 0 } = command;
    if (!Number.isInteger(slots) || slots < 0 || slots > slotsMax) return refuse("slots_invalid");
    const id = command.id ?? fresh(products);
    if (command.id !== undefined && state.get(products, id) !== undefined) return refuse("product_id_taken");
    const { accessKeys: given, ...offer } = terms;
    const keys = [...new Set(given)];
    const product = newProduct({ ...offer, id, kind: command.kind, slots, stock, createdAtMs: nowMs });
    return accept(
      { product, accessKeys: keys },
      [put(products, product), put(accessKeys, { productId: id, keys })],
      [aboutProduct("product_created", id, nowMs)],
    );
  },
});

interface ChangeProduct extends ProductNamed {
  /** Absent terms keep their value. Access keys replace the whole list. */
  readonly terms: Partial<ProductTerms>;
}

/** Changes the terms of a product. A retired product counts as not found. Revoked entitlements stay revoked. */
export const changeProduct = verb<ChangeProduct, OpenableProduct>()({
  name: "change_product",
  permission: "manage_products",
  refusals: ["product_not_found", "name_invalid", "period_reversed", "access_key_invalid", "capacity_below_issued"],
  logs: ["product_changed"],

  needs: ({ productId }) => ({ lock: [products.at(productId)], read: [accessKeys.at(productId)] }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    const keysBefore = state.get(accessKeys, before.id)?.keys ?? [];
    const terms = { ...before, accessKeys: keysBefore, ...command.terms };
    const refusal = refuseTerms(terms);
    if (refusal !== undefined) return refuse(refusal);
    if (terms.capacity !== null && terms.capacity < before.issued) return refuse("capacity_below_issued");
    const { accessKeys: given, ...product } = terms;
    const keys = [...new Set(given)];
    return accept(
      { product, accessKeys: keys },
      [put(products, product), put(accessKeys, { productId: product.id, keys })],
      [{ ...aboutProduct("product_changed", product.id, nowMs), ...changes(before, keysBefore, product, keys) }],
    );
  },
});

/** The changed terms with their old and new values. Access keys are secret, so only their number is told. */
function changes(
  before: Product,
  keysBefore: readonly string[],
  after: Product,
  keysAfter: readonly string[],
): { readonly detail?: LogDetail } {
  const detail: Record<string, Plain> = {};
  for (const term of ["name", "description", "startsAtMs", "endsAtMs", "capacity"] as const) {
    if (before[term] !== after[term]) detail[term] = { from: before[term], to: after[term] };
  }
  const known = new Set(keysBefore);
  const isSame = known.size === keysAfter.length && keysAfter.every((key) => known.has(key));
  if (!isSame) detail.accessKeys = { from: known.size, to: keysAfter.length };
  return Object.keys(detail).length === 0 ? {} : { detail };
}

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
