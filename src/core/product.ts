import { isCurrency, type Money } from "./money.ts";
import { secondStart } from "./second.ts";
import { noun, type State } from "./state.ts";
import { isLongerThan } from "./text.ts";

/**
 * What a product is sold as: a lower-case word of at most 32 letters, digits and underscores, which the database checks.
 * Each dialect has words of its own, and lists only products of these.
 */
export type ProductKind = string;

/** What is sold: it has a capacity and a time in which its entitlements are valid. */
export interface Product {
  readonly id: number;
  readonly kind: ProductKind;
  readonly name: string;
  /** Free text, empty when there is none. */
  readonly description: string;
  /** First moment at which an entitlement is honoured; `null` for no bound. */
  readonly startsAtMs: number | null;
  /** Last second in which an entitlement is honoured, to its end; `null` for no bound. */
  readonly endsAtMs: number | null;
  /** How many places there are; `null` for no bound. */
  readonly capacity: number | null;
  /** How many devices may hold one entitlement of it at once; 0 for what is not bound to devices. */
  readonly slots: number;
  /**
   * Places that are taken: by entitlements that were issued and not revoked, or revoked only after they were redeemed.
   */
  readonly issued: number;
  /** Whether an entitlement was ever issued: such a product is kept for its log. */
  readonly everIssued: boolean;
  /** How it is sold from stock; `null` for what is issued as it is asked for. */
  readonly stock: StockTerms | null;
  /** Entitlements that were made and not sold yet. */
  readonly inStock: number;
  readonly createdAtMs: number;
  /** Set once the product was retired: it sells and admits no more. */
  readonly retiredAtMs: number | null;
}

/** How a product is sold from stock. */
export interface StockTerms {
  /** Whose it is: a reseller, or with `null` the house. */
  readonly ownerId: number | null;
  /** Of one, tax included. */
  readonly price: Money;
  /** Tax in millionths of the price without it. */
  readonly taxPpm: number;
  readonly numberDigits: number;
  /** Digits of a pin; 0 for none. */
  readonly secretDigits: number;
  /** Empty when there is none. */
  readonly imageUrl: string;
}

/** A product together with the access keys that open it, sorted as they were given. */
export interface OpenableProduct {
  readonly product: Product;
  readonly accessKeys: readonly string[];
}

/** The part of a product that its operator writes. */
export interface ProductTerms extends Pick<Product, "name" | "description" | "startsAtMs" | "endsAtMs" | "capacity"> {
  readonly accessKeys: readonly string[];
}

export const nameLengthMax = 255;
export const descriptionLengthMax = 10_000;
export const accessKeyLengthMax = 128;
export const accessKeysMax = 1_000;

export const numberDigitsMax = 19;
const secretDigitsMax = 30;
const taxPpmMax = 10_000_000;

/** `code_invalid` or `amount_invalid` when a product cannot be sold from stock in this way. */
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

/**
 * The first reason why these terms cannot stand: `name_invalid`, `period_reversed` or `access_key_invalid`; `undefined`
 * when they can. A period of one moment (end = start) is allowed.
 */
export function refuseTerms(
  terms: ProductTerms,
): "name_invalid" | "period_reversed" | "access_key_invalid" | undefined {
  if (terms.name.trim() === "" || isLongerThan(terms.name, nameLengthMax)) return "name_invalid";
  if (terms.startsAtMs !== null && terms.endsAtMs !== null && terms.endsAtMs < terms.startsAtMs) {
    return "period_reversed";
  }
  const keysFit =
    terms.accessKeys.length <= accessKeysMax &&
    terms.accessKeys.every((key) => key.length <= accessKeyLengthMax && accessKeyShape.test(key));
  return keysFit ? undefined : "access_key_invalid";
}

/**
 * Whether the product's time is over, not begun or running at this moment: `no_longer_valid`, `not_yet_valid` or
 * `undefined`. Both bounds belong to the running time, the second of the end with all its parts.
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
}

/** Access keys, by the number of their product. A row replaces the whole list. */
export const accessKeys = noun<number, ProductAccessKeys>({
  name: "access_keys",
  partOf: { noun: products, keyOf: ({ productId }) => productId },
  keyOf: ({ productId }) => productId,
});

/** The product that a command is about. */
export interface ProductNamed {
  readonly productId: number;
  /** A product of any other kind counts as not found; absent: of any kind. */
  readonly kind?: ProductKind;
}

/** The product that a command names; `undefined` also for one of another kind than the command is about. */
export function namedProduct(state: State, { productId, kind }: ProductNamed): Product | undefined {
  const product = state.get(products, productId);
  return kind === undefined || product?.kind === kind ? product : undefined;
}
