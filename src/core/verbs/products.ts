import { slotsMax } from "../binding.ts";
import { type Category, type CategoryTerms, categoryIn } from "../category.ts";
import { givenNumbers, isGivenNumber } from "../given-number.ts";
import { type HeldPlaces, holdsOf, isLive, roomOf, roomOfCategory } from "../hold.ts";
import { aboutProduct } from "../log-entry.ts";
import { keptMetadata } from "../metadata.ts";
import { isOwner, namedOwner } from "../operator.ts";
import {
  accessKeys,
  type KeyLimit,
  namedProduct,
  newProduct,
  type OpenableProduct,
  type Product,
  type ProductAccessKeys,
  type ProductKind,
  type ProductNamed,
  type ProductTerms,
  products,
  refuseStockTerms,
  refuseTerms,
  type StockTerms,
  termRefusals,
} from "../product.ts";
import { changesOf } from "../product-changes.ts";
import { strongest } from "../refusal.ts";
import { put } from "../state.ts";
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

/** Creates a product. `operator_not_found`: its stock is to belong to nobody that there is. */
export const createProduct = verb<CreateProduct, OpenableProduct>()({
  name: "create_product",
  permission: "manage_products",
  refusals: [
    "operator_not_found",
    ...termRefusals,
    "number_invalid",
    "code_invalid",
    "amount_invalid",
    "slots_invalid",
    "product_id_taken",
  ],
  logs: ["product_created"],

  needs: ({ id, stock }) => ({
    read: [namedOwner(stock?.ownerId ?? null)],
    ...(id === undefined ? { fresh: [[products, 1]] } : { lock: [products.at(...givenNumbers(id))] }),
  }),

  decide(state, command, { nowMs, fresh }) {
    const { terms, stock = null } = command;
    const refusal = strongest([
      !isOwner(state, stock?.ownerId ?? null) && "operator_not_found",
      refuseTerms(terms),
      command.id !== undefined && !isGivenNumber(command.id) && "number_invalid",
      stock !== null && refuseStockTerms(stock),
    ]);
    if (refusal !== undefined) return refuse(refusal);
    const { slots = 0 } = command;
    if (!Number.isInteger(slots) || slots < 0 || slots > slotsMax) return refuse("slots_invalid");
    const id = command.id ?? fresh(products);
    if (command.id !== undefined && state.get(products, id) !== undefined) return refuse("product_id_taken");
    const { accessKeys: given, categories: offered = [], metadata = null, ...offer } = terms;
    const keys = [...new Set(given)];
    const categories = categoriesOf(offered, []);
    const own = {
      id,
      kind: command.kind,
      slots,
      stock,
      categories,
      metadata: keptMetadata(metadata),
      createdAtMs: nowMs,
    };
    const product = newProduct({ ...offer, ...own });
    return accept(
      { product, accessKeys: keys },
      [put(products, product), put(accessKeys, { productId: id, keys, limits: [] })],
      [aboutProduct("product_created", id, nowMs)],
    );
  },
});

interface ChangeProduct extends ProductNamed {
  /** Absent terms keep their value. Access keys replace the whole list. */
  readonly terms: Partial<ProductTerms>;
  /** Limits access keys of the product to categories; `null` lifts a limit. Any other key keeps the limit that it has. */
  readonly keyLimits?: readonly { readonly key: string; readonly categories: readonly string[] | null }[];
}

/**
 * Changes the terms of a product. A retired product counts as not found. Revoked entitlements stay revoked.
 * `capacity_below_issued`: fewer places, in all or in a category, than entitlements and holds have.
 */
export const changeProduct = verb<ChangeProduct, OpenableProduct>()({
  name: "change_product",
  permission: "manage_products",
  refusals: ["product_not_found", "category_not_found", ...termRefusals, "category_in_use", "capacity_below_issued"],
  logs: ["product_changed"],

  needs: ({ productId }) => ({
    lock: [products.at(productId)],
    read: [accessKeys.at(productId), holdsOf.at(productId)],
  }),

  decide(state, command, { nowMs }) {
    const before = namedProduct(state, command);
    if (before === undefined || before.retiredAtMs !== null) return refuse("product_not_found");
    const keysBefore = state.get(accessKeys, before.id) ?? { productId: before.id, keys: [], limits: [] };
    const terms = { ...before, accessKeys: keysBefore.keys, ...command.terms };
    const refusal = strongest([refuseLimits(terms, command.keyLimits), refuseTerms(terms)]);
    if (refusal !== undefined) return refuse(refusal);
    const { accessKeys: given, categories: offered, metadata, ...others } = terms;
    const categories = categoriesOf(offered, before.categories);
    const product: Product = { ...others, categories, metadata: keptMetadata(metadata) };
    const kept = state.find(holdsOf, before.id).filter((hold) => isLive(hold, nowMs));
    const isInUse = ({ key, issued }: Category) => issued > 0 || kept.some((hold) => hold.category === key);
    const isGone = ({ key }: Category) => categoryIn(product.categories, key) === undefined;
    if (before.categories.some((one) => isGone(one) && isInUse(one))) return refuse("category_in_use");
    if (isOverfull(product, kept)) return refuse("capacity_below_issued");
    const keys = [...new Set(given)];
    const keysAfter = { productId: product.id, keys, limits: limitsOf(keys, keysBefore, command.keyLimits) };
    return accept(
      { product, accessKeys: keys },
      [put(products, product), put(accessKeys, keysAfter)],
      [{ ...aboutProduct("product_changed", product.id, nowMs), ...changesOf(before, keysBefore, product, keysAfter) }],
    );
  },
});

/** `category_not_found` or `access_key_invalid` when a limit names something that the product does not have. */
function refuseLimits(
  { categories, accessKeys: keys }: { categories: readonly CategoryTerms[]; accessKeys: readonly string[] },
  limits: ChangeProduct["keyLimits"] = [],
): "category_not_found" | "access_key_invalid" | undefined {
  const named = limits.flatMap((one) => one.categories ?? []);
  if (!named.every((name) => categories.some(({ key }) => key === name))) return "category_not_found";
  return limits.every(({ key }) => keys.includes(key)) ? undefined : "access_key_invalid";
}

/** The limits of these keys after a change. */
function limitsOf(
  keys: readonly string[],
  before: ProductAccessKeys,
  changed: ChangeProduct["keyLimits"] = [],
): readonly KeyLimit[] {
  const categoriesOf = new Map([...before.limits, ...changed].map(({ key, categories }) => [key, categories]));
  return keys.flatMap((key) => {
    const categories = categoriesOf.get(key) ?? null;
    return categories === null ? [] : [{ key, categories }];
  });
}

/** Categories with these terms. Those that a product has already keep what is issued of them. */
function categoriesOf(terms: readonly CategoryTerms[], before: readonly Category[]): readonly Category[] {
  return terms.map(({ key, name, capacity, price, colour }) => {
    return { key, name, capacity, price, colour, issued: categoryIn(before, key)?.issued ?? 0 };
  });
}

/** Whether more places are taken, in all or of a category, than there are. `kept` are the holds that are live. */
function isOverfull(product: Product, kept: readonly HeldPlaces[]): boolean {
  const rooms = [roomOf(product, kept), ...product.categories.map(({ key }) => roomOfCategory(product, key, kept))];
  return rooms.some((room) => room !== undefined && room.capacity !== null && room.issued + room.held > room.capacity);
}
