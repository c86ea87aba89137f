import fc from "fast-check";
import type { Command } from "../../src/core/command.ts";
import type { Principal } from "../../src/core/principal.ts";
import type { ProductTerms } from "../../src/core/product.ts";
import { startMs } from "../support/engine.ts";
import { anybody, gate, owner } from "../support/principals.ts";

/** A command as it may come in: by whom, and perhaps with an idempotency key. */
export interface Request {
  readonly command: Command;
  readonly principal: Principal;
  readonly idempotencyKey?: string;
}

/** Requests that arrive together, some time after those before. */
export interface Moment {
  readonly afterMs: number;
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
const often = <T>(value: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });

// Few of everything, so that commands meet each other often; and every code mostly with the product that it is of.
const codesOf = [
  ["1", "2", "3", "03"],
  ["4", "5", "999999999999999999"],
];
const productId = fc.constantFrom(1, 2);
const place = fc.record({ productId, of: productId, index: fc.nat() }).chain(({ productId: id, of, index }) => {
  const codes = codesOf[of - 1] ?? [];
  return fc.record({ productId: often(of, fc.constant(id)), code: fc.constant(codes[index % codes.length] ?? "") });
});
const holder = fc.constantFrom(null, null, "anna@example.com", " Anna@Example.com", "ben@example.com", "Member 7");
const minute = fc.integer({ min: -2, max: 30 }).map((minutes) => startMs + minutes * minuteMs);
const second = fc.integer({ min: 0, max: 3 }).map((seconds) => startMs + seconds * 1_000);
const bound = often<number | null>(null, minute);
const capacity = often<number | null>(null, fc.integer({ min: 0, max: 4 }));
const accessKeys = often(["A1"], fc.array(fc.constantFrom("A1", "B2", "C3", "A-1"), { maxLength: 4 }));

const terms: fc.Arbitrary<ProductTerms> = fc.record({
  name: often("Gala", fc.constantFrom("Ball", " ")),
  description: fc.constantFrom("", "Dance"),
  startsAtMs: bound,
  endsAtMs: bound,
  capacity,
  accessKeys,
});

const create = fc.record({
  verb: fc.constant("create_product" as const),
  kind: fc.constant("event" as const),
  id: productId,
  terms,
});
const change = fc.record({
  verb: fc.constant("change_product" as const),
  productId,
  terms: fc.record(
    { name: fc.constantFrom("Gala", "Ball", ""), startsAtMs: minute, endsAtMs: minute, capacity, accessKeys },
    { requiredKeys: [] },
  ),
});
const retire = fc.record({ verb: fc.constant("retire_product" as const), productId });
const issue = fc.record({ place, holder }).map((one) => ({ verb: "issue" as const, ...one.place, holder: one.holder }));
const redeem = fc
  .record({ place, occurredAtMs: fc.oneof(minute, second) }, { requiredKeys: ["place"] })
  .map(({ place: where, ...when }) => ({ verb: "redeem" as const, ...where, ...when }));
const revoke = place.map((where) => ({ verb: "revoke" as const, ...where }));
const suspend = place.map((where) => ({ verb: "suspend" as const, ...where }));
const reinstate = place.map((where) => ({ verb: "reinstate" as const, ...where }));

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: create },
  { weight: 3, arbitrary: change },
  { weight: 1, arbitrary: retire },
  { weight: 10, arbitrary: issue },
  { weight: 20, arbitrary: redeem },
  { weight: 4, arbitrary: revoke },
  { weight: 3, arbitrary: suspend },
  { weight: 3, arbitrary: reinstate },
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
  ),
  requests: fc.array(request, { minLength: 1, maxLength: 8 }),
});

/** Two products and some codes of each, so that most histories have something to act on. */
const opening: fc.Arbitrary<Moment> = fc
  .record({ first: terms, second: terms, issues: fc.array(issue, { maxLength: 10, size: "max" }) })
  .map(({ first, second, issues }) => {
    const made = [first, second].map((its, index) => ({
      verb: "create_product" as const,
      kind: "event" as const,
      id: index + 1,
      terms: its,
    }));
    return { afterMs: 0, requests: [...made, ...issues].map((one) => ({ command: one, principal: anybody })) };
  });

/** What may happen in an organization: half an hour or so, two products, seven codes. */
export const history: fc.Arbitrary<readonly Moment[]> = fc
  .tuple(opening, fc.array(moment, { minLength: 1, maxLength: 14, size: "max" }))
  .map(([first, later]) => [first, ...later]);
