/** Reports of the money that was paid and paid back. They are made of sums that every payment is added to. */
export interface ReportQueries {
  /**
   * The sums of the payments of some days, for each combination of the parts that are asked for and of currencies. In
   * the order of the parts. All at once: a month by all parts has some thousands of rows.
   */
  payments(organizationId: number, filter: PaymentReportFilter): Promise<readonly PaymentSums[]>;
}

/** The parts by which a report is divided. */
export const reportParts = ["day", "reseller", "product", "channel"] as const;
export type ReportPart = (typeof reportParts)[number];

export interface PaymentReportFilter {
  /** The first and the last day, as `YYYY-MM-DD` in the time zone. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** The name of a time zone of the IANA database. */
  readonly timeZone: string;
  readonly by: ReadonlySet<ReportPart>;
  /** The reseller who asks; see `ownerScope`: it sees its own, and the house sees all. */
  readonly scope: number | null;
  /** Absent: all resellers and the house. `null`: the house alone. */
  readonly resellerId?: number | null;
  readonly productId?: number;
}

/** Sums of payments. Amounts are in minor units of the currency, tax included; those that were paid back are negative. */
export interface PaymentSums {
  /** `null` where the report is not divided by days. */
  readonly day: string | null;
  /** `null` for the house, and where the report is not divided by resellers. */
  readonly resellerId: number | null;
  /** `null` also for an operator who was removed. */
  readonly reseller: string | null;
  readonly productId: number | null;
  readonly product: string | null;
  readonly channel: string | null;
  readonly currency: string;
  /** Cards that were sold, and sales that were reversed. */
  readonly sold: number;
  readonly unsold: number;
  readonly soldMinor: bigint;
  readonly unsoldMinor: bigint;
  /** Top-ups less those that were undone. */
  readonly toppedUpMinor: bigint;
  /** The sum of all amounts, and the tax in it. */
  readonly totalMinor: bigint;
  readonly taxMinor: bigint;
  /** The part of the total that resellers keep. */
  readonly commissionMinor: bigint;
}
