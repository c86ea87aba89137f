/** A promise about speed, and its value in this run. */
export interface Bound {
  readonly name: string;
  readonly value: number;
  /** `min`: at least the limit; `max`: at most, and of a time or a size below it. */
  readonly kind: "min" | "max";
  readonly limit: number;
  readonly unit: "x" | "s" | "ms" | "MB" | "/s";
}

export interface Measurement {
  readonly bounds: readonly Bound[];
  /** Further lines for the reader. */
  readonly notes: readonly string[];
  /** Every figure that was taken. */
  readonly raw: unknown;
}

export function holds({ value, kind, limit }: Bound): boolean {
  return kind === "min" ? value >= limit : value < limit;
}

/** The value below which this share of the values lies; the values need not be sorted. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** Tries numbers of connections; the best is the one with the highest rate. */
export async function tryConnections(
  numbers: readonly number[],
  measure: (connections: number) => Promise<{ readonly rate: number }>,
) {
  const trials: { connections: number; rate: number }[] = [];
  for (const connections of numbers) trials.push({ connections, rate: (await measure(connections)).rate });
  return { trials, best: trials.reduce((a, b) => (b.rate > a.rate ? b : a)).connections };
}

/** With as many digits as a reader can use. */
export function round(value: number, digits = 3): number {
  return Number(value.toPrecision(digits));
}

/** Whole numbers with thin thousands: 12 345. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en").replaceAll(",", " ");
}
