import { areCategories, type Category, type CategoryTerms } from "./category.ts";
import { isAttention, isMetadata, type Metadata } from "./metadata.ts";
import { isCurrency, type Money } from "./money.ts";
import type { DatedPrice } from "./price-list.ts";
import { secondStart } from "./second.ts";
import { noun, type State } from "./state.ts";
import { isLongerThan } from "./text.ts";
import { isTimeZone } from "./time-zone.ts";
import { isUseLimit, once, type UseLimit } from "./use.ts";

/**
 * The kind of a product: a lower-case word of at most 32 letters, digits and underscores, which the database checks.
 * Each dialect has its own kinds and lists only their products.
 */
export type ProductKind = string;

/** A thing that is sold, with a capacity and a time in which its entitlements are valid. */
export interface Product {
  readonly id: number;
  readonly kind: ProductKind;
  readonly name: string;
  /** Free text, empty when there is none. */
  readonly description: string;
  /** First moment at which an entitlement is honoured; `null` for no bound. */
  readonly startsAtMs: number | null;
  /** The last second in which an entitlement is honoured, up to its end; `null` for no bound. */
  readonly endsAtMs: number | null;
  /** The number of places; `null` for no bound. */
  readonly capacity: number | null;
  /** How many devices may hold one entitlement at once; 0 for a product that is not bound to devices. */
  readonly slots: number;
  /** How often one entitlement is honoured, unless it has a number of its own. */
  readonly uses: UseLimit;
  /** `after_exit`: an entry while inside is refused, and an exit while outside. `none`: the product knows no exits. */
  readonly reentry: Reentry;
  /** Kinds of entitlements, in the order in which they are shown; empty for a product without categories. */
  readonly categories: readonly Category[];
  /** The name of its time zone in the IANA database, in which its calendar days begin and end. */
  readonly timeZone: string;
  /** A note for the steward at the gate; `null` when there is none. */
  readonly attention: string | null;
  /** `null` when there is none. */
  readonly metadata: Metadata | null;
  /**
   * The number of places that are taken: by entitlements that were issued and not revoked, and by entitlements that
   * were redeemed before they were revoked.
   */
  readonly issued: number;
  /** Whether an entitlement was ever issued. If so, the product is kept for its log. */
  readonly everIssued: boolean;
  /** The terms of a sale from stock; `null` for a product whose entitlements are issued on demand. */
  readonly stock: StockTerms | null;
  /** The number of entitlements that were made and not sold yet. */
  readonly inStock: number;
  /** The prices that follow that of its stock, the earliest first. */
  readonly prices: readonly DatedPrice[];
  /** Whether a card that is returned to stock gets a new pin. */
  readonly renewsPin: boolean;
  readonly createdAtMs: number;
  /** Set while the product is closed for sale. What was sold of it is honoured and delivered on. */
  readonly closed: ClosedSale | null;
  /** Set while the product is retired. It sells and admits no more. */
  readonly retiredAtMs: number | null;
}

/** How a product is closed for sale. */
export interface ClosedSale {
  readonly atMs: number;
  /** Whether what was sold of it can be renewed. */
  readonly renewable: boolean;
}

export type Reentry = "none" | "after_exit";

type NewTerms = "id" | "kind" | "name" | "createdAtMs";

/** A product that has sold nothing. Terms that are absent have their defaults: one use, no bounds, no categories, UTC. */
export function newProduct(terms: Pick<Product, NewTerms> & Partial<Product>): Product {
  return {
    description: "",
    startsAtMs: null,
    endsAtMs: null,
    capacity: null,
    slots: 0,
    uses: once,
    reentry: "none",
    categories: [],
    timeZone: "UTC",
    attention: null,
    metadata: null,
    issued: 0,
    everIssued: false,
    stock: null,
    inStock: 0,
    prices: [],
    renewsPin: false,
    closed: null,
    retiredAtMs: null,
    ...terms,
  };
}

/** The terms of a sale from stock. */
export interface StockTerms {
  /** The reseller to whom the product belongs; `null` for the house. */
  readonly ownerId: number | null;
  /** The price of one card, tax included, until the first of the product's `prices`; see `priceAt`. */
  readonly price: Money;
  /** Tax in millionths of the price without it. */
  readonly taxPpm: number;
  readonly numberDigits: number;
  /** Digits of a pin; 0 for none. */
  readonly secretDigits: number;
  /** Empty when there is none. */
  readonly imageUrl: string;
}

/** A product together with the access keys that open it, in the order in which they were given. */
export interface OpenableProduct {
  readonly product: Product;
  readonly accessKeys: readonly string[];
}

/** The part of a product that its operator writes. A new product has the defaults of {@link newProduct}. */
export interface ProductTerms extends RequiredTerms, Partial<FurtherTerms> {
  readonly accessKeys: readonly string[];
  /** They replace the whole list. */
  readonly categories?: readonly CategoryTerms[];
}

type RequiredTerms = Pick<Product, "name" | "description" | "startsAtMs" | "endsAtMs" | "capacity">;
type FurtherTerms = Pick<Product, "uses" | "reentry" | "timeZone" | "attention" | "metadata">;

export const nameLengthMax = 255;
export const descriptionLengthMax = 10_000;
export const accessKeyLengthMax = 128;
export const accessKeysMax = 1_000;

export const numberDigitsMax = 19;
const secretDigitsMax = 30;
const taxPpmMax = 10_000_000;

/** `code_invalid` or `amount_invalid` when these terms cannot stand; `undefined` when they can. */
export function refuseStockTerms({
  price,
  taxPpm,
  numberDigits,
  secretDigits,
}: StockTerms): "code_invalid" | "amount_invalid" | undefined {
  const within = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max;
  const digitsFit = within(numberDigits, 1, numberDigitsMax) && within(secretDigits, 0, secretDigitsMax);
  if (!digitsFit) return "code_invalid";
  const amountFits = isCurrency(price.currency) && price.minor >= 0n && within(taxPpm, 0, taxPpmMax);
  return amountFits ? undefined : "amount_invalid";
}

const accessKeyShape = /^[A-Za-z0-9]+$/;

/** Whether this may be an access key: 1 to {@link accessKeyLengthMax} letters and digits of ASCII. */
export function isAccessKey(text: string): boolean {
  return text.length <= accessKeyLengthMax && accessKeyShape.test(text);
}

/** Whether this may be the name of a product or of a gate: not blank, and at most {@link nameLengthMax} characters. */
export function isName(text: string): boolean {
  return text.trim() !== "" && !isLongerThan(text, nameLengthMax);
}
/** The reasons why terms of a product cannot stand. */
export const termRefusals = [
  "name_invalid",
  "period_reversed",
  "access_key_invalid",
  "category_invalid",
  "uses_invalid",
  "time_zone_invalid",
  "text_invalid",
] as const;

/**
 * The first reason why these terms cannot stand; `undefined` when they can. A period of one moment (end = start) is
 * allowed.
 */
export function refuseTerms(terms: ProductTerms): (typeof termRefusals)[number] | undefined {
  if (!isName(terms.name)) return "name_invalid";
  if (terms.startsAtMs !== null && terms.endsAtMs !== null && terms.endsAtMs < terms.startsAtMs) {
    return "period_reversed";
  }
  const keysFit = terms.accessKeys.length <= accessKeysMax && terms.accessKeys.every(isAccessKey);
  if (!keysFit) return "access_key_invalid";
  const { categories = [], uses = once, timeZone, attention = null, metadata = null } = terms;
  if (!areCategories(categories)) return "category_invalid";
  if (!isUseLimit(uses)) return "uses_invalid";
  if (timeZone !== undefined && !isTimeZone(timeZone)) return "time_zone_invalid";
  const textsFit = (attention === null || isAttention(attention)) && (metadata === null || isMetadata(metadata));
  return textsFit ? undefined : "text_invalid";
}

/**
 * `not_yet_valid` before the product's time, `no_longer_valid` after it, `undefined` within it. Both bounds are within
 * the time, and so is the whole of the last second.
 */
export function refuseMoment(
  { startsAtMs, endsAtMs }: Pick<Product, "startsAtMs" | "endsAtMs">,
  atMs: number,
): "not_yet_valid" | "no_longer_valid" | undefined {
  if (startsAtMs !== null && atMs < startsAtMs) return "not_yet_valid";
  if (endsAtMs !== null && secondStart(atMs) > endsAtMs) return "no_longer_valid";
  return undefined;
}

/** Products, by their numbers. */
export const products = noun<number, Product>({ name: "product", takesTurns: true, keyOf: ({ id }) => id });

/** The access keys that open a product. */
export interface ProductAccessKeys {
  readonly productId: number;
  readonly keys: readonly string[];
  /** Those of the keys that are limited to categories of the product. */
  readonly limits: readonly KeyLimit[];
}

/** The categories for which an access key opens a product; for an empty list it admits nobody. */
export interface KeyLimit {
  readonly key: string;
  readonly categories: readonly string[];
}

/** Access keys, by the number of their product. A row replaces the whole list. */
export const accessKeys = noun<number, ProductAccessKeys>({
  name: "access_keys",
  partOf: { noun: products, keyOf: ({ productId }) => productId },
  keyOf: ({ productId }) => productId,
});

/** Whether this can be the number of an entitlement that is sold from stock on these terms. */
export function isNumberOf({ numberDigits }: StockTerms, code: string): boolean {
  return code.length === numberDigits && /^\d+$/.test(code);
}

/** The product that a command is about. */
export interface ProductNamed {
  readonly productId: number;
  /** A product of another kind counts as not found. When absent, any kind will do. */
  readonly kind?: ProductKind;
}

/** The product that a command names; `undefined` if it is not there or of another kind. */
export function namedProduct(state: State, { productId, kind }: ProductNamed): Product | undefined {
  const product = state.get(products, productId);
  return kind === undefined || product?.kind === kind ? product : undefined;
}
