import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Authenticator } from "../../src/access/authenticator.ts";
import { anonymousWrongCodesMax, type CodeGuesses, createCodeGuesses } from "../../src/access/code-guesses.ts";
import { createAuthenticator } from "../../src/access/identify.ts";
import { hashPassword } from "../../src/access/password.ts";
import {
  failuresAnywhereMax,
  failuresPerAccountMax,
  failuresPerPrefixMax,
  failuresWhileAttackedMax,
} from "../../src/access/throttle.ts";
import { createEvent, type TestEngine } from "./engine.ts";
import { anybody } from "./principals.ts";

/** Something that can be guessed: presents a guess, or what is right, and tells what became of it. */
export interface Target {
  readonly name: string;
  present(guess: string | "right", from: string): Promise<"right" | "wrong" | "throttled">;
  /** Guesses that may be looked at from so many prefixes while the clock stands. */
  maxFrom(prefixes: number): number;
}

export const right = "right";

/** Where guesses come from: the address of each, and how many prefixes that are. */
export function originsOf(
  prefixes: number,
): readonly { name: string; prefixes: number; at: (turn: number) => string }[] {
  return [
    { name: "one address", prefixes: 1, at: () => "203.0.113.1" },
    { name: "one /64", prefixes: 1, at: (turn) => `2001:db8:1:1::${turn.toString(16)}` },
    {
      name: `${prefixes} addresses`,
      prefixes,
      at: (turn) => `10.9.${(turn % prefixes) >> 8}.${(turn % prefixes) & 255}`,
    },
  ];
}

/** Everything that can be guessed, on a clock that stands, so that what is allowed in a minute is all that there is. */
export async function openTargets(engine: TestEngine): Promise<readonly Target[]> {
  const { administration, execute, organizationId, queries } = engine;
  const clock = { now: () => 0 };
  const passwordHash = await hashPassword("open sesame");
  const operatorId = await administration.putOperator(organizationId, { login: "anna", passwordHash, role: "owner" });
  const settings = { login: "signer", passwordHash, role: "reseller" } as const;
  await administration.putOperator(organizationId, settings);
  await administration.putToken(organizationId, { operatorId, token: "a token", expiresAtMs: null });
  await execute(createEvent({ accessKeys: ["GATE1"] }, 1));
  await execute({ verb: "issue", productId: 1, code: "123456789012345678", holder: null });
  const customerId = await administration.putCustomer(organizationId, { name: "ada@example.com", ownerId: null });
  await administration.setCustomerPassword(organizationId, customerId, passwordHash);
  const loginKey = (await queries.customers.byName(organizationId, "ada@example.com"))?.loginKeys[0] ?? "";

  const verdictOf = (found: unknown) =>
    found === "throttled" ? "throttled" : typeof found === "string" ? "wrong" : "right";
  const byAuthenticator = (
    name: string,
    maxFrom: (prefixes: number) => number,
    identify: (authenticator: Authenticator, guess: string, from: string) => Promise<unknown>,
  ): Target => {
    const authenticator = createAuthenticator(queries, clock);
    return {
      name,
      maxFrom,
      present: async (guess, from) => verdictOf(await identify(authenticator, guess, from)),
    };
  };
  const orRight = (guess: string, answer: string) => (guess === right ? answer : guess);
  const codes: CodeGuesses = createCodeGuesses(clock.now);
  const account = (prefixes: number) =>
    Math.min(prefixes * failuresPerAccountMax, failuresAnywhereMax + prefixes * failuresWhileAttackedMax);
  const none = (prefixes: number) => prefixes * failuresPerPrefixMax;
  return [
    byAuthenticator("a secret", account, (authenticator, guess, from) =>
      authenticator.identifySigner(organizationId, "signer", from, () => (guess === right ? "right" : "wrong")),
    ),
    byAuthenticator("an access key", none, (authenticator, guess, from) =>
      authenticator.identify(organizationId, { accessKeys: [orRight(guess, "GATE1")] }, from),
    ),
    byAuthenticator("a token", none, (authenticator, guess, from) =>
      authenticator.identify(organizationId, { token: orRight(guess, "a token") }, from),
    ),
    byAuthenticator("an operator's password", account, (authenticator, guess, from) => {
      const login = { name: "anna", password: orRight(guess, "open sesame") };
      return authenticator.identify(organizationId, { login }, from);
    }),
    byAuthenticator("a customer's password", account, (authenticator, guess, from) =>
      authenticator.identifyCustomer(organizationId, ["ada@example.com"], [orRight(guess, "open sesame")], from),
    ),
    byAuthenticator("a login key", none, (authenticator, guess, from) =>
      authenticator.identifyKeyHolder(organizationId, ["ada@example.com"], orRight(guess, loginKey), from),
    ),
    {
      name: "a code",
      maxFrom: (prefixes) => prefixes * anonymousWrongCodesMax,
      async present(guess, from) {
        const code = orRight(guess, "123456789012345678");
        const find = () => queries.entitlements.byCode(organizationId, code);
        const presenter = { organizationId, principal: anybody, address: from } as const;
        const found = await codes.present(presenter, code, find, (one) => one === undefined);
        return found === "throttled" ? "throttled" : found === undefined ? "wrong" : "right";
      },
    },
  ];
}

/** What became of many guesses. */
export interface Outcome {
  readonly looked: number;
  readonly throttled: number;
  /**
   * What became of rightful clients in the middle: one that was right from its address before, and one from a new one.
   */
  readonly known: string;
  readonly fresh: string;
  /** What became of the right guess of the guesser after all others. */
  readonly last: string;
  readonly ms: number;
  readonly heapBytes: number;
}

/** Guesses so often, so many at once; in the middle rightful clients come. */
export async function guess(
  target: Target,
  originOf: (turn: number) => string,
  count: number,
  atOnce = 64,
): Promise<Outcome> {
  await target.present(right, "192.0.2.1");
  const heapBefore = heapBytes();
  const startedAtMs = performance.now();
  let [turn, looked, throttled] = [0, 0, 0];
  let rightful: Promise<[string, string]> | undefined;
  const guessOn = async () => {
    while (turn < count) {
      const mine = turn++;
      if (mine === count >> 1) {
        rightful = Promise.all([target.present(right, "192.0.2.1"), target.present(right, "192.0.2.2")]);
      }
      const verdict = await target.present(`guess ${mine}`, originOf(mine));
      if (verdict === "throttled") throttled++;
      else looked++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, guessOn));
  const [known = "", fresh = ""] = (await rightful) ?? [];
  const ms = performance.now() - startedAtMs;
  const last = await target.present(right, originOf(0));
  return { looked, throttled, known, fresh, last, ms, heapBytes: heapBytes() - heapBefore };
}

/** What is in use after everything that is not was let go of. */
export function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
