import { cards, type StockedCard, stock, stockOf } from "../card.ts";
import { type Customer, customerIdentity, customers } from "../customer.ts";
import { type Entitlement, entitlements, isHeld, missing, replacedCodes } from "../entitlement.ts";
import { holds, isLive } from "../hold.ts";
import { jobs } from "../job.ts";
import { aboutEntitlement, type LogEntryDraft } from "../log-entry.ts";
import { isReference } from "../metadata.ts";
import { convert, divideRounded, rateUnit, withoutTax } from "../money.ts";
import { idOf } from "../principal.ts";
import { type Product, products, refuseMoment } from "../product.ts";
import { type Offer, offerFor, partUnit, resellerTerms, termsKey } from "../reseller-terms.ts";
import { type Payment, payments, type Rates, rates, type Sale, saleQuantityMax, sales } from "../sale.ts";
import { type Effect, type Named, put, type State } from "../state.ts";
import { accept, type Context, refuse, verb } from "../verb.ts";
import { freeStock } from "./holds.ts";
import { paid } from "./top-up.ts";

interface Sell {
  readonly productId: number;
  /** The owner who sells; see `ownerScope`. A reseller sells from its own stock, and from the house's by its terms. */
  readonly ownerId: number | null;
  /**
   * A quantity from stock, the lowest number first, the card with this number, or a quantity of what the hold with this
   * number keeps. The hold ends, and the rest of it is free.
   */
  readonly what:
    | { readonly quantity: number }
    | { readonly number: string }
    | { readonly hold: number; readonly quantity: number };
  /** The address to which the codes are mailed. It becomes their holder. */
  readonly email: string | null;
  /** The task that mails them. When absent it is `mail_sale`, as in stored hashes of older commands. */
  readonly mailTask?: string;
  /** The currency of the payment. When `null` or unknown it is the default currency of the organization. */
  readonly currency: string | null;
  readonly channel: string;
  /** The integrator's own name for the order. */
  readonly reference?: string;
}

interface Sold {
  readonly sale: Sale;
  readonly product: Product;
  readonly cards: readonly StockedCard[];
}

/**
 * Sells from stock. It marks the entitlements as sold, records a sale with a payment for each, and queues the mail to
 * the buyer: all or nothing. A product that is not sold from stock, or that the owner may not sell, counts as not found,
 * and so does a hold of another product. `quantity_invalid`: also for more than the hold keeps.
 */
export const sell = verb<Sell, Sold>()({
  name: "sell",
  permission: "sell",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "hold_not_found",
    "quantity_invalid",
    "text_invalid",
    "product_retired",
    "product_closed",
    "entitlement_revoked",
    "entitlement_suspended",
    "hold_ended",
    "already_redeemed",
    "already_sold",
    "entitlement_held",
    "stock_short",
    "quota_reached",
    "not_yet_valid",
    "no_longer_valid",
  ],
  logs: ["entitlement_sold"],

  needs({ productId, ownerId, what, email }) {
    const count = "number" in what ? 1 : countOf(what.quantity);
    return {
      // The terms cost a statement, which only the sales of resellers have.
      lock: [
        products.at(productId),
        ...(ownerId === null ? [] : [resellerTerms.at(termsKey(ownerId, productId))]),
        ...cardsIn(productId, what, count),
      ],
      read: [
        rates.at("all"),
        ...("number" in what ? [replacedCodes.at(what.number)] : []),
        ...(email === null ? [] : [customers.at(customerIdentity(email))]),
      ],
      fresh: [
        [sales, 1],
        [payments, count],
        [customers, email === null ? 0 : 1],
      ],
    };
  },

  decide(state, command, { nowMs, principal, fresh }) {
    const { ownerId } = command;
    const product = state.get(products, command.productId);
    if (product?.stock == null) return refuse("product_not_found");
    const terms = ownerId === null ? undefined : state.get(resellerTerms, termsKey(ownerId, product.id));
    const offer = offerFor(product, ownerId, terms, nowMs);
    if (offer === undefined) return refuse("product_not_found");
    const chosen = choose(state, product, command, offer, nowMs);
    if (typeof chosen === "string") return refuse(chosen);

    const effects: Effect[] = [];
    const holder = command.email === null ? null : holderOf(state, command.email, fresh, effects);
    const sale: Sale = {
      id: fresh(sales),
      productId: product.id,
      email: command.email,
      channel: command.channel,
      operatorId: idOf(principal, "operator"),
      reference: command.reference ?? null,
      soldAtMs: nowMs,
    };
    effects.push(put(sales, sale));
    const price = priceIn(offer, product.stock.taxPpm, command.currency, state.get(rates, "all"));
    const sold: StockedCard[] = [];
    const entries: LogEntryDraft<"entitlement_sold">[] = [];
    for (const inStock of chosen) {
      const entitlement: Entitlement = { ...inStock, inStock: false, customer: holder, hold: null };
      const card = state.get(cards, entitlement.code)?.card;
      if (card === undefined) throw new Error("a sale takes a card that its needs do not name");
      sold.push({ entitlement, card });
      const payment: Payment = {
        id: fresh(payments),
        saleId: sale.id,
        entitlementId: entitlement.id,
        productId: product.id,
        resellerId: ownerId,
        channel: sale.channel,
        ...price,
        credited: 0n,
        description: "",
        paidAtMs: nowMs,
        reverses: null,
      };
      effects.push(put(entitlements, entitlement), put(payments, payment));
      entries.push({ ...aboutEntitlement("entitlement_sold", entitlement, nowMs), detail: paid(payment) });
    }
    const count = chosen.length;
    const left: Product = { ...product, inStock: product.inStock - count, issued: product.issued + count };
    effects.push(put(products, left), ...ended(state, command.what, chosen, nowMs));
    if (terms !== undefined && product.stock.ownerId === null) {
      effects.push(put(resellerTerms, { ...terms, sold: terms.sold + count }));
    }
    if (sale.email !== null)
      effects.push(put(jobs, { task: command.mailTask ?? "mail_sale", subject: { saleId: sale.id } }));
    return accept({ sale, product: left, cards: sold }, effects, entries);
  },
});

/** The quantity to load: 0 for a quantity that is refused. */
function countOf(quantity: number): number {
  return isQuantity(quantity) ? quantity : 0;
}

function isQuantity(quantity: number): boolean {
  return Number.isInteger(quantity) && quantity >= 1 && quantity <= saleQuantityMax;
}

/** The cards that the command may sell, with their entitlements. */
function cardsIn(productId: number, what: Sell["what"], count: number): readonly Named[] {
  if ("number" in what) return [entitlements.at(what.number), cards.at(what.number)];
  if ("hold" in what) return [holds.at(what.hold), stockOf.at(what.hold)];
  return [stock.at({ productId, count })];
}

/** The entitlements that are sold, or the reason why none is. */
function choose(state: State, product: Product, { what, reference }: Sell, { left }: Offer, nowMs: number) {
  const named = "number" in what ? state.get(entitlements, what.number) : undefined;
  if ("number" in what && named?.productId !== product.id)
    return missing(state, { productId: product.id, code: what.number });
  const hold = "hold" in what ? state.get(holds, what.hold) : undefined;
  if ("hold" in what && hold?.productId !== product.id) return "hold_not_found";
  const quantity = "number" in what ? 1 : what.quantity;
  if (!isQuantity(quantity) || (hold !== undefined && quantity > hold.quantity)) return "quantity_invalid";
  if (reference !== undefined && !isReference(reference)) return "text_invalid";
  if (product.retiredAtMs !== null) return "product_retired";
  // What is held was promised before the product was closed.
  if (product.closed !== null && hold === undefined) return "product_closed";
  const overQuota = left < quantity ? "quota_reached" : undefined;
  if (named !== undefined) return refuseCard(named, nowMs) ?? overQuota ?? refuseMoment(product, nowMs) ?? [named];
  if (hold !== undefined && !isLive(hold, nowMs)) return "hold_ended";
  const found =
    hold === undefined
      ? freeStock(state, product, quantity, nowMs)
      : state.find(stockOf, hold.id).filter(({ suspendedAtMs }) => suspendedAtMs === null);
  if (found.length < quantity) return "stock_short";
  return overQuota ?? refuseMoment(product, nowMs) ?? found.slice(0, quantity);
}

/** The reason why the card that was named is not sold. */
function refuseCard(card: Entitlement, nowMs: number) {
  if (card.revokedAtMs !== null) return "entitlement_revoked";
  if (card.suspendedAtMs !== null) return "entitlement_suspended";
  if (card.redemption !== null) return "already_redeemed";
  if (!card.inStock) return "already_sold";
  return isHeld(card, nowMs) ? "entitlement_held" : undefined;
}

/** Ends the hold that a sale confirms. What it kept besides is free. */
function ended(state: State, what: Sell["what"], sold: readonly Entitlement[], nowMs: number): readonly Effect[] {
  const hold = "hold" in what ? state.get(holds, what.hold) : undefined;
  if (hold === undefined) return [];
  const rest = state.find(stockOf, hold.id).filter((one) => !sold.includes(one));
  return [
    put(holds, { ...hold, endedAtMs: nowMs, isConfirmed: true }),
    ...rest.map((one) => put(entitlements, { ...one, hold: null })),
  ];
}

/**
 * The customer of this address; added to the effects if there is none. It belongs to the house, whoever sells: a
 * reseller that sold first would otherwise own the customer of all others.
 */
function holderOf(state: State, email: string, fresh: Context["fresh"], effects: Effect[]): Customer {
  const known = state.get(customers, customerIdentity(email));
  if (known !== undefined) return known;
  const added = { id: fresh(customers), name: email.trim(), ownerId: null, displayName: "" };
  effects.push(put(customers, added));
  return added;
}

/** The price of one card in the currency of the payment, the tax and the commission in it, and the rate. */
function priceIn({ price, commissionPpm }: Offer, taxPpm: number, wanted: string | null, rates: Rates | undefined) {
  const own = rates?.rate.get(price.currency);
  const currency = wanted !== null && rates?.rate.has(wanted) === true ? wanted : (rates?.byDefault ?? price.currency);
  const target = rates?.rate.get(currency);
  const isPlain = own === undefined || target === undefined;
  const amount = isPlain ? price : convert(price, own, target, currency);
  const part = (minor: bigint) => ({ minor, currency: amount.currency });
  return {
    amount,
    tax: part(amount.minor - withoutTax(amount, taxPpm).minor),
    commission: part(divideRounded(amount.minor * BigInt(commissionPpm), partUnit)),
    rate: isPlain ? rateUnit : (target * rateUnit) / own,
  };
}
