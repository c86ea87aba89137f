import type { CardDetails } from "../../core/card.ts";
import { type Money, parseMoney } from "../../core/money.ts";
import type { CardFilter } from "../../queries/cards.ts";
import type { Parameters } from "../../wire/parameters.ts";
import { ProtocolError } from "./errors.ts";

/** Every request of this protocol is shorter. */
export const bodyBytesMax = 64 * 1024;
/** The longest name, batch and description of a card, in UTF-16 code units. */
const textLengthMax = 255;

/** A parameter that was sent and is not empty. */
export function textOf(parameters: Parameters, name: string): string | undefined {
  return parameters.get(name) || undefined;
}

/** An id: up to 15 digits; `undefined` for any other text. */
export function readId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A card's number: 1 to 19 digits, as text. */
export function readCardNumber(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{1,19}$/.test(text) ? text : undefined;
}

/** The quantity of cards to sell; 1 by default. Refused with `freeCardsNotFound`: a bad quantity is never guessed. */
export function readQuantity(text: string | undefined, quantityMax: number): number | ProtocolError {
  if (text === undefined) return 1;
  const quantity = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return quantity >= 1 && quantity <= quantityMax ? quantity : new ProtocolError("freeCardsNotFound");
}

/** The largest payment, in minor units of its currency. */
const amountMinorMax = 10n ** 12n;

/** A payment. Refused with `amountWrong` unless it is a positive decimal that the currency can express. */
export function readAmount(text: string | undefined, currency: string): Money | ProtocolError {
  const amount = parseMoney(text ?? "", currency);
  const fits = amount !== undefined && amount.minor > 0n && amount.minor <= amountMinorMax;
  return fits ? amount : new ProtocolError("amountWrong");
}

/** Text of a card; `undefined` when it is absent, empty or too long. */
export function readText(parameters: Parameters, name: string): string | undefined {
  const text = textOf(parameters, name);
  return text === undefined || text.length > textLengthMax ? undefined : text;
}

/** Card numbers from `from` to `till`, both included. */
interface Interval {
  readonly from: bigint;
  readonly till: bigint;
}

/**
 * The interval of new cards; a missing end means a single card. Refused with `fromWrong`, `tillWrong` or
 * `fromAfterTill`.
 */
export function readInterval(parameters: Parameters, numberDigits: number): Interval | ProtocolError {
  const fits = (text: string) => text.length === numberDigits && /^\d+$/.test(text);
  const from = textOf(parameters, "cards_from") ?? "";
  if (!fits(from)) return new ProtocolError("fromWrong");
  const till = textOf(parameters, "cards_till") ?? from;
  if (!fits(till)) return new ProtocolError("tillWrong");
  return BigInt(from) > BigInt(till) ? new ProtocolError("fromAfterTill") : { from: BigInt(from), till: BigInt(till) };
}

const decimalShape = /^\d{1,15}(?:\.\d{1,9})?$/;

/** Details of new cards. Values that do not fit are left out, as the documentation says. */
export function readCardDetails(parameters: Parameters, distributorId: number | undefined): CardDetails {
  const minimalBalance = textOf(parameters, "min_balance");
  const language = readText(parameters, "language");
  return {
    ...(minimalBalance !== undefined && decimalShape.test(minimalBalance) ? { minimalBalance } : {}),
    ...(language === undefined ? {} : { language }),
    ...(distributorId === undefined ? {} : { distributorId }),
  };
}

/** A search for cards. Balances are compared in the currency of each card. */
export interface CardSearch {
  readonly filter: CardFilter;
  readonly balanceMin: string | undefined;
  readonly balanceMax: string | undefined;
}

/** Words for whether a card was sold; `undefined` for either. */
const soldWords = new Map([
  ["", undefined],
  ["all", undefined],
  ["yes", true],
  ["1", true],
  ["no", false],
  ["0", false],
]);

/**
 * Reads the search of `calling_cards_get`. Refused with `cardsNotFound` when a parameter cannot match any card: an
 * unreadable parameter never widens the search.
 */
export function readCardSearch(parameters: Parameters, ownerId: number | null): CardSearch | ProtocolError {
  const nothing = new ProtocolError("cardsNotFound");
  const balanceMin = textOf(parameters, "min_balance");
  const balanceMax = textOf(parameters, "max_balance");
  if (![balanceMin, balanceMax].every((text) => text === undefined || decimalShape.test(text))) return nothing;
  const soldWord = (parameters.get("sold") ?? "").toLowerCase();
  if (!soldWords.has(soldWord)) return nothing;
  const sold = soldWords.get(soldWord);
  const distributor = textOf(parameters, "distributor");
  const distributorId = readId(distributor);
  if (distributor !== undefined && distributorId === undefined) return nothing;

  const filter: { -readonly [K in keyof CardFilter]: CardFilter[K] } = { kind: "card_group", ownerId };
  for (const [field, name] of textFilters) {
    const text = textOf(parameters, name);
    if (text === undefined) continue;
    if (text.length > textLengthMax) return nothing;
    filter[field] = text;
  }
  if (sold !== undefined) filter.sold = sold;
  if (distributorId !== undefined) filter.distributorId = distributorId;
  return { filter, balanceMin, balanceMax };
}

const textFilters = [
  ["number", "number"],
  ["name", "name"],
  ["pin", "pin"],
  ["batch", "batch_number"],
  ["callerId", "callerid"],
  ["language", "language"],
] as const;
