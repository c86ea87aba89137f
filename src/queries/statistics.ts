import type { BucketSize, Dimension, Measure } from "../core/measure.ts";

/** How often something happened, and when. */
export interface StatisticQueries {
  /**
   * The counts of a measure in every bucket from the one with `fromMs` to the one before `toMs`, whole buckets at both
   * ends. They are exact: every entry of the log that was visible when this was asked is in them, once. Entries that
   * were removed from the log for their age stay counted. `undefined` for a time zone that the database does not know.
   */
  series(organizationId: number, request: SeriesRequest): Promise<SeriesAnswer | undefined>;
}

export interface SeriesRequest {
  readonly measure: Measure;
  readonly fromMs: number;
  readonly toMs: number;
  readonly bucket: BucketSize;
  readonly timeZone: string;
  /** Absent: one series for all. */
  readonly by?: Dimension;
  /** `null` for all. */
  readonly productIds: readonly number[] | null;
  readonly categories: readonly string[] | null;
  readonly productId?: number;
  readonly category?: string;
  readonly gateId?: number;
  /** The one on whose account a payment is; without a payment, the owner of the product. */
  readonly resellerId?: number;
}

export interface SeriesAnswer {
  /** The beginning of each bucket, also of those in which nothing happened. */
  readonly startsMs: readonly number[];
  readonly points: readonly SeriesPoint[];
}

/** Of the series beyond {@link seriesMax}, the smallest, all points are one series. */
export const seriesMax = 100;

/** The count of one series in one bucket. */
export interface SeriesPoint {
  readonly startMs: number;
  /** What it is divided by; `null` for none. */
  readonly key: string | null;
  /** Whether it is the series of the rest. */
  readonly isRest: boolean;
  /** Of `paid` alone. */
  readonly currency: string | null;
  readonly count: number;
  readonly amountMinor: number;
}
