import { entitlements } from "./entitlement.ts";
import type { Money } from "./money.ts";
import { lookup, noun, type State } from "./state.ts";

/** One act of selling. */
export interface Sale {
  readonly id: number;
  readonly productId: number;
  /** The address to which the codes are mailed; `null` for none. */
  readonly email: string | null;
  /** The name of the dialect through which it came in. */
  readonly channel: string;
  readonly operatorId: number | null;
  /** The integrator's own name for the order; several sales may share it. */
  readonly reference: string | null;
  readonly soldAtMs: number;
}

/** Money that was paid for one entitlement, or paid back. */
export interface Payment {
  readonly id: number;
  /** `null` for a top-up. A reversing payment has the sale of the payment that it reverses. */
  readonly saleId: number | null;
  readonly entitlementId: number;
  readonly productId: number;
  /** The reseller on whose account it is: the owner of the product, or a seller of the house's; `null` for the house. */
  readonly resellerId: number | null;
  /** The name of the dialect through which it came in. */
  readonly channel: string;
  /** With tax, in the currency in which it was paid. */
  readonly amount: Money;
  /** The part of the amount that is tax. */
  readonly tax: Money;
  /** The part of the amount that a reseller keeps. */
  readonly commission: Money;
  /** How much it put on the card, in minor units of the card's currency. */
  readonly credited: bigint;
  /** How many of that currency made one of the product's currency, in billionths. */
  readonly rate: bigint;
  readonly description: string;
  readonly paidAtMs: number;
  /** The payment that it pays back; `null` for any other payment. A payment is reversed once at most. */
  readonly reverses: number | null;
}

export const saleQuantityMax = 1_000;

/** Sales and payments, by their numbers. They are only ever added. */
export const sales = noun<number, Sale>({ name: "sale", keyOf: ({ id }) => id });
export const payments = noun<number, Payment>({ name: "payment", keyOf: ({ id }) => id });

/** Every payment for the entitlement with this code. */
export const paymentsOf = lookup<string, Payment>({
  name: "payments_of",
  noun: payments,
  entriesOf: ({ entitlementId }) => [entitlementId],
  entryFor: (code, state) => state.get(entitlements, code)?.id,
});

/** The payments for an entitlement that were not paid back. The command must name them as `paymentsOf`. */
export function openPayments(state: State, code: string): readonly Payment[] {
  const all = state.find(paymentsOf, code);
  const reversed = new Set(all.map(({ reverses }) => reverses));
  return all.filter(({ id, reverses }) => reverses === null && !reversed.has(id));
}

/** The payment that pays another one back in full. */
export function reversing(
  payment: Payment,
  { id, description, paidAtMs }: Pick<Payment, "id" | "description" | "paidAtMs">,
): Payment {
  const negative = (money: Money) => ({ ...money, minor: -money.minor });
  return {
    ...payment,
    id,
    amount: negative(payment.amount),
    tax: negative(payment.tax),
    commission: negative(payment.commission),
    credited: -payment.credited,
    description,
    paidAtMs,
    reverses: payment.id,
  };
}

/** Currencies of an organization: how many of each make one of the default, in billionths. */
export interface Rates {
  readonly byDefault: string;
  readonly rate: ReadonlyMap<string, bigint>;
}

/** The one row of the organization's currencies; absent for an organization that has none. */
export const rates = noun<"all", Rates>({ name: "rates", keyOf: () => "all" });
