import fc from "fast-check";
import type { Command } from "../../src/core/command.ts";
import type { Principal } from "../../src/core/principal.ts";
import type { ProductTerms } from "../../src/core/product.ts";
import type { UseLimit } from "../../src/core/use.ts";
import { anybody, gate, owner } from "../support/principals.ts";

/** A command as it may come in: by whom, and perhaps with an idempotency key. */
export interface Request {
  readonly command: Command;
  readonly principal: Principal;
  readonly idempotencyKey?: string;
}

/** Requests that arrive together, some time after those before. */
export interface Moment {
  /** Negative when the clock is set back. */
  readonly afterMs: number;
  /** Whether the connection to the database breaks after the commit. Requests with a key are then sent again. */
  readonly answersAreLost: boolean;
  readonly requests: readonly Request[];
}

/**
 * How often a property is tried. The seed of a run that failed is printed; `PROPERTY_SEED` in the environment replays
 * it.
 */
export function tries<T>(numRuns: number): fc.Parameters<T> {
  const seed = process.env.PROPERTY_SEED;
  return { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Histories begin in the evening before Helsinki sets its clocks back, and may last into the day after. */
export const beginMs = Date.UTC(2026, 9, 24, 18);

const often = <T>(value: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });

// Few of everything, so that commands meet each other often; and every code mostly with the product that it is of.
const codesOf = [
  ["1", "2", "3", "03"],
  ["4", "5", "999999999999999999"],
  ["6", "7", "8"],
];
const productId = fc.constantFrom(1, 1, 2, 3, 3);
const place = fc.record({ productId, of: productId, index: fc.nat() }).chain(({ productId: id, of, index }) => {
  const codes = codesOf[of - 1] ?? [];
  return fc.record({ productId: often(of, fc.constant(id)), code: fc.constant(codes[index % codes.length] ?? "") });
});
const holder = fc.constantFrom(null, null, "anna@example.com", " Anna@Example.com", "ben@example.com", "Member 7");
const minute = fc.integer({ min: -2, max: 30 }).map((minutes) => beginMs + minutes * minuteMs);
const second = fc.integer({ min: 0, max: 2 }).map((seconds) => beginMs + seconds * 1_000);
const hour = fc.integer({ min: 0, max: 40 }).map((hours) => beginMs + hours * hourMs);
const bound = often<number | null>(null, minute);
const capacity = often<number | null>(null, fc.integer({ min: 0, max: 4 }));
const accessKeys = often(["A1"], fc.array(fc.constantFrom("A1", "B2", "C3", "A-1"), { maxLength: 4 }));

const categories = fc
  .subarray(["adult", "child"])
  .chain((keys) =>
    fc.tuple(
      ...keys.map((key) => capacity.map((places) => ({ key, name: key, capacity: places, price: null, colour: null }))),
    ),
  );
const uses = fc.record({
  max: fc.constantFrom(1, 2, 3, 10, null),
  per: fc.constantFrom("entitlement" as const, "day" as const, "day" as const),
});

const once: fc.Arbitrary<ProductTerms> = fc.record({
  name: often("Gala", fc.constantFrom("Ball", " ")),
  description: fc.constantFrom("", "Dance"),
  startsAtMs: bound,
  endsAtMs: bound,
  capacity,
  accessKeys,
  categories,
});
const many: fc.Arbitrary<ProductTerms> = fc.record({
  name: fc.constant("Rides"),
  description: fc.constant(""),
  startsAtMs: bound,
  endsAtMs: bound,
  capacity,
  accessKeys,
  categories,
  uses,
  reentry: fc.constantFrom("none" as const, "after_exit" as const),
  timeZone: fc.constantFrom("UTC", "Europe/Helsinki"),
});

const create = fc.record({
  verb: fc.constant("create_product" as const),
  kind: fc.constant("event" as const),
  id: productId,
  terms: once,
});
const change = fc.record({
  verb: fc.constant("change_product" as const),
  productId,
  terms: fc.record(
    {
      name: fc.constantFrom("Gala", "Ball", ""),
      startsAtMs: minute,
      endsAtMs: minute,
      capacity,
      accessKeys,
      categories,
      uses: often<UseLimit>(
        { max: 2, per: "entitlement" },
        fc.oneof(uses, fc.constant({ max: 0, per: "day" as const })),
      ),
    },
    { requiredKeys: [] },
  ),
});
const retire = fc.record({ verb: fc.constant("retire_product" as const), productId });
const category = fc.constantFrom("adult", "child");
/** The place of a hold among those that were made; see {@link resolved}. */
const holdNumber = fc.integer({ min: 1, max: 4 });
const issue = fc
  .record({ place, holder, category, hold: holdNumber }, { requiredKeys: ["place", "holder"] })
  .map(({ place: where, ...more }) => ({ verb: "issue" as const, ...where, ...more }));
const plainIssue = fc
  .record({ place, holder })
  .map(({ place: where, ...more }) => ({ verb: "issue" as const, ...where, ...more }));
const hold = fc
  .record({
    productId,
    what: fc.record({ places: fc.integer({ min: 1, max: 3 }), category }, { requiredKeys: ["places"] }),
    durationMs: fc.constantFrom(1, 300, minuteMs, hourMs),
  })
  .map((one) => ({ verb: "hold" as const, reference: "order", ...one }));
const release = fc.record({ productId, hold: holdNumber }).map((one) => ({ verb: "release" as const, ...one }));
const redeem = fc
  .record(
    {
      place,
      occurredAtMs: fc.oneof(minute, second, second, hour),
      further: fc.oneof(
        { weight: 6, arbitrary: fc.constant({}) },
        { weight: 2, arbitrary: fc.constant({ direction: "exit" as const }) },
        { weight: 1, arbitrary: fc.record({ count: fc.constantFrom(0, 2, 3) }) },
        { weight: 1, arbitrary: fc.record({ admits: fc.constantFrom(["adult"], ["adult", "child"]) }) },
      ),
    },
    { requiredKeys: ["place"] },
  )
  .map(({ place: where, further, ...when }) => ({ verb: "redeem" as const, ...where, ...further, ...when }));
const revoke = place.map((where) => ({ verb: "revoke" as const, ...where }));
const suspend = place.map((where) => ({ verb: "suspend" as const, ...where }));
const reinstate = place.map((where) => ({ verb: "reinstate" as const, ...where }));
const undo = fc
  .record(
    { place, number: fc.constantFrom(1, 1, 2), reason: fc.constantFrom("mistake", " ") },
    { requiredKeys: ["place", "reason"] },
  )
  .map(({ place: where, ...more }) => ({ verb: "undo" as const, ...where, ...more }));
const extend = fc
  .record({ place, startsAtMs: bound, expiresAtMs: bound }, { requiredKeys: ["place"] })
  .map(({ place: where, ...more }) => ({ verb: "extend" as const, ...where, ...more }));
const changeEntitlement = fc
  .record(
    { place, usesMax: fc.constantFrom(null, 0, 1, 2, 4), reference: fc.constantFrom(null, "order 7") },
    { requiredKeys: ["place"] },
  )
  .map(({ place: where, ...more }) => ({ verb: "change_entitlement" as const, ...where, ...more }));
/** Mostly a code that no ticket has or had. */
const newCode = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 100, max: 999 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom(...codesOf.flat()) },
  { weight: 1, arbitrary: fc.constant(" ") },
);
const reissue = fc
  .record({ place, newCode })
  .map(({ place: where, ...more }) => ({ verb: "reissue" as const, ...where, ...more }));
const transfer = fc
  .record(
    { place, holder: fc.constantFrom("anna@example.com", "ben@example.com", " "), newCode },
    { requiredKeys: ["place", "holder"] },
  )
  .map(({ place: where, ...more }) => ({ verb: "transfer" as const, ...where, ...more }));

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: create },
  { weight: 3, arbitrary: change },
  { weight: 2, arbitrary: retire },
  { weight: 10, arbitrary: issue },
  { weight: 24, arbitrary: redeem },
  { weight: 4, arbitrary: revoke },
  { weight: 3, arbitrary: suspend },
  { weight: 3, arbitrary: reinstate },
  { weight: 4, arbitrary: hold },
  { weight: 1, arbitrary: release },
  { weight: 6, arbitrary: undo },
  { weight: 3, arbitrary: extend },
  { weight: 2, arbitrary: changeEntitlement },
  { weight: 3, arbitrary: reissue },
  { weight: 4, arbitrary: transfer },
);

const principal: fc.Arbitrary<Principal> = fc.constantFrom(anybody, owner(1), gate(1));

const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ command, principal }) },
  { weight: 1, arbitrary: fc.record({ command, principal, idempotencyKey: fc.constantFrom("k1", "k2", "k3", "k4") }) },
);

const moment: fc.Arbitrary<Moment> = fc.record({
  afterMs: fc.oneof(
    fc.constantFrom(0, 300, 700),
    fc.integer({ min: 0, max: 4 }).map((minutes) => minutes * minuteMs),
    fc.constantFrom(-minuteMs, -1, 5 * hourMs),
  ),
  answersAreLost: fc.boolean(),
  requests: fc.array(request, { minLength: 1, maxLength: 8 }),
});

/** Three products and some codes of each, so that most histories have something to act on. */
const opening: fc.Arbitrary<Moment> = fc
  .record({ first: once, second: once, third: many, issues: fc.array(plainIssue, { maxLength: 12, size: "max" }) })
  .map(({ first, second, third, issues }) => {
    const made = [first, second, third].map((its, index) => ({
      verb: "create_product" as const,
      kind: "event" as const,
      id: index + 1,
      terms: its,
    }));
    return {
      afterMs: 0,
      answersAreLost: false,
      requests: [...made, ...issues].map((one) => ({ command: one, principal: anybody })),
    };
  });

/** What may happen in an organization: some hours, three products, ten codes and those that replace them. */
export const history: fc.Arbitrary<readonly Moment[]> = fc
  .tuple(opening, fc.array(fc.tuple(moment, fc.nat({ max: 2 })), { minLength: 1, maxLength: 14, size: "max" }))
  .map(([first, later]) => [first, ...later.map(([one, back], at) => sentAgain(one, later[at - 1 - back]?.[0]))]);

/** The moment, in which clients that missed the answers of another one send the same again: with a key, and scans. */
function sentAgain(one: Moment, other: Moment | undefined): Moment {
  const isRepeated = ({ command, idempotencyKey }: Request) =>
    idempotencyKey !== undefined || (command.verb === "redeem" && command.occurredAtMs !== undefined);
  return { ...one, requests: [...one.requests, ...(other?.requests.filter(isRepeated) ?? [])] };
}

/** The request with the number of the hold that it names by its order; of one that is not made yet there is none. */
export function resolved(request: Request, holds: readonly number[]): Request {
  const { command } = request;
  if ((command.verb !== "issue" && command.verb !== "release") || command.hold === undefined) return request;
  return { ...request, command: { ...command, hold: holds[command.hold - 1] ?? 2 ** 40 } };
}
