import type { Card } from "../card.ts";
import { convert, rateUnit, withoutTax } from "../money.ts";
import type { Payment } from "../sale.ts";
import { accept, type Rule, refuse, take } from "./rule.ts";

/**
 * Puts money on a sold card: the amount without its tax, in the card's currency. Refused with `product_not_found`,
 * `entitlement_not_found`, `amount_invalid` (not positive, or a currency that the organization does not have),
 * `product_retired`, `entitlement_revoked` or `not_sold`.
 */
export const topUp: Rule<"top_up"> = {
  needs: ({ productId, number }) => ({
    productsRead: [productId],
    cards: [number],
    rates: true,
    fresh: { payments: 1 },
  }),

  decide(state, command, { nowMs, fresh }) {
    const product = state.product(command.productId);
    if (product?.stock == null || product.stock.ownerId !== command.ownerId) return refuse("product_not_found");
    const entitlement = state.entitlement(command.number);
    const card = state.card(command.number);
    if (entitlement?.productId !== product.id || card === undefined) return refuse("entitlement_not_found");
    const from = state.rates()?.rate.get(command.amount.currency);
    const to = state.rates()?.rate.get(card.balance.currency);
    if (command.amount.minor <= 0n || from === undefined || to === undefined) return refuse("amount_invalid");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    if (entitlement.revokedAtMs !== null) return refuse("entitlement_revoked");
    if (entitlement.inStock) return refuse("not_sold");

    const net = withoutTax(command.amount, product.stock.taxPpm);
    const added = convert(net, from, to, card.balance.currency);
    const after: Card = { ...card, balance: { ...card.balance, minor: card.balance.minor + added.minor } };
    const payment: Payment = {
      id: take(fresh.payments),
      saleId: null,
      entitlementId: entitlement.id,
      amount: command.amount,
      tax: { ...command.amount, minor: command.amount.minor - net.minor },
      rate: (from * rateUnit) / to,
      description: command.description,
      paidAtMs: nowMs,
    };
    return accept<"top_up">(
      { payment, product, before: { entitlement, card }, after: { entitlement, card: after } },
      [
        { change: "put_card", entitlementId: entitlement.id, code: entitlement.code, card: after },
        { change: "add_payment", payment },
      ],
      [
        {
          kind: "entitlement_topped_up",
          productId: product.id,
          entitlementId: entitlement.id,
          code: entitlement.code,
          occurredAtMs: nowMs,
          refusal: null,
        },
      ],
    );
  },
};
