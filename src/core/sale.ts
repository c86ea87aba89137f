import type { Money } from "./money.ts";
import { noun } from "./state.ts";

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

/** Money that was paid for one entitlement. */
export interface Payment {
  readonly id: number;
  /** `null` for a payment that came later, such as a top-up. */
  readonly saleId: number | null;
  readonly entitlementId: number;
  /** With tax, in the currency in which it was paid. */
  readonly amount: Money;
  /** The part of the amount that is tax. */
  readonly tax: Money;
  /** How many of that currency made one of the product's currency, in billionths. */
  readonly rate: bigint;
  readonly description: string;
  readonly paidAtMs: number;
}

export const saleQuantityMax = 1_000;

/** Sales and payments, by their numbers. They are only ever added. */
export const sales = noun<number, Sale>({ name: "sale", keyOf: ({ id }) => id });
export const payments = noun<number, Payment>({ name: "payment", keyOf: ({ id }) => id });

/** Currencies of an organization: how many of each make one of the default, in billionths. */
export interface Rates {
  readonly byDefault: string;
  readonly rate: ReadonlyMap<string, bigint>;
}

/** The one row of the organization's currencies; absent for an organization that has none. */
export const rates = noun<"all", Rates>({ name: "rates", keyOf: () => "all" });
