import type { CardDetails } from "../../core/card.ts";
import { type Money, parseMoney } from "../../core/money.ts";
import type { CardFilter } from "../../queries/cards.ts";
import type { Parameters } from "../../wire/parameters.ts";
import { ProtocolError } from "./errors.ts";

/** Longer requests than any of this protocol's. */
export const bodyBytesMax = 64 * 1024;
/** Longer names, batches and descriptions of cards are none. */
const textLengthMax = 255;

/** A parameter that was sent and is not empty. */
export function textOf(parameters: Parameters, name: string): string | undefined {
  return parameters.get(name) || undefined;
}

/** A number of something that is kept; `undefined` for anything that cannot be one. */
export function readId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A card's number: 1 to 19 digits, as text. */
export function readCardNumber(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{1,19}$/.test(text) ? text : undefined;
}

/** How many cards to sell: 1 if nothing is sent. Refused with `freeCardsNotFound`, since a quantity is never guessed. */
export function readQuantity(text: string | undefined, quantityMax: number): number | ProtocolError {
  if (text === undefined) return 1;
  const quantity = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return quantity >= 1 && quantity <= quantityMax ? quantity : new ProtocolError("freeCardsNotFound");
}

/** The most that one payment may be, in minor units of its currency. */
const amountMinorMax = 10n ** 12n;

/** An amount that is paid. Refused with `amountWrong` unless it is a positive decimal that the currency can express. */
export function readAmount(text: string | undefined, currency: string): Money | ProtocolError {
  const amount = parseMoney(text ?? "", currency);
  const fits = amount !== undefined && amount.minor > 0n && amount.minor <= amountMinorMax;
  return fits ? amount : new ProtocolError("amountWrong");
}

/** Text of a card; `undefined` for none, or for one that is too long to be any. */
export function readText(parameters: Parameters, name: string): string | undefined {
  const text = textOf(parameters, name);
  return text === undefined || text.length > textLengthMax ? undefined : text;
}

/** The numbers from one to another, both included, with as many digits as a group's numbers have. */
interface Interval {
  readonly from: bigint;
  readonly till: bigint;
}

/** The interval of new cards; a missing end means a single one. Refused with `fromWrong`, `tillWrong` or `fromAfterTill`. */
export function readInterval(parameters: Parameters, numberDigits: number): Interval | ProtocolError {
  const fits = (text: string) => text.length === numberDigits && /^\d+$/.test(text);
  const from = textOf(parameters, "cards_from") ?? "";
  if (!fits(from)) return new ProtocolError("fromWrong");
  const till = textOf(parameters, "cards_till") ?? from;
  if (!fits(till)) return new ProtocolError("tillWrong");
  return BigInt(from) > BigInt(till) ? new ProtocolError("fromAfterTill") : { from: BigInt(from), till: BigInt(till) };
}

const decimalShape = /^\d{1,15}(?:\.\d{1,9})?$/;

/** What new cards have besides number and pin. What does not fit is passed over, as the documentation says. */
export function readCardDetails(parameters: Parameters, distributorId: number | undefined): CardDetails {
  const minimalBalance = textOf(parameters, "min_balance");
  const language = readText(parameters, "language");
  return {
    ...(minimalBalance !== undefined && decimalShape.test(minimalBalance) ? { minimalBalance } : {}),
    ...(language === undefined ? {} : { language }),
    ...(distributorId === undefined ? {} : { distributorId }),
  };
}

/** Which cards are asked for; balances are compared in each card's own currency. */
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
 * Reads the search of `calling_cards_get`. Refused with `cardsNotFound` when a parameter cannot fit any card: a search
 * is never widened by what cannot be read.
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
