import { aboutProduct, type LogDetail, type Plain } from "../log-entry.ts";
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

/** The terms that changed, with the old and the new value; of access keys, which are secret, only how many there are. */
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
