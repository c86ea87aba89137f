import { type Card, type CardDetails, cards, longPinDigits, pins, secretSpaces, secretsMax } from "../card.ts";
import { entitlements, isTaken, newEntitlement, replacedCodes } from "../entitlement.ts";
import { aboutProduct } from "../log-entry.ts";
import type { Money } from "../money.ts";
import { isNumberOf, numberDigitsMax, products } from "../product.ts";
import { type Effect, put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

/** Cards that one command makes at most. More cards take several commands. */
export const stockNumbersMax = 2_000;

/**
 * Random pins drawn for each card. At most a fifth of all short pins are in use, so of 1.3 at least one is free. Nearly
 * every long pin is free. The spare pins cover bad luck.
 */
const pinsPerCard = 1.3;
const longPinsPerCard = 1.02;
const pinsToSpare = 20;

interface AddStock {
  readonly productId: number;
  /** Numbers that already exist are skipped. */
  readonly numbers: readonly string[];
  /** The pins of cards that come from another server, in the order of the numbers. When absent, they are random. */
  readonly pins?: readonly string[];
  /** Must be the length that the product has. It is known before the product is loaded, when the pins are drawn. */
  readonly secretDigits: number;
  readonly balance: Money;
  readonly batch: string;
  readonly details: CardDetails;
  /** The largest stock that the product may have; no bound when absent. */
  readonly stockMax?: number;
}

/**
 * Makes cards to be sold later, with the given numbers, and with random pins or the given ones. Numbers that already exist are skipped and
 * counted. A product that is not sold from stock counts as not found. `code_invalid`: a number or the pins do not have
 * the length that the product asks for, or there is not one pin for each number. `capacity_reached`: the stock would exceed `stockMax`.
 */
export const addStock = verb<AddStock, { readonly made: number; readonly skipped: number }>()({
  name: "add_stock",
  permission: "manage_stock",
  refusals: [
    "product_not_found",
    "quantity_invalid",
    "code_invalid",
    "secret_taken",
    "product_retired",
    "capacity_reached",
    "secret_space_short",
  ],
  logs: ["product_stocked"],

  draw({ secretDigits, numbers, pins }, random) {
    if (pins !== undefined || secretDigits === 0 || numbers.length > stockNumbersMax) return [];
    const perCard = secretDigits >= longPinDigits ? longPinsPerCard : pinsPerCard;
    const length = Math.ceil(numbers.length * perCard) + pinsToSpare;
    return Array.from({ length }, () => random.digits(secretDigits));
  },

  needs: ({ productId, numbers, secretDigits, pins: given }, drawn) => ({
    lock: [
      products.at(productId),
      entitlements.at(...numbers),
      ...(secretDigits === 0 ? [] : [secretSpaces.at(secretDigits)]),
    ],
    read: [replacedCodes.at(...numbers), pins.at(...(given ?? drawn))],
    fresh: [[entitlements, numbers.length]],
  }),

  decide(state, command, { nowMs, drawn, fresh }) {
    const product = state.get(products, command.productId);
    if (product?.stock == null) return refuse("product_not_found");
    const { numberDigits, secretDigits } = product.stock;
    if (command.numbers.length === 0 || command.numbers.length > stockNumbersMax) return refuse("quantity_invalid");
    const terms = product.stock;
    const fits = (number: string) => isNumberOf(terms, number);
    if (numberDigits > numberDigitsMax || secretDigits !== command.secretDigits || !command.numbers.every(fits)) {
      return refuse("code_invalid");
    }
    const { pins: given } = command;
    const fitsPin = (pin: string) => pin.length === secretDigits && /^\d+$/.test(pin);
    if (given !== undefined && (given.length !== command.numbers.length || !given.every(fitsPin))) {
      return refuse("code_invalid");
    }
    const pinOf = new Map(given?.map((pin, index) => [command.numbers[index], pin]));
    const isNew = (number: string) => !isTaken(state, number);
    const givenPins = command.numbers.filter(isNew).flatMap((number) => pinOf.get(number) ?? []);
    const isUsed = (pin: string) => state.get(pins, pin) !== undefined;
    if (givenPins.some(isUsed) || new Set(givenPins).size < givenPins.length) return refuse("secret_taken");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    const numbers = [...new Set(command.numbers)].filter(isNew);
    const { stockMax = Number.POSITIVE_INFINITY } = command;
    if (numbers.length > 0 && product.inStock + numbers.length > stockMax) return refuse("capacity_reached");
    const withPins = secretDigits > 0;
    const usedBefore = withPins ? (state.get(secretSpaces, secretDigits)?.used ?? 0n) : 0n;
    const used = usedBefore + BigInt(numbers.length);
    if (withPins && used > secretsMax(secretDigits)) return refuse("secret_space_short");
    const free = given === undefined ? [...new Set(drawn)].filter((pin) => !isUsed(pin)) : givenPins;
    if (withPins && free.length < numbers.length) return refuse("secret_space_short");

    const skipped = command.numbers.length - numbers.length;
    if (numbers.length === 0) return accept({ made: 0, skipped });
    const { balance, batch, details } = command;
    const effects: Effect[] = [];
    for (const [index, code] of numbers.entries()) {
      const id = fresh(entitlements);
      const terms = { customer: null, inStock: true, issuedAtMs: nowMs, expiresAtMs: null };
      const pin = withPins ? (free[index] ?? "") : "";
      const card: Card = { pin, balance, batch, details };
      effects.push(
        put(entitlements, newEntitlement({ id, productId: product.id, code, ...terms })),
        put(cards, { code, entitlementId: id, card }),
      );
      if (withPins) effects.push(put(pins, pin));
    }
    effects.push(put(products, { ...product, inStock: product.inStock + numbers.length, everIssued: true }));
    if (withPins) effects.push(put(secretSpaces, { digits: secretDigits, used }));
    return accept({ made: numbers.length, skipped }, effects, [aboutProduct("product_stocked", product.id, nowMs)]);
  },
});
