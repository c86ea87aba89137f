import { holdingOf } from "../binding.ts";
import { type Card, cards, pins, type StockedCard } from "../card.ts";
import { deliveriesOf } from "../delivery.ts";
import { type Entitlement, entitlements, missing, replacedCodes } from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import type { Principal } from "../principal.ts";
import { type Product, products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { resellerTerms, termsOfProduct } from "../reseller-terms.ts";
import { openPayments, type Payment, payments, paymentsOf, reversing } from "../sale.ts";
import { type Effect, type Needs, put, type State } from "../state.ts";
import { accept, type Context, refuse, verb } from "../verb.ts";
import { revoking, takingBack } from "./revoke.ts";
import { type CardPayment, paid } from "./top-up.ts";

interface NamedCard {
  readonly productId: number;
  readonly number: string;
  /** Why, for the reversing payment and the log. */
  readonly description: string;
}

interface ReturnCard extends NamedCard {
  /** Whether the card goes back to stock. Otherwise it ends. */
  readonly toStock: boolean;
  /** The length of the pin that the card gets in stock; 0 when it keeps its pin. It must be as the product says. */
  readonly secretDigits: number;
}

interface RefundCard extends NamedCard {
  /** Whether the buyer keeps the card. Otherwise it ends. */
  readonly isKept: boolean;
}

interface UndoTopUp extends NamedCard {
  readonly paymentId: number;
}

/** At most a fifth of all pins are in use, so one of these is free. */
const pinsDrawn = 20;

/**
 * Undoes the sale of a card, as if it had not been sold: the card is in stock again with its pin, and a payment that
 * names the first pays it back. A reseller undoes sales of its own products only.
 */
export const voidSale = verb<NamedCard, CardPayment>()({
  name: "void_sale",
  permission: "refund",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "entitlement_revoked",
    "already_redeemed",
    "not_sold",
    "not_paid",
    "topped_up",
  ],
  logs: ["entitlement_voided"],

  needs: needsOf,

  decide(state, command, context) {
    const sold = findSold(state, command, context.principal);
    if (typeof sold === "string") return refuse(sold);
    const refusal = strongest([refuseReversal(sold), refuseStock(sold)]);
    if (refusal !== undefined || sold.payment === undefined) return refuse(refusal ?? "not_paid");
    const { value, effects } = reverseSale(
      state,
      sold,
      sold.payment,
      inStock(state, sold, sold.card, context),
      command,
      context,
    );
    return accept(value, effects, [told("entitlement_voided", value)]);
  },
});

/**
 * Takes a card back from its buyer, and pays the sale back with a payment that names the first. The card is in stock
 * again, with a new pin if the product says so, or it ends. `code_invalid`: the new pin has another length than the
 * product asks for.
 */
export const returnCard = verb<ReturnCard, CardPayment>()({
  name: "return_card",
  permission: "refund",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "code_invalid",
    "entitlement_revoked",
    "already_redeemed",
    "not_sold",
    "not_paid",
    "topped_up",
    "secret_space_short",
  ],
  logs: ["entitlement_returned", "entitlement_revoked"],

  draw({ secretDigits }, random) {
    return secretDigits === 0 ? [] : Array.from({ length: pinsDrawn }, () => random.digits(secretDigits));
  },

  needs(command, drawn) {
    const { read = [], ...needs } = needsOf(command);
    return { ...needs, read: [...read, pins.at(...drawn)] };
  },

  decide(state, command, context) {
    const sold = findSold(state, command, context.principal);
    if (typeof sold === "string") return refuse(sold);
    const { toStock, secretDigits } = command;
    const isWrongLength = secretDigits !== (toStock ? renewedPinDigits(sold.product) : 0);
    const pin = secretDigits === 0 ? sold.card.pin : context.drawn.find((one) => state.get(pins, one) === undefined);
    const refusal = strongest([
      isWrongLength && "code_invalid",
      refuseReversal(sold),
      toStock && refuseStock(sold),
      pin === undefined && "secret_space_short",
    ]);
    if (refusal !== undefined || sold.payment === undefined || pin === undefined) return refuse(refusal ?? "not_paid");
    const card = { ...sold.card, pin };
    const fate = toStock ? inStock(state, sold, card, context) : ended(state, sold, context);
    const { value, effects } = reverseSale(state, sold, sold.payment, fate, command, context);
    return accept(value, effects, [
      told("entitlement_returned", value),
      ...(toStock ? [] : [aboutEntitlement("entitlement_revoked", value.after.entitlement, context.nowMs)]),
    ]);
  },
});

/** Pays the sale of a card back with a payment that names the first. The buyer keeps the card, or it ends. */
export const refundCard = verb<RefundCard, CardPayment>()({
  name: "refund_card",
  permission: "refund",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "entitlement_revoked",
    "not_sold",
    "not_paid",
  ],
  logs: ["entitlement_refunded", "entitlement_revoked"],

  needs: needsOf,

  decide(state, command, context) {
    const sold = findSold(state, command, context.principal);
    if (typeof sold === "string") return refuse(sold);
    const refusal = refuseReversal(sold);
    if (refusal !== undefined || sold.payment === undefined) return refuse(refusal ?? "not_paid");
    const fate = command.isKept ? { ...sold, effects: [] } : ended(state, sold, context);
    const { value, effects } = reverseSale(state, sold, sold.payment, fate, command, context);
    return accept(value, effects, [
      told("entitlement_refunded", value),
      ...(command.isKept ? [] : [aboutEntitlement("entitlement_revoked", value.after.entitlement, context.nowMs)]),
    ]);
  },
});

/** Takes the money of one top-up off the card again, and pays it back with a payment that names it. */
export const undoTopUp = verb<UndoTopUp, CardPayment>()({
  name: "undo_top_up",
  permission: "refund",
  refusals: ["product_not_found", "entitlement_not_found", "code_replaced", "not_paid"],
  logs: ["entitlement_top_up_undone"],

  needs: ({ productId, number }) => ({
    lock: [entitlements.at(number), cards.at(number)],
    read: [products.at(productId), replacedCodes.at(number), paymentsOf.at(number)],
    fresh: [[payments, 1]],
  }),

  decide(state, command, { nowMs, principal, fresh }) {
    const found = findSold(state, command, principal);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement, card } = found;
    const toppedUp = found.toppedUp.find(({ id }) => id === command.paymentId);
    if (toppedUp === undefined) return refuse("not_paid");
    const { description } = command;
    const payment = reversing(toppedUp, { id: fresh(payments), description, paidAtMs: nowMs });
    const minor = card.balance.minor + payment.credited;
    const after: Card = { ...card, balance: { ...card.balance, minor } };
    const value: CardPayment = { payment, product, before: { entitlement, card }, after: { entitlement, card: after } };
    return accept(
      value,
      [put(payments, payment), put(cards, { code: entitlement.code, entitlementId: entitlement.id, card: after })],
      [told("entitlement_top_up_undone", value)],
    );
  },
});

/** The digits of the new pin that a returned card of this product gets; 0 when it keeps its pin. */
export function renewedPinDigits({ renewsPin, stock }: Product): number {
  return renewsPin ? (stock?.secretDigits ?? 0) : 0;
}

/** The rows for the reversal of a sale. Its seller is known only with the payment, so the terms of all are locked. */
function needsOf({ productId, number }: NamedCard): Needs {
  return {
    lock: [
      products.at(productId),
      termsOfProduct.at(productId),
      entitlements.at(number),
      cards.at(number),
      deliveriesOf.at(number),
    ],
    read: [holdingOf.at(number), replacedCodes.at(number), paymentsOf.at(number)],
    fresh: [[payments, 1]],
  };
}

/** A card with the payments for it that were not paid back. */
interface Sold extends StockedCard {
  readonly product: Product;
  /** For its sale. */
  readonly payment: Payment | undefined;
  readonly toppedUp: readonly Payment[];
}

/** The card of this number. A reseller finds those of its own products; the house finds all. */
function findSold(
  state: State,
  { productId, number }: NamedCard,
  { ownerScope }: Principal,
): Sold | "product_not_found" | "entitlement_not_found" | "code_replaced" {
  const product = state.get(products, productId);
  if (product?.stock == null) return "product_not_found";
  if (ownerScope !== null && product.stock.ownerId !== ownerScope) return "product_not_found";
  const entitlement = state.get(entitlements, number);
  const card = state.get(cards, number)?.card;
  if (entitlement?.productId !== product.id || card === undefined)
    return missing(state, { productId: product.id, code: number });
  const open = openPayments(state, number);
  return {
    product,
    entitlement,
    card,
    payment: open.find(({ saleId }) => saleId !== null),
    toppedUp: open.filter(({ saleId }) => saleId === null),
  };
}

function refuseReversal({ entitlement, payment }: Sold): "entitlement_revoked" | "not_sold" | "not_paid" | undefined {
  if (entitlement.revokedAtMs !== null) return "entitlement_revoked";
  if (entitlement.inStock) return "not_sold";
  return payment === undefined ? "not_paid" : undefined;
}

/** The reason why a card cannot be sold again. */
function refuseStock({ entitlement, toppedUp }: Sold): "already_redeemed" | "topped_up" | undefined {
  if (entitlement.redemption !== null) return "already_redeemed";
  return toppedUp.length > 0 ? "topped_up" : undefined;
}

/** A card after its sale was reversed. */
interface Fate extends StockedCard {
  readonly product: Product;
  readonly effects: readonly Effect[];
}

function inStock(state: State, sold: Sold, card: Card, { nowMs }: Context): Fate {
  const product: Product = { ...sold.product, inStock: sold.product.inStock + 1, issued: sold.product.issued - 1 };
  const entitlement: Entitlement = { ...sold.entitlement, inStock: true, customer: null, hold: null, reference: null };
  const { id: entitlementId, code } = entitlement;
  const isNewPin = card.pin !== sold.card.pin;
  return {
    product,
    entitlement,
    card,
    effects: [
      put(products, product),
      put(entitlements, entitlement),
      ...(isNewPin ? [put(cards, { code, entitlementId, card }), put(pins, card.pin)] : []),
      ...takingBack(state, code, nowMs),
    ],
  };
}

function ended(state: State, { product, entitlement, card }: Sold, { nowMs }: Context): Fate {
  const { ended, effects } = revoking(state, product, entitlement, nowMs);
  return { ...ended, card, effects };
}

/** Pays a sale back. A reseller who sold a card of the house may sell another one. */
function reverseSale(
  state: State,
  sold: Sold,
  first: Payment,
  { product, entitlement, card, effects }: Fate,
  { description }: NamedCard,
  { nowMs, fresh }: Context,
): { readonly value: CardPayment; readonly effects: readonly Effect[] } {
  const payment = reversing(first, { id: fresh(payments), description, paidAtMs: nowMs });
  const terms = state.find(termsOfProduct, product.id).find(({ operatorId }) => operatorId === first.resellerId);
  const before = { entitlement: sold.entitlement, card: sold.card };
  return {
    value: { payment, product, before, after: { entitlement, card } },
    effects: [
      ...effects,
      put(payments, payment),
      ...(terms === undefined ? [] : [put(resellerTerms, { ...terms, sold: terms.sold - 1 })]),
    ],
  };
}

function told<const Kind extends string>(kind: Kind, { payment, before }: CardPayment) {
  const detail = { ...paid(payment), reverses: payment.reverses };
  return { ...aboutEntitlement(kind, before.entitlement, payment.paidAtMs), detail };
}
