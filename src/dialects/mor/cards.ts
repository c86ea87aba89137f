import type { StockedCard } from "../../core/card.ts";
import { isInForce } from "../../core/entitlement.ts";
import { isMailAddress } from "../../core/mailbox.ts";
import { decimalsOf, type Money, withoutTax } from "../../core/money.ts";
import { may } from "../../core/principal.ts";
import { stockNumbersMax } from "../../core/verbs/add-stock.ts";
import { everyPage } from "../../queries/pages.ts";
import { sha256Hex } from "../../wire/digest.ts";
import { type CallHandler, present, readIdempotencyKey } from "./answer.ts";
import type { Call } from "./auth.ts";
import {
  type CardSearch,
  readAmount,
  readCardDetails,
  readCardNumber,
  readCardSearch,
  readId,
  readInterval,
  readQuantity,
  readText,
  textOf,
} from "./decode.ts";
import { findUser } from "./devices.ts";
import {
  balanceDocument,
  cardElement,
  createdDocument,
  type Group,
  type ListedCard,
  listDocument,
  paymentDocument,
  soldDocument,
} from "./encode.ts";
import { ProtocolError, protocolErrorOf } from "./errors.ts";
import { findGroup, findOffered } from "./groups.ts";

/** The most cards that one call makes. */
const createdMax = 20_000n;

/**
 * `card_from_group_sell`. Nothing is sold when the `email` is no address. The seller notices an error at once; only the
 * buyer would notice that no mail comes.
 */
export const sellCards: CallHandler = async (call) => {
  const { context, parameters, principal, ownerId, settings } = call;
  const idempotencyKey = readIdempotencyKey(call);
  if (idempotencyKey instanceof ProtocolError) return idempotencyKey;
  const group = await findOffered(call, readId(parameters.get("id")));
  if (group === undefined) return new ProtocolError("cardgroupNotFound");
  const what = readSelection(call, settings.quantityMax);
  if (what instanceof ProtocolError) return what;
  const email = textOf(parameters, "email")?.trim() ?? null;
  if (email !== null && !isMailAddress(email)) return new ProtocolError("emailWrong");
  const currency = textOf(parameters, "curr")?.trim().toUpperCase() ?? null;
  const command = { verb: "sell", productId: group.id, ownerId, what, email, currency, channel: "mor" } as const;
  const sell = () => context.execute(principal, command, idempotencyKey);
  const outcome =
    "number" in what
      ? await present(call, what.number, sell, (one) => !one.ok && one.refusal === "entitlement_not_found")
      : await sell();
  if (outcome instanceof ProtocolError) return outcome;
  return outcome.ok ? soldDocument(outcome.value.cards) : protocolErrorOf(outcome.refusal, "sell");
};

/** One card by its number if `number` is sent, else a quantity of the group's cards. */
function readSelection(
  { parameters }: Call,
  quantityMax: number,
): { number: string } | { quantity: number } | ProtocolError {
  const named = textOf(parameters, "number");
  if (named !== undefined) {
    const number = readCardNumber(named);
    return number === undefined ? new ProtocolError("freeCardsNotFound") : { number };
  }
  const quantity = readQuantity(textOf(parameters, "quantity"), quantityMax);
  return quantity instanceof ProtocolError ? quantity : { quantity };
}

/** `calling_cards_get`: the caller's cards that match the search. A caller who sees no secrets finds none by a pin. */
export const listCards: CallHandler = async (call) => {
  const search = readCardSearch(call.parameters, call.ownerId);
  if (search instanceof ProtocolError) return search;
  const seesPins = may(call.principal, "see_secrets");
  if (!seesPins && search.filter.pin !== undefined) return new ProtocolError("cardsNotFound");
  const { organization, queries } = call.context;
  const pages = listed(call, fitting(everyPage(queries.cards.list, organization.id, search.filter), search));
  const first = await pages.next();
  if (first.done === true) return new ProtocolError("cardsNotFound");
  return listDocument("cards", startingWith(first.value, pages), (one) =>
    cardElement(seesPins ? one : { ...one, card: { ...one.card, pin: "" } }),
  );
};

async function* startingWith<Page>(first: Page, rest: AsyncGenerator<Page>): AsyncGenerator<Page> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** Cards whose balance lies within the bounds. Pages without such a card are left out. */
async function* fitting(
  pages: AsyncIterable<readonly StockedCard[]>,
  { balanceMin, balanceMax }: CardSearch,
): AsyncGenerator<readonly StockedCard[]> {
  for await (const page of pages) {
    const cards = page.filter(
      ({ card: { balance } }) =>
        (balanceMin === undefined || compare(balance, balanceMin) >= 0) &&
        (balanceMax === undefined || compare(balance, balanceMax) <= 0),
    );
    if (cards.length > 0) yield cards;
  }
}

/** Decimals in which amounts are compared: no currency and no bound has more. */
const comparedDecimals = 9;

/** Negative, zero or positive, as the amount is below, at or above a decimal of the same currency. */
function compare({ minor, currency }: Money, bound: string): number {
  const [whole = "", fraction = ""] = bound.split(".");
  const difference =
    minor * 10n ** BigInt(comparedDecimals - decimalsOf(currency)) -
    BigInt(whole + fraction.padEnd(comparedDecimals, "0"));
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Cards with the names of their distributors; each name is looked up once. */
async function* listed(
  call: Call,
  pages: AsyncIterable<readonly StockedCard[]>,
): AsyncGenerator<readonly ListedCard[]> {
  const names = new Map<number, string>();
  for await (const page of pages) {
    for (const { card } of page) {
      const { distributorId } = card.details;
      if (distributorId === undefined || names.has(distributorId)) continue;
      names.set(distributorId, (await findUser(call, distributorId))?.name ?? "");
    }
    yield page.map((one) => ({ ...one, distributor: names.get(one.card.details.distributorId ?? -1) ?? "" }));
  }
}

/**
 * `calling_cards_create`: makes the missing cards of an interval. A long interval is made in pieces. If that ends
 * early, the answer says how many were made, and the same request again makes the rest. No further piece is begun for
 * an abandoned request. A reseller makes only numbers with its prefixes, and has at most `stockMax` unsold cards in a
 * group.
 */
export const createCards: CallHandler = async (call) => {
  const { context, parameters, principal } = call;
  const idempotencyKey = readIdempotencyKey(call);
  if (idempotencyKey instanceof ProtocolError) return idempotencyKey;
  const group = await findGroup(call, readId(parameters.get("card_group_id")));
  if (group === undefined) return new ProtocolError("cardGroupNotFound");
  const interval = readInterval(parameters, group.stock.numberDigits);
  if (interval instanceof ProtocolError) return interval;
  const asked = interval.till - interval.from + 1n;
  if (asked > createdMax) return new ProtocolError("intervalTooLong");
  if (!mayMake(call, group, interval)) return new ProtocolError("notAuthorized");
  const distributor = await findUser(call, readId(parameters.get("distributor_id")));
  const stock = {
    verb: "add_stock",
    productId: group.id,
    secretDigits: group.stock.secretDigits,
    balance: withoutTax(group.stock.price, group.stock.taxPpm),
    batch: readText(parameters, "batch_number") ?? "",
    details: readCardDetails(parameters, distributor?.id),
    ...(call.ownerId === null ? {} : { stockMax: call.settings.stockMax }),
  } as const;

  let made = 0;
  for (let from = interval.from; from <= interval.till; from += BigInt(stockNumbersMax)) {
    if (from > interval.from && call.request.isAbandoned) break;
    const count = Math.min(stockNumbersMax, Number(interval.till - from) + 1);
    const numbers = Array.from({ length: count }, (_, index) =>
      String(from + BigInt(index)).padStart(group.stock.numberDigits, "0"),
    );
    const key = pieceKey(idempotencyKey, from - interval.from);
    const outcome = await context.execute(principal, { ...stock, numbers }, key);
    if (!outcome.ok && made === 0) return protocolErrorOf(outcome.refusal, "create");
    if (!outcome.ok) break;
    made += outcome.value.made;
  }
  return made === 0 ? new ProtocolError("cardsExist") : createdDocument(made, Number(asked));
};

/** Whether the caller may make these numbers. Those of a reseller must begin with one of its prefixes. */
function mayMake(
  { ownerId, settings: { numbers } }: Call,
  { stock: { numberDigits } }: Group,
  { from, till }: { readonly from: bigint; readonly till: bigint },
): boolean {
  if (ownerId === null || numbers === "any") return true;
  // All numbers have the same length, so a prefix of both ends is a prefix of every number between them.
  const ends = [from, till].map((end) => String(end).padStart(numberDigits, "0"));
  return numbers.some((prefix) => ends.every((end) => end.startsWith(prefix)));
}

/** The idempotency key of one piece of a request: the request's own for the first, a derived one for any other. */
function pieceKey(idempotencyKey: string | undefined, offset: bigint): string | undefined {
  if (idempotencyKey === undefined || offset === 0n) return idempotencyKey;
  return `${offset}-${sha256Hex(idempotencyKey)}`;
}

/** The caller's card with this `number`, and its group. Refused with `callingCardNotFound` when it is not visible. */
async function findCard(call: Call): Promise<{ readonly found: StockedCard; readonly group: Group } | ProtocolError> {
  const number = readCardNumber(call.parameters.get("number"));
  if (number === undefined) return new ProtocolError("callingCardNotFound");
  const { organization, queries } = call.context;
  const find = async () => {
    const found = await queries.cards.byNumber(organization.id, number);
    if (found === undefined || !isInForce(found.entitlement)) return undefined;
    const group = await findGroup(call, found.entitlement.productId);
    return group === undefined ? undefined : { found, group };
  };
  return (await present(call, number, find, (card) => card === undefined)) ?? new ProtocolError("callingCardNotFound");
}

/** `card_balance_get`. */
export const getBalance: CallHandler = async (call) => {
  const card = await findCard(call);
  return card instanceof ProtocolError ? card : balanceDocument(card.found);
};

/** `card_payment_add`: puts money on a sold card. Without a `currency` the amount is in the card's currency. */
export const addPayment: CallHandler = async (call) => {
  const { context, parameters, principal, ownerId } = call;
  const idempotencyKey = readIdempotencyKey(call);
  if (idempotencyKey instanceof ProtocolError) return idempotencyKey;
  const card = await findCard(call);
  if (card instanceof ProtocolError) return card;
  const currency = textOf(parameters, "currency")?.trim().toUpperCase() ?? card.found.card.balance.currency;
  if (!/^[A-Z]{3}$/.test(currency)) return new ProtocolError("currencyDisabled");
  const amount = readAmount(textOf(parameters, "amount"), currency);
  if (amount instanceof ProtocolError) return amount;
  const { code: number } = card.found.entitlement;
  const description = readText(parameters, "description") ?? "";
  const command = {
    verb: "top_up",
    ownerId,
    productId: card.group.id,
    number,
    amount,
    description,
    channel: "mor",
  } as const;
  const outcome = await context.execute(principal, command, idempotencyKey);
  return outcome.ok ? paymentDocument(outcome.value) : protocolErrorOf(outcome.refusal, "pay");
};
