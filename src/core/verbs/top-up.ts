import { type Card, cards, type StockedCard } from "../card.ts";
import { entitlements, missing, replacedCodes } from "../entitlement.ts";
import { aboutEntitlement, type LogDetail } from "../log-entry.ts";
import { convert, formatMoney, type Money, rateUnit, withoutTax } from "../money.ts";
import { type Product, products } from "../product.ts";
import { type Payment, payments, rates } from "../sale.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface TopUp {
  /** The owner whose cards the caller may top up; see `ownerScope`. */
  readonly ownerId: number | null;
  readonly productId: number;
  readonly number: string;
  /** Tax included. */
  readonly amount: Money;
  readonly description: string;
  /** The name of the dialect through which it came in. Absent: none. */
  readonly channel?: string;
}

/** A payment for one card, and what it made of the card. */
export interface CardPayment {
  readonly payment: Payment;
  readonly product: Product;
  readonly before: StockedCard;
  readonly after: StockedCard;
}

/**
 * Puts money on a sold card: the amount without its tax, in the currency of the card. `amount_invalid`: the amount is
 * not positive, or the organization does not have its currency.
 */
export const topUp = verb<TopUp, CardPayment>()({
  name: "top_up",
  permission: "sell",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "amount_invalid",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "not_sold",
  ],
  logs: ["entitlement_topped_up"],

  needs: ({ productId, number }) => ({
    lock: [entitlements.at(number), cards.at(number)],
    read: [products.at(productId), replacedCodes.at(number), rates.at("all")],
    fresh: [[payments, 1]],
  }),

  decide(state, command, { nowMs, fresh }) {
    const product = state.get(products, command.productId);
    if (product?.stock == null || product.stock.ownerId !== command.ownerId) return refuse("product_not_found");
    const entitlement = state.get(entitlements, command.number);
    const card = state.get(cards, command.number)?.card;
    if (entitlement?.productId !== product.id || card === undefined)
      return refuse(missing(state, { productId: product.id, code: command.number }));
    const { rate } = state.get(rates, "all") ?? {};
    const from = rate?.get(command.amount.currency);
    const to = rate?.get(card.balance.currency);
    if (command.amount.minor <= 0n || from === undefined || to === undefined) return refuse("amount_invalid");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    if (entitlement.revokedAtMs !== null) return refuse("entitlement_revoked");
    if (entitlement.suspendedAtMs !== null) return refuse("entitlement_suspended");
    if (entitlement.inStock) return refuse("not_sold");

    const net = withoutTax(command.amount, product.stock.taxPpm);
    const added = convert(net, from, to, card.balance.currency);
    const after: Card = { ...card, balance: { ...card.balance, minor: card.balance.minor + added.minor } };
    const payment: Payment = {
      id: fresh(payments),
      saleId: null,
      entitlementId: entitlement.id,
      productId: product.id,
      resellerId: product.stock.ownerId,
      channel: command.channel ?? "",
      amount: command.amount,
      tax: { ...command.amount, minor: command.amount.minor - net.minor },
      commission: { ...command.amount, minor: 0n },
      credited: added.minor,
      rate: (from * rateUnit) / to,
      description: command.description,
      paidAtMs: nowMs,
      reverses: null,
    };
    return accept(
      { payment, product, before: { entitlement, card }, after: { entitlement, card: after } },
      [put(cards, { code: entitlement.code, entitlementId: entitlement.id, card: after }), put(payments, payment)],
      [{ ...aboutEntitlement("entitlement_topped_up", entitlement, nowMs), detail: paid(payment) }],
    );
  },
});

/** The money of a payment, for the log. */
export function paid({ id, amount, description }: Payment): LogDetail {
  return { payment: id, amount: formatMoney(amount), currency: amount.currency, description };
}
