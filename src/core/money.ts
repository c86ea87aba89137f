/** An amount of money in the smallest unit of its currency. */
export interface Money {
  readonly minor: bigint;
  /** ISO 4217, three capital letters. */
  readonly currency: string;
}

/** Exchange rates are kept in billionths. */
export const rateUnit = 1_000_000_000n;
/** Tax is kept in millionths of the amount without it. */
export const taxUnit = 1_000_000n;

const currencies = new Set(Intl.supportedValuesOf("currency"));

/** Whether this is the code of a currency, in capital letters. */
export function isCurrency(code: string): boolean {
  return currencies.has(code);
}

const digitsByCurrency = new Map<string, number>();

/** How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD. */
export function decimalsOf(currency: string): number {
  const known = digitsByCurrency.get(currency);
  if (known !== undefined) return known;
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  digitsByCurrency.set(currency, digits);
  return digits;
}

/** An amount as a plain decimal with a point: `10.00`. */
export function formatMoney({ minor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const sign = minor < 0n ? "-" : "";
  const digits = String(minor < 0n ? -minor : minor).padStart(decimals + 1, "0");
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** Reads a plain decimal, at most 15 digits before the point; `undefined` for anything else or too many decimals. */
export function parseMoney(text: string, currency: string): Money | undefined {
  const parts = /^(-?)(\d{1,15})(?:\.(\d*))?$/.exec(text.trim());
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = parts;
  const decimals = decimalsOf(currency);
  const significant = fraction.replace(/0+$/, "");
  if (significant.length > decimals) return undefined;
  const minor = BigInt(whole + significant.padEnd(decimals, "0"));
  return { minor: sign === "-" ? -minor : minor, currency };
}

const rateDecimals = 9;
/** Digits of a rate before the point, at most. The database keeps no more. */
const ratePlacesMax = 11;

/** Reads an exchange rate in billionths; `undefined` if it is not a plain decimal, not above 0, or too long. */
export function parseRate(text: string): bigint | undefined {
  const parts = /^(\d+)(?:\.(\d*))?$/.exec(text.trim());
  const [, whole = "", fraction = ""] = parts ?? [];
  const significant = fraction.replace(/0+$/, "");
  if (parts === null || significant.length > rateDecimals) return undefined;
  const rate = BigInt(whole + significant.padEnd(rateDecimals, "0"));
  return isRate(rate) ? rate : undefined;
}

/** Whether this can be an exchange rate: above 0, and not longer than the database keeps. */
export function isRate(rate: bigint): boolean {
  return rate > 0n && rate < 10n ** BigInt(ratePlacesMax + rateDecimals);
}

/** An exchange rate as a plain decimal, without zeros at its end. */
export function formatRate(rate: bigint): string {
  const fraction = String(rate % rateUnit)
    .padStart(rateDecimals, "0")
    .replace(/0+$/, "");
  return `${rate / rateUnit}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Divides and rounds half away from zero. */
export function divideRounded(dividend: bigint, divisor: bigint): bigint {
  const doubled = dividend * 2n;
  const half = dividend < 0n ? -divisor : divisor;
  return (doubled + half) / (divisor * 2n);
}

/** The amount without the tax that it includes. */
export function withoutTax(amount: Money, taxPpm: number): Money {
  return { ...amount, minor: divideRounded(amount.minor * taxUnit, taxUnit + BigInt(taxPpm)) };
}

/** The amount in another currency. Rates are in billionths: so many of a currency make one of the default. */
export function convert(amount: Money, rateFrom: bigint, rateTo: bigint, currency: string): Money {
  if (amount.currency === currency) return amount;
  const shift = decimalsOf(currency) - decimalsOf(amount.currency);
  const up = shift > 0 ? 10n ** BigInt(shift) : 1n;
  const down = shift < 0 ? 10n ** BigInt(-shift) : 1n;
  return { minor: divideRounded(amount.minor * rateTo * up, rateFrom * down), currency };
}
