import { aboutProduct, type LogDetail } from "../log-entry.ts";
import { formatMoney, type Money } from "../money.ts";
import { canonicalLogin, operators } from "../operator.ts";
import { priceAt, pricesMax, withoutPrice, withPrice } from "../price-list.ts";
import { type Product, products } from "../product.ts";
import { partUnit, type ResellerTerms, resellerTerms, termsKey } from "../reseller-terms.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";

interface ChangeStockTerms {
  readonly productId: number;
  /** A price that holds from a moment on, in the currency of the product; without a moment, from now on. */
  readonly price?: { readonly amount: Money; readonly fromMs?: number };
  /** The moment of a price ahead that is withdrawn. It is looked at before `price`. */
  readonly withdrawnFromMs?: number;
  /** Whether a card that is returned to stock gets a new pin. */
  readonly renewsPin?: boolean;
}

/**
 * Changes the terms on which a product is sold from stock. Cards that were sold keep their price. A product that is not
 * sold from stock counts as not found. `amount_invalid`: the price is negative, or in another currency. `quantity_invalid`:
 * the product has `pricesMax` prices ahead. `price_not_found`: no price ahead begins at the moment that is withdrawn.
 */
export const changeStockTerms = verb<ChangeStockTerms, { readonly product: Product }>()({
  name: "change_stock_terms",
  permission: "manage_products",
  refusals: ["product_not_found", "price_not_found", "quantity_invalid", "amount_invalid", "product_retired"],
  logs: ["product_priced", "product_price_withdrawn", "product_changed"],

  needs: ({ productId }) => ({ lock: [products.at(productId)] }),

  decide(state, { productId, price, withdrawnFromMs, renewsPin }, { nowMs }) {
    const before = state.get(products, productId);
    if (before?.stock == null) return refuse("product_not_found");
    const kept = withdrawnFromMs === undefined ? before : withoutPrice(before, withdrawnFromMs, nowMs);
    if (kept === undefined) return refuse("price_not_found");
    const priceNow = priceAt(before.stock.price, before.prices, nowMs);
    const fromMs = price?.fromMs ?? nowMs;
    const priced = price === undefined ? kept : withPrice(kept, { fromMs, minor: price.amount.minor }, nowMs);
    if (priced.prices.length > pricesMax) return refuse("quantity_invalid");
    if (price !== undefined && (price.amount.minor < 0n || price.amount.currency !== priceNow.currency)) {
      return refuse("amount_invalid");
    }
    if (before.retiredAtMs !== null) return refuse("product_retired");
    const product: Product = renewsPin === undefined ? priced : { ...priced, renewsPin };
    return accept(
      { product },
      [put(products, product)],
      [
        ...(withdrawnFromMs === undefined
          ? []
          : [
              {
                ...aboutProduct("product_price_withdrawn", productId, nowMs),
                detail: { since: new Date(withdrawnFromMs).toISOString() },
              },
            ]),
        ...(price === undefined
          ? []
          : [{ ...aboutProduct("product_priced", productId, nowMs), detail: pricing(priceNow, price.amount, fromMs) }]),
        ...(renewsPin === undefined
          ? []
          : [
              {
                ...aboutProduct("product_changed", productId, nowMs),
                detail: { renewsPin: { from: before.renewsPin, to: renewsPin } },
              },
            ]),
      ],
    );
  },
});

function pricing(from: Money, to: Money, fromMs: number): LogDetail {
  return {
    currency: to.currency,
    since: new Date(fromMs).toISOString(),
    from: formatMoney(from),
    to: formatMoney(to),
  };
}

interface ChangeResellerTerms extends Partial<Pick<ResellerTerms, "price" | "commissionPpm" | "quota">> {
  readonly login: string;
  /** The number of the operator with this login. */
  readonly operatorId: number;
  readonly productId: number;
}

/**
 * Lets a reseller sell the cards of a product of the house, or changes its terms; absent terms keep their value. A new
 * reseller of a product sells at the product's price, without a commission and a quota. Cards that were sold keep their
 * price and commission. A product that is not sold from the house's stock counts as not found, and so does an operator
 * who is no reseller. `amount_invalid`: the price or the commission cannot stand. `quantity_invalid`: the quota cannot.
 */
export const changeResellerTerms = verb<ChangeResellerTerms, { readonly terms: ResellerTerms }>()({
  name: "change_reseller_terms",
  permission: "manage_products",
  refusals: ["product_not_found", "operator_not_found", "quantity_invalid", "amount_invalid", "product_retired"],
  logs: ["product_reseller_terms_changed"],

  needs: ({ login, operatorId, productId }) => ({
    lock: [resellerTerms.at(termsKey(operatorId, productId))],
    read: [operators.at(canonicalLogin(login)), products.at(productId)],
  }),

  decide(state, { login, operatorId, productId, ...changed }, { nowMs }) {
    const product = state.get(products, productId);
    if (product?.stock == null || product.stock.ownerId !== null) return refuse("product_not_found");
    const operator = state.get(operators, canonicalLogin(login));
    if (operator?.id !== operatorId || operator.role !== "reseller") return refuse("operator_not_found");
    const known = state.get(resellerTerms, termsKey(operatorId, productId));
    const before: ResellerTerms = known ?? {
      operatorId,
      productId,
      price: null,
      commissionPpm: 0,
      quota: null,
      sold: 0,
    };
    const terms: ResellerTerms = { ...before, ...changed };
    const { price, commissionPpm, quota } = terms;
    if (quota !== null && (!Number.isSafeInteger(quota) || quota < 0)) return refuse("quantity_invalid");
    const priceFits = price === null || (price.minor >= 0n && price.currency === product.stock.price.currency);
    const commissionFits = Number.isInteger(commissionPpm) && commissionPpm >= 0 && commissionPpm <= Number(partUnit);
    if (!priceFits || !commissionFits) return refuse("amount_invalid");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    const from = known === undefined ? {} : { from: plain(known) };
    const detail = { reseller: login, ...from, to: plain(terms) };
    return accept(
      { terms },
      [put(resellerTerms, terms)],
      [{ ...aboutProduct("product_reseller_terms_changed", productId, nowMs), detail }],
    );
  },
});

function plain({ price, commissionPpm, quota }: ResellerTerms) {
  return { price: price === null ? null : formatMoney(price), commissionPpm, quota };
}
