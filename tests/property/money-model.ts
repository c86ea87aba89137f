import {
  type Act,
  balanceAtFirst,
  codesOf,
  groups,
  type Reversal,
  ratesAtFirst,
  type Seller,
} from "./money-history.ts";

/** A payment as the rules make it. Parts are fractions that were rounded half away from zero. */
export interface ModelPayment {
  readonly code: string;
  readonly reseller: Seller;
  readonly channel: string;
  readonly isSale: boolean;
  readonly currency: string;
  readonly amount: bigint;
  readonly tax: bigint;
  readonly commission: bigint;
  readonly credited: bigint;
  readonly atMs: number;
  /** The place of the payment that it pays back. */
  readonly reverses: number | null;
}

interface ModelCard {
  readonly group: number;
  is: "stock" | "sold" | "ended";
}

interface ModelTerms {
  readonly minor: bigint | null;
  readonly commissionPpm: number;
  readonly quota: number | null;
}

const unit = 1_000_000_000n;
const decimals: Readonly<Record<string, number>> = { EUR: 2, USD: 2, JPY: 0 };

/** The books of a card business, told in another way: nothing is counted up or down, but looked for in the payments. */
export class MoneyModel {
  readonly payments: ModelPayment[] = [];
  readonly cards = new Map<string, ModelCard>(
    groups.flatMap(({ id }) => codesOf(id).map((code) => [code, { group: id, is: "stock" }] as const)),
  );
  readonly terms = new Map<string, ModelTerms>();
  readonly #rates = new Map<string, bigint>([["EUR", unit], ...ratesAtFirst]);
  /** Every price that was ever set, with the moment from which on it holds. */
  readonly #prices: { readonly group: number; readonly fromMs: number; readonly minor: bigint }[] = [];

  act(one: Act, nowMs: number): string {
    switch (one.act) {
      case "sell": {
        const free = codesOf(one.group).filter((code) => this.cards.get(code)?.is === "stock");
        return this.#sell(one.group, free.slice(0, one.quantity), one.seller, one.currency, nowMs, one.quantity);
      }
      case "sell_card": {
        const card = this.cards.get(one.card);
        const group = card?.group ?? 0;
        if (!this.#maySell(group, one.seller)) return "product_not_found";
        if (card?.is === "ended") return "entitlement_revoked";
        return card?.is === "sold" ? "already_sold" : this.#sell(group, [one.card], one.seller, null, nowMs, 1);
      }
      case "top_up":
        return this.#topUp(one.card, one.minor, one.currency, nowMs);
      case "undo":
        return this.#undo(one.nth, nowMs);
      case "price": {
        this.#prices.push({ group: one.group, fromMs: Math.max(nowMs, nowMs + one.aheadMs), minor: one.minor });
        return "ok";
      }
      case "terms":
        if (groupOf(one.group).owner !== null) return "product_not_found";
        this.terms.set(`${one.group} ${one.reseller}`, one);
        return "ok";
      case "rate":
        this.#rates.set(one.code, one.rate);
        return "ok";
      default:
        return this.#reverse(one.act, one.card, nowMs);
    }
  }

  /** The payments for a card that were not paid back, with their places. */
  open(code: string): readonly { readonly payment: ModelPayment; readonly place: number }[] {
    return this.payments
      .map((payment, place) => ({ payment, place }))
      .filter(({ payment, place }) => payment.code === code && payment.reverses === null && !this.#isReversed(place));
  }

  /** How many cards of a group of the house a reseller sold and was not paid back for. */
  sold(group: number, reseller: Seller): number {
    return codesOf(group)
      .flatMap((code) => this.open(code))
      .filter(({ payment }) => payment.isSale && payment.reseller === reseller).length;
  }

  balance(code: string): bigint {
    return this.payments.reduce((sum, one) => (one.code === code ? sum + one.credited : sum), balanceAtFirst);
  }

  #isReversed(place: number): boolean {
    return this.payments.some(({ reverses }) => reverses === place);
  }

  #maySell(group: number, seller: Seller): boolean {
    const { owner } = groupOf(group);
    if (owner === seller) return true;
    return (
      owner === null && (this.terms.get(`${group} ${seller}`)?.quota ?? 1) > 0 && this.terms.has(`${group} ${seller}`)
    );
  }

  #sell(
    id: number,
    codes: readonly string[],
    seller: Seller,
    wanted: string | null,
    nowMs: number,
    quantity: number,
  ): string {
    if (!this.#maySell(id, seller)) return "product_not_found";
    if (codes.length < quantity) return "stock_short";
    const group = groupOf(id);
    const terms = seller === group.owner ? undefined : this.terms.get(`${id} ${seller}`);
    if (terms !== undefined && terms.quota !== null && this.sold(id, seller) + quantity > terms.quota) {
      return "quota_reached";
    }
    const currency = wanted !== null && this.#rates.has(wanted) ? wanted : "EUR";
    const amount = this.#convert(terms?.minor ?? this.#priceOf(id, nowMs), group.currency, currency);
    const commission = rounded(amount * BigInt(terms?.commissionPpm ?? 0), 1_000_000n);
    for (const code of codes) {
      this.cards.set(code, { group: id, is: "sold" });
      const tax = amount - rounded(amount * 1_000_000n, 1_000_000n + BigInt(group.taxPpm));
      const parts = { currency, amount, tax, commission, credited: 0n };
      this.payments.push({
        code,
        reseller: seller,
        channel: "shop",
        isSale: true,
        ...parts,
        atMs: nowMs,
        reverses: null,
      });
    }
    return "ok";
  }

  #priceOf(group: number, nowMs: number): bigint {
    const begun = this.#prices.filter((one) => one.group === group && one.fromMs <= nowMs);
    const latest = Math.max(...begun.map(({ fromMs }) => fromMs));
    return begun.findLast(({ fromMs }) => fromMs === latest)?.minor ?? groupOf(group).minor;
  }

  #topUp(code: string, amount: bigint, currency: string, nowMs: number): string {
    const card = this.cards.get(code);
    const group = groupOf(card?.group ?? 0);
    if (amount <= 0n || !this.#rates.has(currency)) return "amount_invalid";
    if (card?.is === "ended") return "entitlement_revoked";
    if (card?.is === "stock") return "not_sold";
    const net = rounded(amount * 1_000_000n, 1_000_000n + BigInt(group.taxPpm));
    this.payments.push({
      code,
      reseller: group.owner,
      channel: "phone",
      isSale: false,
      currency,
      amount,
      tax: amount - net,
      commission: 0n,
      credited: this.#convert(net, currency, group.currency),
      atMs: nowMs,
      reverses: null,
    });
    return "ok";
  }

  #undo(nth: number, nowMs: number): string {
    const topUps = this.payments.flatMap(({ isSale, reverses }, place) => (isSale || reverses !== null ? [] : [place]));
    const place = topUps[nth % topUps.length];
    if (place === undefined || this.#isReversed(place)) return "not_paid";
    this.#payBack(place, nowMs);
    return "ok";
  }

  #reverse(act: Reversal, code: string, nowMs: number): string {
    const card = this.cards.get(code);
    if (card?.is === "ended") return "entitlement_revoked";
    if (card?.is !== "sold") return "not_sold";
    const open = this.open(code);
    const sale = open.find(({ payment }) => payment.isSale);
    if (sale === undefined) return "not_paid";
    const goesToStock = act === "void" || act === "return_to_stock";
    if (goesToStock && open.length > 1) return "topped_up";
    if (act !== "refund_kept") card.is = goesToStock ? "stock" : "ended";
    this.#payBack(sale.place, nowMs);
    return "ok";
  }

  #payBack(place: number, atMs: number): void {
    const first = this.payments[place];
    if (first === undefined) throw new Error("there is no such payment");
    const { amount, tax, commission, credited } = first;
    const parts = { amount: -amount, tax: -tax, commission: -commission, credited: -credited };
    this.payments.push({ ...first, ...parts, atMs, reverses: place });
  }

  #convert(minor: bigint, from: string, to: string): bigint {
    if (from === to) return minor;
    const [up, down] = [decimals[to] ?? 0, decimals[from] ?? 0].map((digits) => 10n ** BigInt(digits)) as [
      bigint,
      bigint,
    ];
    return rounded(minor * (this.#rates.get(to) ?? 0n) * up, (this.#rates.get(from) ?? 1n) * down);
  }
}

function groupOf(id: number): (typeof groups)[number] {
  const group = groups.find((one) => one.id === id);
  if (group === undefined) throw new Error(`there is no group ${id}`);
  return group;
}

/** The nearest whole number; of two equally near ones that further from zero. All dividends here are positive. */
function rounded(dividend: bigint, divisor: bigint): bigint {
  const floor = dividend / divisor;
  return (dividend % divisor) * 2n >= divisor ? floor + 1n : floor;
}
