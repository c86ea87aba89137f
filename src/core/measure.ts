/**
 * What is counted of the log, by product, category, gate and time. `redeemed` counts uses, `exited` exits, and `undone`
 * uses that were taken back. `refused` has a reason, and `paid` an amount in each currency, less what was paid back.
 */
export const measures = [
  "issued",
  "sold",
  "topped_up",
  "paid",
  "redeemed",
  "exited",
  "undone",
  "refused",
  "revoked",
  "bound",
  "unbound",
  "delivered",
] as const;
export type Measure = (typeof measures)[number];

/** The counts of a measure are told in buckets of this length, and so are the days of a time zone. */
export const bucketSizes = ["minute", "hour", "day"] as const;
export type BucketSize = (typeof bucketSizes)[number];

/**
 * What a count can be divided by. The `reseller` is the one on whose account a payment is; without a payment, the owner of
 * the product. `reason` is that of a refusal.
 */
export const dimensions = ["product", "category", "gate", "reseller", "reason"] as const;
export type Dimension = (typeof dimensions)[number];
