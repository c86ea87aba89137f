import fc from "fast-check";

/** What somebody does in a card business. Cards, groups and resellers are named by their place in the lists below. */
export type Act =
  | {
      readonly act: "sell";
      readonly group: number;
      readonly seller: Seller;
      readonly quantity: number;
      readonly currency: string | null;
    }
  | { readonly act: "sell_card"; readonly card: string; readonly seller: Seller }
  | { readonly act: Reversal; readonly card: string }
  | { readonly act: "top_up"; readonly card: string; readonly minor: bigint; readonly currency: string }
  /** The top-up that was made as the n-th, counted from 0 and around. */
  | { readonly act: "undo"; readonly nth: number }
  | { readonly act: "price"; readonly group: number; readonly minor: bigint; readonly aheadMs: number }
  | {
      readonly act: "terms";
      readonly group: number;
      readonly reseller: 0 | 1;
      readonly minor: bigint | null;
      readonly commissionPpm: number;
      readonly quota: number | null;
    }
  | { readonly act: "rate"; readonly code: string; readonly rate: bigint };

export type Seller = 0 | 1 | null;
export const reversals = ["void", "return_to_stock", "return_ended", "refund_ended", "refund_kept"] as const;
export type Reversal = (typeof reversals)[number];

/** Acts that arrive together, some time after those before. */
export interface Moment {
  readonly afterMs: number;
  readonly acts: readonly Act[];
}

export const cardsPerGroup = 6;
export const balanceAtFirst = 1_000n;

/** Two groups of the house and one of the first reseller. */
export const groups = [
  { id: 1, owner: null, currency: "EUR", minor: 1_240n, taxPpm: 240_000, renewsPin: false },
  { id: 2, owner: null, currency: "USD", minor: 999n, taxPpm: 0, renewsPin: true },
  { id: 3, owner: 0, currency: "EUR", minor: 505n, taxPpm: 255_000, renewsPin: false },
] as const;

export const ratesAtFirst: readonly (readonly [code: string, rate: bigint])[] = [
  ["USD", 1_080_000_000n],
  ["JPY", 163_456_789_012n],
];

export function codesOf(group: number): readonly string[] {
  return Array.from({ length: cardsPerGroup }, (_, index) => String(group * 1000 + index));
}

const hourMs = 60 * 60_000;
const group = fc.constantFrom(1, 2, 3);
const card = fc.constantFrom(...groups.flatMap(({ id }) => codesOf(id)));
const seller = fc.constantFrom<Seller>(null, null, 0, 0, 1);
const currency = fc.constantFrom(null, "EUR", "USD", "JPY", "GBP");

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      act: fc.constant("sell" as const),
      group,
      seller,
      quantity: fc.integer({ min: 1, max: 3 }),
      currency,
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant("sell_card" as const), card, seller }) },
  { weight: 10, arbitrary: fc.record({ act: fc.constantFrom(...reversals), card }) },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant("top_up" as const),
      card,
      minor: fc.bigInt({ min: -1n, max: 5_000n }),
      currency: fc.constantFrom("EUR", "USD", "JPY", "GBP"),
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant("undo" as const), nth: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("price" as const),
      group,
      minor: fc.bigInt({ min: 0n, max: 3_000n }),
      aheadMs: fc.constantFrom(-hourMs, 0, hourMs, 5 * hourMs),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("terms" as const),
      group,
      reseller: fc.constantFrom(0 as const, 1 as const),
      minor: fc.option(fc.bigInt({ min: 0n, max: 3_000n })),
      commissionPpm: fc.constantFrom(0, 100_000, 333_333, 1_000_000),
      quota: fc.constantFrom(null, null, 0, 1, 2, 4),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("rate" as const),
      code: fc.constantFrom("USD", "JPY"),
      rate: fc.bigInt({ min: 1_000_000n, max: 200_000_000_000n }),
    }),
  },
);

/** Every reseller may sell from every group of the house, so that most histories have sales of both. */
const opening: Moment = {
  afterMs: 0,
  acts: [1, 2].flatMap((one) =>
    ([0, 1] as const).map((reseller) => ({
      act: "terms" as const,
      group: one,
      reseller,
      minor: null,
      commissionPpm: 125_000 * (reseller + 1),
      quota: null,
    })),
  ),
};

/** Some days of a card business. */
export const history: fc.Arbitrary<readonly Moment[]> = fc
  .array(
    fc.record({
      afterMs: fc.constantFrom(0, 1, 15 * 60_000, hourMs, 7 * hourMs, 26 * hourMs),
      acts: fc.array(act, { minLength: 1, maxLength: 8, size: "max" }),
    }),
    { minLength: 1, maxLength: 12, size: "max" },
  )
  .map((later) => [opening, ...later]);
