import type { ActionDraft } from "../action.ts";
import type { StockedCard } from "../card.ts";
import type { CommandOf } from "../command.ts";
import { type Customer, customerIdentity } from "../customer.ts";
import type { Entitlement } from "../entitlement.ts";
import { convert, type Money, rateUnit, withoutTax } from "../money.ts";
import { idOf } from "../principal.ts";
import { type Product, refuseMoment, type StockTerms } from "../product.ts";
import type { Refusal } from "../refusal.ts";
import { type Payment, type Sale, saleQuantityMax } from "../sale.ts";
import type { Change, Rates, State } from "../state.ts";
import { accept, type Rule, refuse, take } from "./rule.ts";

/**
 * Sells from stock: marks what is sold, records a sale with a payment for each, and queues the mail to the buyer; all of
 * it or nothing. Refused with `product_not_found` (also for what is not sold from stock, or not the caller's to sell),
 * `entitlement_not_found`, `quantity_invalid`, `product_retired`, `entitlement_revoked`, `already_redeemed`,
 * `already_sold`, `stock_short`, `not_yet_valid` or `no_longer_valid`.
 */
export const sell: Rule<"sell"> = {
  needs: ({ productId, what, email }) => {
    const count = "number" in what ? 1 : countOf(what.quantity);
    return {
      products: [productId],
      ...("number" in what ? { cards: [what.number] } : { stock: { productId, count } }),
      customers: email === null ? [] : [customerIdentity(email)],
      rates: true,
      fresh: { sales: 1, payments: count, customers: email === null ? 0 : 1 },
    };
  },

  decide(state, command, { nowMs, principal, fresh }) {
    const product = state.product(command.productId);
    if (product?.stock == null || product.stock.ownerId !== command.ownerId) return refuse("product_not_found");
    const chosen = choose(state, product, command.what, nowMs);
    if (typeof chosen === "string") return refuse(chosen);

    const changes: Change[] = [];
    const holder = command.email === null ? null : holderOf(state, command.email, fresh.customers, changes);
    const sale: Sale = {
      id: take(fresh.sales),
      productId: product.id,
      email: command.email,
      channel: command.channel,
      operatorId: idOf(principal, "operator"),
      soldAtMs: nowMs,
    };
    const price = priceIn(product.stock, command.currency, state.rates());
    const cards: StockedCard[] = [];
    const payments: Payment[] = [];
    const actions: ActionDraft[] = [];
    for (const [index, inStock] of chosen.entries()) {
      const entitlement: Entitlement = { ...inStock, inStock: false, customer: holder };
      const card = state.card(entitlement.code);
      const id = fresh.payments[index];
      if (card === undefined || id === undefined) throw new Error("a sale takes what its needs do not name");
      cards.push({ entitlement, card });
      payments.push({ id, saleId: sale.id, entitlementId: entitlement.id, ...price, description: "", paidAtMs: nowMs });
      changes.push({ change: "put_entitlement", entitlement });
      actions.push({
        kind: "entitlement_sold",
        productId: product.id,
        entitlementId: entitlement.id,
        code: entitlement.code,
        occurredAtMs: nowMs,
        refusal: null,
      });
    }
    const left: Product = {
      ...product,
      inStock: product.inStock - chosen.length,
      issued: product.issued + chosen.length,
    };
    changes.push({ change: "put_product", product: left }, { change: "add_sale", sale, payments });
    if (sale.email !== null)
      changes.push({ change: "queue_job", job: { task: "mail_sale", subject: { saleId: sale.id } } });
    return accept<"sell">({ sale, product: left, cards }, changes, actions);
  },
};

/** How many are asked for, as far as that can be loaded; a quantity that is refused loads nothing. */
function countOf(quantity: number): number {
  return isQuantity(quantity) ? quantity : 0;
}

function isQuantity(quantity: number): boolean {
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= saleQuantityMax;
}

/** What is sold, or why nothing is. */
function choose(
  state: State,
  product: Product,
  what: CommandOf<"sell">["what"],
  nowMs: number,
): readonly Entitlement[] | Refusal {
  if ("number" in what) {
    const one = state.entitlement(what.number);
    if (one?.productId !== product.id) return "entitlement_not_found";
    if (product.retiredAtMs !== null) return "product_retired";
    if (one.revokedAtMs !== null) return "entitlement_revoked";
    if (one.redemption !== null) return "already_redeemed";
    if (!one.inStock) return "already_sold";
    return refuseMoment(product, nowMs) ?? [one];
  }
  if (!isQuantity(what.quantity)) return "quantity_invalid";
  if (product.retiredAtMs !== null) return "product_retired";
  const found = state.stock(product.id, what.quantity);
  if (found.length < what.quantity) return "stock_short";
  return refuseMoment(product, nowMs) ?? found;
}

/**
 * The customer of this address; made if there is none. It is the house's, whoever sells: a reseller that sold first
 * would otherwise own the customer of all others.
 */
function holderOf(state: State, email: string, freshCustomers: readonly number[], changes: Change[]): Customer {
  const known = state.customer(customerIdentity(email));
  if (known !== undefined) return known;
  const customer: Customer = { id: take(freshCustomers), name: email.trim(), ownerId: null, displayName: "" };
  changes.push({ change: "put_customer", customer });
  return customer;
}

/** The price of one in the currency of the payment, the tax in it, and the rate that was used. */
function priceIn(
  { price, taxPpm }: StockTerms,
  wanted: string | null,
  rates: Rates | undefined,
): { amount: Money; tax: Money; rate: bigint } {
  const own = rates?.rate.get(price.currency);
  const currency = wanted !== null && rates?.rate.has(wanted) === true ? wanted : (rates?.byDefault ?? price.currency);
  const target = rates?.rate.get(currency);
  if (own === undefined || target === undefined) return priced(price, taxPpm, rateUnit);
  return priced(convert(price, own, target, currency), taxPpm, (target * rateUnit) / own);
}

function priced(amount: Money, taxPpm: number, rate: bigint): { amount: Money; tax: Money; rate: bigint } {
  const tax = { ...amount, minor: amount.minor - withoutTax(amount, taxPpm).minor };
  return { amount, tax, rate };
}
