import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { type TestContext, test } from "node:test";
import { hash } from "@node-rs/argon2";
import { createEvent, openTestEngine, type TestEngine, tally } from "../../tests/support/engine.ts";
import { openRelay } from "../../tests/support/relay.ts";
import type { TokenLimits } from "../core/operator.ts";
import { StoreUnavailable } from "../engine/store.ts";
import { type Authenticator, type Credentials, staleMaxMs, type Verdict } from "./authenticator.ts";
import { createAuthenticator } from "./identify.ts";
import { hashPassword, passwordLengthMax } from "./password.ts";
import {
  failuresAnywhereMax,
  failuresPerAccountMax,
  failuresPerKnownAccountMax,
  failuresPerPrefixMax,
  failuresWhileAttackedMax,
} from "./throttle.ts";

const address = "192.0.2.1";
const login = (name: string, password: string): Credentials => ({ login: { name, password } });
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

/** So many addresses that have failed at nothing. */
const addresses = (count: number) => times(count, (index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);

interface Opened extends TestEngine {
  readonly authenticator: Authenticator;
  /** Moves both clocks of the authenticator. */
  advance(ms: number): void;
  /** Makes an operator with this password, or gives it a new one; resolves with its number. */
  operator(name: string, password: string): Promise<number>;
  /** Who presents these credentials: a login, an access key, or why nobody. */
  identify(credentials: Credentials, from?: string): Promise<string>;
}

/** Anna, whose password is `open sesame`, and the access key GATE1 of event 1. */
async function open(t: TestContext): Promise<Opened> {
  const engine = await openTestEngine(t);
  const { administration, organizationId, queries } = engine;
  let offsetMs = 0;
  const authenticator = createAuthenticator(queries, {
    clock: () => Date.now() + offsetMs,
    now: () => performance.now() + offsetMs,
  });
  const opened: Opened = {
    ...engine,
    authenticator,
    advance: (ms) => {
      offsetMs += ms;
    },
    operator: async (name, password) =>
      administration.putOperator(organizationId, {
        login: name,
        passwordHash: await hashPassword(password),
        role: "administrator",
      }),
    identify: (credentials, from = address) => nameOf(authenticator.identify(organizationId, credentials, from)),
  };
  await opened.operator("anna", "open sesame");
  await engine.execute(createEvent({ accessKeys: ["GATE1"] }, 1));
  return opened;
}

async function nameOf(identified: ReturnType<Authenticator["identify"]>): Promise<string> {
  const identity = await identified;
  if (typeof identity === "string") return identity;
  return identity.kind === "operator" ? identity.operator.login : identity.key;
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

/** Fails so often from one address that it is turned away. */
async function closeAddress({ identify }: Opened, from = address): Promise<void> {
  for (let turn = 0; turn < failuresPerPrefixMax; turn++) await identify({ accessKeys: [`WRONG${turn}`] }, from);
}

test("a caller is who its access key, its token or its password says, in this order, and else nobody", async (t) => {
  const opened = await open(t);
  const { identify, administration, organizationId } = opened;
  const operatorId = await opened.operator("ben", "swordfish");
  await administration.putToken(organizationId, { operatorId, token: "ben's token", expiresAtMs: null });
  const cases: readonly [credentials: Credentials, who: string][] = [
    [login("anna", "open sesame"), "anna"],
    [{ token: "ben's token" }, "ben"],
    [{ accessKeys: ["GATE1"] }, "GATE1"],
    [{ accessKeys: ["NONE", "GATE1"] }, "GATE1"],
    [{ accessKeys: ["GATE1"], token: "ben's token", ...login("anna", "open sesame") }, "GATE1"],
    [{ accessKeys: ["NONE"], token: "ben's token", ...login("anna", "open sesame") }, "ben"],
    [{ accessKeys: ["NONE"], token: "none", ...login("anna", "open sesame") }, "anna"],
    [{ accessKeys: ["NONE"], token: "none", ...login("anna", "wrong") }, "credentials_wrong"],
    [login("ben", "open sesame"), "credentials_wrong"],
    [login("Anna", "open sesame"), "credentials_wrong"],
    [login("nobody", "open sesame"), "credentials_wrong"],
    [{}, "credentials_wrong"],
  ];
  for (const [credentials, who] of cases) assert.equal(await identify(credentials), who, JSON.stringify(credentials));
});

test("an access key says which products it opens", async (t) => {
  const { authenticator, organizationId, execute } = await open(t);
  await execute(createEvent({ accessKeys: ["GATE1"] }, 2));
  const identity = await authenticator.identify(organizationId, { accessKeys: ["GATE1"] }, address);
  assert.ok(typeof identity === "object" && identity.kind === "access_key");
  assert.deepEqual([...identity.accessKey.opens.keys()].sort(), [1, 2]);
});

test("credentials of one organization are nothing in another", async (t) => {
  const opened = await open(t);
  const { administration, organizationId } = await openTestEngine(t);
  await administration.putOperator(organizationId, {
    login: "anna",
    passwordHash: await hashPassword("another password"),
    role: "owner",
  });
  assert.equal(await opened.identify(login("anna", "open sesame")), "anna");
  for (const credentials of [login("anna", "open sesame"), { accessKeys: ["GATE1"] }]) {
    assert.equal(
      await nameOf(opened.authenticator.identify(organizationId, credentials, address)),
      "credentials_wrong",
      JSON.stringify(credentials),
    );
  }
});

test("what no database could hold is simply wrong", async (t) => {
  const { identify } = await open(t);
  const oddities = ["", "\0", "anna\0", "\ud800", "x".repeat(5_000), "1 anna", "anna "];
  for (const odd of oddities) {
    assert.equal(await identify(login(odd, "open sesame")), "credentials_wrong", JSON.stringify(odd));
    assert.equal(await identify({ accessKeys: [odd], token: odd }), "credentials_wrong", JSON.stringify(odd));
  }
  for (const odd of ["", "\0", "open sesame\0", "\ud800", "x".repeat(passwordLengthMax + 1)]) {
    assert.equal(await identify(login("anna", odd)), "credentials_wrong", JSON.stringify(odd));
  }
  assert.equal(await identify(login("anna", "open sesame")), "anna");
});

test("a password costs one slow hash: again, and however many present it at once, it is recognized quickly", async (t) => {
  const { identify, administration, organizationId } = await open(t);
  // Twenty times slower than ours, so that one hash outweighs everything else that happens.
  const passwordHash = await hash("open sesame", { memoryCost: 19_456, timeCost: 40, parallelism: 1 });
  for (const name of ["first", "second"]) {
    await administration.putOperator(organizationId, { login: name, passwordHash, role: "owner" });
  }
  const one = await msOf(() => identify(login("first", "open sesame")));
  const again = await msOf(async () => {
    for (let turn = 0; turn < 50; turn++) assert.equal(await identify(login("first", "open sesame")), "first");
  });
  assert.ok(again < 10 * one, `50 more took ${again} ms, the first alone ${one}`);
  const together = await msOf(async () => {
    const names = await Promise.all(times(200, () => identify(login("second", "open sesame"))));
    assert.deepEqual(tally(names), { second: 200 });
  });
  assert.ok(together < 10 * one, `200 at once took ${together} ms, one alone ${one}`);
});

test("a login that does not exist takes as long to refuse as a wrong password", async (t) => {
  const opened = await open(t);
  const fastest = { known: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY };
  await opened.identify(login("anna", "wrong"), "198.51.100.0");
  for (let turn = 1; turn <= 20; turn++) {
    const from = `198.51.100.${turn}`;
    const known = await msOf(() => opened.identify(login("anna", `wrong ${turn}`), from));
    const unknown = await msOf(() => opened.identify(login(`nobody ${turn}`, "wrong"), from));
    fastest.known = Math.min(fastest.known, known);
    fastest.unknown = Math.min(fastest.unknown, unknown);
  }
  // The fastest of many, since a busy machine only ever makes it slower; without a hash it would be a tenth.
  assert.ok(fastest.unknown > fastest.known / 2, JSON.stringify(fastest));
});

test("what was changed or withdrawn is refused after a moment, in every process", async (t) => {
  const opened = await open(t);
  const { administration, organizationId, execute } = opened;
  let offsetMs = 0;
  const { queries } = await openTestEngine(t, { beside: opened });
  const other = createAuthenticator(queries, { now: () => performance.now() + offsetMs });
  const operatorId = await opened.operator("ben", "swordfish");
  await opened.operator("carl", "moonlight");
  await administration.putToken(organizationId, { operatorId, token: "revoked soon", expiresAtMs: null });
  await administration.putToken(organizationId, {
    operatorId,
    token: "expires soon",
    expiresAtMs: Date.now() + 60_000,
  });

  const everything: readonly Credentials[] = [
    login("anna", "open sesame"),
    login("carl", "moonlight"),
    { token: "revoked soon" },
    { token: "expires soon" },
    { accessKeys: ["GATE1"] },
  ];
  const both = async (credentials: Credentials) => [
    await opened.identify(credentials),
    await nameOf(other.identify(organizationId, credentials, address)),
  ];
  for (const [index, who] of ["anna", "carl", "ben", "ben", "GATE1"].entries()) {
    assert.deepEqual(await both(everything[index] ?? {}), [who, who]);
  }

  await opened.operator("anna", "new password");
  await administration.setOperatorDisabled(organizationId, "carl", true);
  await administration.revokeToken(organizationId, "revoked soon");
  await administration.putToken(organizationId, { operatorId, token: "expires soon", expiresAtMs: Date.now() - 1 });
  await execute({ verb: "change_product", productId: 1, terms: { accessKeys: ["GATE2"] } });
  opened.advance(staleMaxMs);
  offsetMs += staleMaxMs;
  for (const credentials of everything) {
    assert.deepEqual(await both(credentials), ["credentials_wrong", "credentials_wrong"], JSON.stringify(credentials));
  }
  assert.deepEqual(await both(login("anna", "new password")), ["anna", "anna"]);
  assert.deepEqual(await both({ accessKeys: ["GATE2"] }), ["GATE2", "GATE2"]);
});

test("a token that is limited to products or categories is nothing where nobody heeds that", async (t) => {
  const opened = await open(t);
  const operatorId = await opened.operator("ben", "swordfish");
  const none = { scopes: null, productIds: null, categories: null, networks: null };
  const identify = async (limits: Partial<TokenLimits>, heedsReach: boolean, from = address) => {
    const terms = { name: "", limits: { ...none, ...limits } };
    const command = {
      verb: "create_token",
      operatorId,
      login: "ben",
      lifetimeMs: null,
      token: "narrow",
      terms,
    } as const;
    assert.ok((await opened.execute(command)).ok);
    return opened.identify({ token: "narrow", ...(heedsReach ? { heedsReach: true } : {}) }, from);
  };
  for (const limits of [{ productIds: [1] }, { categories: ["child"] }]) {
    assert.deepEqual([await identify(limits, false), await identify(limits, true)], ["credentials_wrong", "ben"]);
  }
  assert.equal(await identify({ scopes: ["redeem"] }, false), "ben");
  const networks = ["192.0.2.0/28", "2001:db8::/32"];
  assert.equal(await identify({ networks }, false, "192.0.2.15"), "ben");
  assert.equal(await identify({ networks }, false, "192.0.2.16"), "credentials_wrong");
  assert.equal(await identify({ networks }, false, "2001:db8::5"), "ben");
});

test("after too many failures an address is throttled, also for what would be right, and others are not", async (t) => {
  const opened = await open(t);
  for (let turn = 1; turn <= failuresPerPrefixMax; turn++) {
    assert.equal(await opened.identify({ token: `wrong ${turn}` }), "credentials_wrong");
  }
  assert.equal(await opened.identify({ token: "wrong" }), "throttled");
  assert.equal(await opened.identify(login("anna", "open sesame")), "throttled");
  assert.equal(await opened.identify(login("anna", "open sesame"), "192.0.2.2"), "anna");
});

test("after too many failures from an address an account is throttled there; others, and other addresses, are not", async (t) => {
  const opened = await open(t);
  await opened.operator("ben", "swordfish");
  for (let turn = 1; turn <= failuresPerAccountMax; turn++) {
    assert.equal(await opened.identify(login("anna", `wrong ${turn}`)), "credentials_wrong");
  }
  assert.equal(await opened.identify(login("anna", "open sesame")), "throttled");
  assert.equal(await opened.identify(login("ben", "swordfish")), "ben");
  assert.equal(await opened.identify(login("anna", "open sesame"), "192.0.2.2"), "anna");
});

test("an account that is attacked from many addresses takes few guesses of each, and its owner's password from a new one", async (t) => {
  const opened = await open(t);
  for (const from of addresses(failuresAnywhereMax)) await opened.identify(login("anna", "wrong"), from);
  for (let turn = 0; turn < failuresWhileAttackedMax; turn++) {
    assert.equal(await opened.identify(login("anna", "wrong"), "192.0.2.8"), "credentials_wrong");
  }
  assert.equal(await opened.identify(login("anna", "open sesame"), "192.0.2.8"), "throttled");
  assert.equal(await opened.identify(login("anna", "open sesame"), "192.0.2.9"), "anna");
});

test("of keys that are guessed all at once no more are answered than one after the other", async (t) => {
  const { identify } = await open(t);
  const answers = await Promise.all(times(200, (turn) => identify({ accessKeys: [`WRONG${turn}`] })));
  assert.deepEqual(tally(answers), {
    credentials_wrong: failuresPerPrefixMax,
    throttled: 200 - failuresPerPrefixMax,
  });
  assert.equal(await identify({ accessKeys: ["GATE1"] }), "throttled");
});

test("a password from an address that never failed is hashed before those of addresses that did", async (t) => {
  const opened = await open(t);
  const attackers = addresses(100);
  for (const from of attackers) await opened.identify({ accessKeys: ["WRONG"] }, from);
  const flood = attackers.map((from) => opened.identify(login("anna", "wrong"), from));
  assert.equal(await opened.identify(login("anna", "open sesame"), "192.0.2.9"), "anna");
  await Promise.all(flood);
});

test("credentials that were right are never throttled where they were right, and elsewhere like any others", async (t) => {
  const opened = await open(t);
  const { identify, administration, organizationId } = opened;
  const operatorId = await opened.operator("ben", "swordfish");
  await administration.putToken(organizationId, { operatorId, token: "ben's token", expiresAtMs: null });
  const all: readonly [Credentials, string][] = [
    [login("anna", "open sesame"), "anna"],
    [{ accessKeys: ["GATE1"] }, "GATE1"],
    [{ token: "ben's token" }, "ben"],
  ];
  for (const [credentials, who] of all) assert.equal(await identify(credentials), who);
  await closeAddress(opened);
  await closeAddress(opened, "192.0.2.2");
  for (const [credentials, who] of all) {
    assert.equal(await identify(credentials), who);
    assert.equal(await identify(credentials, "192.0.2.2"), "throttled");
  }
  assert.equal(await identify(login("ben", "swordfish")), "throttled");
});

test("who has one access key finds no other by trying words beside it", async (t) => {
  const { identify, execute } = await open(t);
  await execute(createEvent({ accessKeys: ["GATE2"] }, 2));
  for (let turn = 0; turn <= 10 * failuresPerPrefixMax; turn++) {
    await identify({ accessKeys: [`GUESS${turn}`, "GATE1"] });
  }
  assert.equal(await identify({ accessKeys: ["GATE2", "GATE1"] }), "throttled");
  assert.equal(await identify({ accessKeys: ["GUESS1", "GATE1"] }), "GATE1", "what was presented before passes");
});

test("a wrong login beside a right access key makes nobody known on that account", async (t) => {
  const { identify } = await open(t);
  assert.equal(await identify({ accessKeys: ["GATE1"], ...login("anna", "GATE1") }), "GATE1");
  for (let turn = 0; turn < failuresPerAccountMax; turn++) await identify(login("anna", `wrong ${turn}`));
  assert.equal(await identify(login("anna", "open sesame")), "throttled");
});

test("a signed request is judged as often as a prefix may fail; one that is moot counts neither way", async (t) => {
  const { authenticator, organizationId } = await open(t);
  const sign = async (verdict: Verdict, from = address) => {
    const found = await authenticator.identifySigner(organizationId, "anna", from, () => verdict);
    return typeof found === "string" ? found : found.login;
  };
  for (let turn = 0; turn < failuresPerAccountMax; turn++) {
    assert.equal(await sign("moot"), "anna");
    assert.equal(await sign("wrong"), "credentials_wrong");
  }
  assert.equal(await sign("right"), "throttled");
  assert.equal(await sign("moot"), "throttled");
  assert.equal(await sign("right", "192.0.2.2"), "anna");
  for (let turn = 0; turn < failuresPerKnownAccountMax; turn++) {
    assert.equal(await sign("right", "192.0.2.2"), "anna");
    assert.equal(await sign("wrong", "192.0.2.2"), "credentials_wrong");
  }
  assert.equal(await sign("right", "192.0.2.2"), "throttled");
});

test("of signatures that are guessed all at once no more are judged than one after the other", async (t) => {
  const { authenticator, organizationId } = await open(t);
  let judged = 0;
  const guess = () =>
    authenticator.identifySigner(organizationId, "anna", address, () => {
      judged++;
      return "wrong";
    });
  await Promise.all(times(200, guess));
  // What is remembered and what is read anew are both compared.
  assert.equal(judged, 2 * failuresPerAccountMax);
});

test("a password is read anew where that is asked for, though it was right a moment ago", async (t) => {
  const opened = await open(t);
  assert.equal(await opened.identify(login("anna", "open sesame")), "anna");
  await opened.operator("anna", "new password");
  assert.equal(await opened.identify(login("anna", "open sesame")), "anna", "within the time that it is believed");
  const anew = { login: { name: "anna", password: "open sesame", isReadAnew: true } } as const;
  assert.equal(await opened.identify(anew), "credentials_wrong");
});

test("a success does not open the door again for whoever guesses", async (t) => {
  const opened = await open(t);
  for (let turn = 1; turn < failuresPerPrefixMax; turn++) await opened.identify({ accessKeys: [`WRONG${turn}`] });
  assert.equal(await opened.identify({ accessKeys: ["GATE1"] }), "GATE1");
  assert.equal(await opened.identify({ accessKeys: ["WRONG"] }), "credentials_wrong");
  assert.equal(await opened.identify({ accessKeys: ["WRONG"] }), "throttled");
});

test("while the database is away nobody is identified, and nothing counts as a failure", async (t) => {
  const owner = await open(t);
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const { queries, organizationId } = await openTestEngine(t, { beside: owner, address: relay.address });
  const authenticator = createAuthenticator(queries);
  await relay.cut();
  for (let turn = 0; turn < 2 * failuresPerPrefixMax; turn++) {
    for (const credentials of [login("anna", "open sesame"), { accessKeys: ["GATE1"] }, { token: "x" }]) {
      await assert.rejects(authenticator.identify(organizationId, credentials, address), StoreUnavailable);
    }
  }
  await relay.mend();
  assert.equal(await nameOf(authenticator.identify(organizationId, login("anna", "open sesame"), address)), "anna");
});

/** Ada and Ben, customers with the passwords `fair winds` and `calm seas`, and Carl, a customer without one. */
async function openCustomers(t: TestContext) {
  const engine = await openTestEngine(t);
  const { administration, organizationId, queries } = engine;
  let offsetMs = 0;
  const authenticator = createAuthenticator(queries, { now: () => performance.now() + offsetMs });
  const customer = async (name: string, password: string | null) => {
    const id = await administration.putCustomer(organizationId, { name, ownerId: null });
    const passwordHash = password === null ? null : await hashPassword(password);
    await administration.setCustomerPassword(organizationId, id, passwordHash);
    return id;
  };
  await customer("ada@example.com", "fair winds");
  await customer("ben@example.com", "calm seas");
  await customer("carl@example.com", null);
  const nameOrReason = (found: Awaited<ReturnType<Authenticator["identifyCustomer"]>>) =>
    typeof found === "string" ? found : found.name;
  return {
    ...engine,
    authenticator,
    customer,
    advance: (ms: number) => {
      offsetMs += ms;
    },
    /** Who logs in with a password: a name, or why nobody. */
    logIn: async (names: string | readonly string[], password: string, from = address) =>
      nameOrReason(await authenticator.identifyCustomer(organizationId, [names].flat(), [password], from)),
    /** Who presents a login key. */
    present: async (names: string | readonly string[], key: string, from = address) =>
      nameOrReason(await authenticator.identifyKeyHolder(organizationId, [names].flat(), key, from)),
    /** The login key that a customer is given. */
    keyOf: async (name: string) => (await queries.customers.byName(organizationId, name))?.loginKeys[0] ?? "none",
  };
}

test("a customer is who its password or its login key says; why it is nobody is told", async (t) => {
  const { logIn, present, keyOf } = await openCustomers(t);
  assert.equal(await logIn("ada@example.com", "fair winds"), "ada@example.com");
  assert.equal(await logIn(" ADA@Example.com ", "fair winds"), "ada@example.com");
  assert.equal(await logIn("ada@example.com", "calm seas"), "credentials_wrong");
  assert.equal(await logIn("carl@example.com", ""), "credentials_wrong", "without a password there is no way in");
  assert.equal(await logIn("dora@example.com", "fair winds"), "login_unknown");

  const key = await keyOf("ada@example.com");
  assert.equal(await present("ada@example.com", key), "ada@example.com");
  assert.equal(await present("ben@example.com", key), "credentials_wrong", "another customer's");
  assert.equal(await present("ada@example.com", key.toUpperCase()), "credentials_wrong");
  assert.equal(await present("ada@example.com", key.slice(0, -1)), "credentials_wrong");
  assert.equal(await present("carl@example.com", ""), "credentials_wrong");
  assert.equal(await present("dora@example.com", key), "login_unknown");
  for (const odd of ["", "\0", "ada@example.com\0", "\ud800", "x".repeat(5_000)]) {
    assert.equal(await logIn(odd, "fair winds"), "login_unknown", JSON.stringify(odd));
    assert.equal(await present(odd, key), "login_unknown", JSON.stringify(odd));
  }
});

test("of several readings of a name the first that is a customer's counts", async (t) => {
  const { logIn, present, keyOf } = await openCustomers(t);
  const names = ["no one@example.com", "ben@example.com", "ada@example.com"];
  assert.equal(await logIn(names, "calm seas"), "ben@example.com");
  assert.equal(await logIn(names, "fair winds"), "credentials_wrong");
  assert.equal(await present(names, await keyOf("ben@example.com")), "ben@example.com");
  assert.equal(await present(names, await keyOf("ada@example.com")), "credentials_wrong");
});

test("ten wrong passwords close an account where they come from, but not to whom a right one let in there before", async (t) => {
  const { logIn } = await openCustomers(t);
  assert.equal(await logIn("ben@example.com", "calm seas"), "ben@example.com");
  for (const name of ["ada@example.com", "ben@example.com"]) {
    for (let turn = 1; turn <= failuresPerAccountMax; turn++) {
      assert.equal(await logIn(name, `wrong ${turn}`), "credentials_wrong");
    }
  }
  assert.equal(await logIn("ada@example.com", "fair winds"), "throttled");
  assert.equal(await logIn("ada@example.com", "fair winds", "203.0.113.1"), "ada@example.com");
  assert.equal(await logIn("ben@example.com", "calm seas"), "ben@example.com");
});

test("wrong login keys close no account, but the address that they come from; one that was right there still lets in", async (t) => {
  const { logIn, present, keyOf } = await openCustomers(t);
  const key = await keyOf("ada@example.com");
  assert.equal(await present("ada@example.com", key), "ada@example.com");
  for (let turn = 0; turn < failuresPerPrefixMax; turn++) {
    assert.equal(await present("ada@example.com", `wrong ${turn}`), "credentials_wrong");
  }
  assert.equal(await present("ada@example.com", "wrong"), "throttled");
  assert.equal(await present("dora@example.com", key), "throttled");
  assert.equal(await present("ben@example.com", await keyOf("ben@example.com")), "throttled");
  assert.equal(await present("ada@example.com", key), "ada@example.com");
  assert.equal(await logIn("ada@example.com", "fair winds"), "throttled", "the address is closed");
  assert.equal(await logIn("ada@example.com", "fair winds", "203.0.113.1"), "ada@example.com", "the account is not");
});

test("an operator and a customer of one name are throttled each for itself", async (t) => {
  const { logIn, authenticator, administration, organizationId } = await openCustomers(t);
  const passwordHash = await hashPassword("open sesame");
  await administration.putOperator(organizationId, { login: "ada@example.com", passwordHash, role: "administrator" });
  for (let turn = 1; turn <= failuresPerAccountMax; turn++) {
    await logIn("ada@example.com", `wrong ${turn}`, "203.0.113.1");
  }
  assert.equal(await logIn("ada@example.com", "fair winds", "203.0.113.1"), "throttled");
  const identified = authenticator.identify(organizationId, login("ada@example.com", "open sesame"), "203.0.113.1");
  assert.equal(await nameOf(identified), "ada@example.com");
});

test("a customer who does not exist, or has no password, takes as long to refuse as a wrong password", async (t) => {
  const { logIn } = await openCustomers(t);
  const fastest: Record<string, number> = {};
  await logIn("ada@example.com", "wrong", "198.51.100.0");
  const cases = { known: "ada@example.com", unknown: "dora@example.com", bare: "carl@example.com" };
  for (let turn = 1; turn < failuresPerAccountMax; turn++) {
    for (const [which, name] of Object.entries(cases)) {
      const tookMs = await msOf(() => logIn(name, `wrong ${turn}`, `198.51.100.${turn}`));
      fastest[which] = Math.min(fastest[which] ?? Number.POSITIVE_INFINITY, tookMs);
    }
  }
  const { known = 0, unknown = 0, bare = 0 } = fastest;
  // The fastest of many, since a busy machine only ever makes it slower; without a hash it would be a tenth.
  assert.ok(unknown > known / 2 && bare > known / 2, JSON.stringify(fastest));
});

test("once a password is changed neither the old one nor the login key that went with it lets in after a moment", async (t) => {
  const { logIn, present, keyOf, customer, advance } = await openCustomers(t);
  const old = await keyOf("ada@example.com");
  assert.equal(await logIn("ada@example.com", "fair winds"), "ada@example.com");
  assert.equal(await present("ada@example.com", old), "ada@example.com");
  await customer("ada@example.com", "new password");
  advance(staleMaxMs);
  assert.equal(await logIn("ada@example.com", "fair winds"), "credentials_wrong");
  assert.equal(await present("ada@example.com", old), "credentials_wrong");
  assert.equal(await logIn("ada@example.com", "new password"), "ada@example.com");
  assert.equal(await present("ada@example.com", await keyOf("ada@example.com")), "ada@example.com");
});
