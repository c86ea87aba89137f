import type { Product } from "../../src/core/product.ts";
import type { Direction } from "../../src/core/use.ts";

export type RidesTerms = Pick<Product, "uses" | "reentry" | "timeZone">;

/** One use of a ticket, in the words of the model. */
export interface Ride {
  readonly number: number;
  readonly by: string;
  /** Of rides that were reported for one moment, the lower comes first. */
  readonly rank: string;
  readonly atMs: number;
  readonly reportedAtMs: number | null;
  readonly direction: Direction;
  readonly count: number;
  readonly refusal: string | null;
  readonly answer: string | null;
  readonly undone: boolean;
}

/** All uses of a ticket, in any order. */
export type Rides = readonly Ride[];

/** Scanners report whole seconds, so of two times in one second neither is the earlier. */
export function secondOf(atMs: number): number {
  return Math.floor(atMs / 1_000);
}

/** Those that count, by their times. */
export function honoured(rides: Rides): Rides {
  return rides.filter(({ refusal, undone }) => refusal === null && !undone).sort(inTime);
}

/** How many uses these entries spend. */
export function entriesOf(rides: Rides): number {
  return rides.reduce((sum, { direction, count }) => sum + (direction === "entry" ? count : 0), 0);
}

export function isInside(rides: Rides): boolean {
  return honoured(rides).at(-1)?.direction === "entry";
}

/** The reason for which a ride is refused after these, all of which count. */
export function refuseRide(
  { uses, reentry, timeZone }: RidesTerms,
  usesMax: number | null,
  before: Rides,
  { direction, count, atMs }: Ride,
): string | undefined {
  const asksForExits = reentry === "after_exit";
  const inside = before.at(-1)?.direction === "entry";
  if (direction === "exit") return inside ? undefined : "not_inside";
  const max = usesMax ?? uses.max;
  const day = dayOf(timeZone, atMs);
  const counted = uses.per === "day" ? before.filter((one) => dayOf(timeZone, one.atMs) === day) : before;
  const left = max === null ? count : max - entriesOf(counted);
  if (left >= count) return asksForExits && inside ? "already_inside" : undefined;
  if (left > 0) return "uses_short";
  if (uses.per === "day") return "already_redeemed_today";
  return max === 1 ? "already_redeemed" : "uses_short";
}

/** The rides with one that is new or was taken back, after it and every later one were decided by those before them. */
export function decideAgain(terms: RidesTerms, usesMax: number | null, others: Rides, one: Ride): Rides {
  const decided: Ride[] = [];
  for (const ride of [...others, one].sort(inTime)) {
    const isOpen = !ride.undone && (ride.refusal === null || ofOthers.includes(ride.refusal));
    const isLater = ride === one || inTime(one, ride) < 0;
    const refusal = isOpen && isLater ? (refuseRide(terms, usesMax, honoured(decided), ride) ?? null) : ride.refusal;
    decided.push({ ...ride, refusal });
  }
  return decided;
}

/** The time of the last ride that counts, counted or was refused for the rides before it. */
export function latestMs(rides: Rides): number {
  const open = rides.filter(({ refusal }) => refusal === null || ofOthers.includes(refusal));
  return Math.max(...open.map(({ atMs }) => atMs));
}

const ofOthers: readonly string[] = [
  "already_redeemed",
  "already_redeemed_today",
  "uses_short",
  "already_inside",
  "not_inside",
];

/** By their times. Of one moment those that were reported come first, and then the others as they were made. */
function inTime(a: Ride, b: Ride): number {
  if (a.atMs !== b.atMs) return a.atMs - b.atMs;
  if (a.reportedAtMs === null && b.reportedAtMs === null) return a.number - b.number;
  if (a.reportedAtMs === null || b.reportedAtMs === null) return a.reportedAtMs === null ? 1 : -1;
  if (a.rank === b.rank) return 0;
  return a.rank < b.rank ? -1 : 1;
}

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** Helsinki sets its clocks back. */
const winterMs = Date.UTC(2026, 9, 25, 1);

/** The calendar day, for the zones that histories have. */
function dayOf(timeZone: string, atMs: number): number {
  const aheadMs = timeZone === "UTC" ? 0 : (atMs < winterMs ? 3 : 2) * hourMs;
  return Math.floor((atMs + aheadMs) / dayMs);
}
