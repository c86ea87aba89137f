import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { type TestContext, test } from "node:test";
import { hash } from "@node-rs/argon2";
import { createEvent, openTestEngine, type TestEngine, tally } from "../../tests/support/engine.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { StoreUnavailable } from "../engine/store.ts";
import { type Authenticator, type Credentials, staleMaxMs } from "./authenticator.ts";
import { createAuthenticator } from "./identify.ts";
import { hashPassword, passwordLengthMax } from "./password.ts";
import { failuresPerAccountMax, failuresPerAddressMax } from "./throttle.ts";

const address = "192.0.2.1";
const login = (name: string, password: string): Credentials => ({ login: { name, password } });
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

interface Place extends TestEngine {
  readonly authenticator: Authenticator;
  /** Makes an operator with this password, or gives it a new one; resolves with its number. */
  operator(name: string, password: string): Promise<number>;
  /** Who presents these credentials: a login, an access key, or why nobody. */
  identify(credentials: Credentials, from?: string): Promise<string>;
}

/** Anna, whose password is `open sesame`, and the access key GATE1 of event 1. */
async function open(t: TestContext): Promise<Place> {
  const engine = await openTestEngine(t);
  const { administration, organizationId, reader } = engine;
  const authenticator = createAuthenticator(reader);
  const place: Place = {
    ...engine,
    authenticator,
    operator: async (name, password) =>
      administration.putOperator(organizationId, {
        login: name,
        passwordHash: await hashPassword(password),
        role: "administrator",
      }),
    identify: (credentials, from = address) => nameOf(authenticator.identify(organizationId, credentials, from)),
  };
  await place.operator("anna", "open sesame");
  await engine.execute(createEvent({ accessKeys: ["GATE1"] }, 1));
  return place;
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
async function closeAddress({ identify }: Place, from = address): Promise<void> {
  for (let turn = 0; turn < failuresPerAddressMax; turn++) await identify({ accessKeys: [`WRONG${turn}`] }, from);
}

test("a caller is who its access key, its token or its password says, in this order, and else nobody", async (t) => {
  const place = await open(t);
  const { identify, administration, organizationId } = place;
  const operatorId = await place.operator("ben", "swordfish");
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
  assert.deepEqual([...identity.accessKey.productIds].sort(), [1, 2]);
});

test("credentials of one organization are nothing in another", async (t) => {
  const place = await open(t);
  const { administration, organizationId } = await openTestEngine(t);
  await administration.putOperator(organizationId, {
    login: "anna",
    passwordHash: await hashPassword("another password"),
    role: "owner",
  });
  assert.equal(await place.identify(login("anna", "open sesame")), "anna");
  for (const credentials of [login("anna", "open sesame"), { accessKeys: ["GATE1"] }]) {
    assert.equal(
      await nameOf(place.authenticator.identify(organizationId, credentials, address)),
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
  const place = await open(t);
  const fastest = { known: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY };
  await place.identify(login("anna", "wrong"), "198.51.100.0");
  for (let turn = 1; turn <= 20; turn++) {
    const from = `198.51.100.${turn}`;
    const known = await msOf(() => place.identify(login("anna", `wrong ${turn}`), from));
    const unknown = await msOf(() => place.identify(login(`nobody ${turn}`, "wrong"), from));
    fastest.known = Math.min(fastest.known, known);
    fastest.unknown = Math.min(fastest.unknown, unknown);
  }
  // The fastest of many, since a busy machine only ever makes it slower; without a hash it would be a tenth.
  assert.ok(fastest.unknown > fastest.known / 2, JSON.stringify(fastest));
});

test("what was changed or withdrawn is refused after a moment, in every process", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const place = await open(t);
  const { administration, organizationId, execute, sql } = place;
  const other = createAuthenticator((await openTestEngine(t, { beside: place })).reader);
  const operatorId = await place.operator("ben", "swordfish");
  await place.operator("carl", "moonlight");
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
    await place.identify(credentials),
    await nameOf(other.identify(organizationId, credentials, address)),
  ];
  for (const [index, who] of ["anna", "carl", "ben", "ben", "GATE1"].entries()) {
    assert.deepEqual(await both(everything[index] ?? {}), [who, who]);
  }

  await place.operator("anna", "new password");
  await sql("update operator set disabled_at = now() where organization_id = $1 and login = 'carl'");
  await sql("update api_token set revoked_at = now() where organization_id = $1 and expires_at is null");
  await sql("update api_token set expires_at = now() where organization_id = $1 and expires_at is not null");
  await execute({ verb: "change_product", productId: 1, terms: { accessKeys: ["GATE2"] } });
  t.mock.timers.tick(staleMaxMs);
  for (const credentials of everything) {
    assert.deepEqual(await both(credentials), ["credentials_wrong", "credentials_wrong"], JSON.stringify(credentials));
  }
  assert.deepEqual(await both(login("anna", "new password")), ["anna", "anna"]);
  assert.deepEqual(await both({ accessKeys: ["GATE2"] }), ["GATE2", "GATE2"]);
});

test("after too many failures an address is throttled, also for what would be right, and others are not", async (t) => {
  const place = await open(t);
  for (let turn = 1; turn <= failuresPerAddressMax; turn++) {
    assert.equal(await place.identify({ token: `wrong ${turn}` }), "credentials_wrong");
  }
  assert.equal(await place.identify({ token: "wrong" }), "throttled");
  assert.equal(await place.identify(login("anna", "open sesame")), "throttled");
  assert.equal(await place.identify(login("anna", "open sesame"), "192.0.2.2"), "anna");
});

test("after too many failures an account is throttled, wherever they come from, and others are not", async (t) => {
  const place = await open(t);
  await place.operator("ben", "swordfish");
  for (let turn = 1; turn <= failuresPerAccountMax; turn++) {
    assert.equal(await place.identify(login("anna", `wrong ${turn}`), `198.51.100.${turn}`), "credentials_wrong");
  }
  assert.equal(await place.identify(login("anna", "wrong"), "203.0.113.1"), "throttled");
  assert.equal(await place.identify(login("ben", "swordfish"), "203.0.113.1"), "ben");
});

test("guesses that arrive all at once are counted like guesses one after the other", async (t) => {
  const place = await open(t);
  const few = 8;
  const passwords = await Promise.all(
    times(200, (turn) => place.identify(login("anna", `wrong ${turn}`), `198.51.100.${turn}`)),
  );
  const keys = await Promise.all(times(200, (turn) => place.identify({ accessKeys: [`WRONG${turn}`] })));
  for (const [answers, max] of [
    [passwords, failuresPerAccountMax],
    [keys, failuresPerAddressMax],
  ] as const) {
    const { credentials_wrong: tried = 0, throttled = 0 } = tally(answers);
    assert.equal(tried + throttled, 200);
    assert.ok(tried <= max + few, `${tried} guesses were looked at`);
  }
});

test("credentials that were right a moment ago are never throttled, nor are access keys and tokens that are right", async (t) => {
  const place = await open(t);
  const { identify, administration, organizationId } = place;
  const operatorId = await place.operator("ben", "swordfish");
  await administration.putToken(organizationId, { operatorId, token: "ben's token", expiresAtMs: null });
  assert.equal(await identify(login("anna", "open sesame")), "anna");
  await closeAddress(place);
  for (let turn = 0; turn < failuresPerAccountMax; turn++) {
    await identify(login("anna", `wrong ${turn}`), `198.51.100.${turn}`);
  }
  assert.equal(await identify(login("anna", "wrong")), "throttled");
  assert.equal(await identify(login("anna", "open sesame")), "anna");
  assert.equal(await identify(login("anna", "open sesame"), "203.0.113.1"), "anna");
  assert.equal(await identify({ accessKeys: ["GATE1"] }), "GATE1");
  assert.equal(await identify({ token: "ben's token" }), "ben");
});

test("a success does not open the door again for whoever guesses", async (t) => {
  const place = await open(t);
  for (let turn = 1; turn < failuresPerAddressMax; turn++) await place.identify({ accessKeys: [`WRONG${turn}`] });
  assert.equal(await place.identify({ accessKeys: ["GATE1"] }), "GATE1");
  assert.equal(await place.identify({ accessKeys: ["WRONG"] }), "credentials_wrong");
  assert.equal(await place.identify({ accessKeys: ["WRONG"] }), "throttled");
});

test("while the database is away nobody is identified, and nothing counts as a failure", async (t) => {
  const owner = await open(t);
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const { reader, organizationId } = await openTestEngine(t, { beside: owner, address: relay.address });
  const authenticator = createAuthenticator(reader);
  await relay.cut();
  for (let turn = 0; turn < 2 * failuresPerAddressMax; turn++) {
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
  const { administration, organizationId, reader } = engine;
  const authenticator = createAuthenticator(reader);
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
    /** Who logs in with a password: a name, or why nobody. */
    logIn: async (names: string | readonly string[], password: string, from = address) =>
      nameOrReason(await authenticator.identifyCustomer(organizationId, [names].flat(), [password], from)),
    /** Who presents a login key. */
    present: async (names: string | readonly string[], key: string, from = address) =>
      nameOrReason(await authenticator.identifyKeyHolder(organizationId, [names].flat(), key, from)),
    /** The login key that a customer is given. */
    keyOf: async (name: string) => (await reader.customerByName(organizationId, name))?.loginKeys[0] ?? "none",
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

test("ten wrong passwords close an account, wherever they come from, but not to whom a right one let in before", async (t) => {
  const { logIn } = await openCustomers(t);
  assert.equal(await logIn("ben@example.com", "calm seas"), "ben@example.com");
  for (const name of ["ada@example.com", "ben@example.com"]) {
    for (let turn = 1; turn <= failuresPerAccountMax; turn++) {
      assert.equal(await logIn(name, `wrong ${turn}`, `198.51.100.${turn}`), "credentials_wrong");
    }
    assert.equal(await logIn(name, "wrong", "203.0.113.1"), "throttled");
  }
  assert.equal(await logIn("ada@example.com", "fair winds", "203.0.113.1"), "throttled");
  assert.equal(await logIn("ben@example.com", "calm seas", "203.0.113.1"), "ben@example.com");
});

test("wrong passwords that arrive all at once close an account like ten one after the other", async (t) => {
  const { logIn } = await openCustomers(t);
  const answers = await Promise.all(
    times(60, (turn) => logIn("ada@example.com", `wrong ${turn}`, `198.51.100.${turn}`)),
  );
  const { credentials_wrong: tried = 0, throttled = 0 } = tally(answers);
  assert.equal(tried + throttled, 60);
  assert.ok(tried <= failuresPerAccountMax + 8, `${tried} guesses were looked at`);
});

test("wrong login keys close no account, but the address that they come from; a right one still lets in", async (t) => {
  const { logIn, present, keyOf } = await openCustomers(t);
  const key = await keyOf("ada@example.com");
  for (let turn = 0; turn < failuresPerAddressMax; turn++) {
    assert.equal(await present("ada@example.com", `wrong ${turn}`), "credentials_wrong");
  }
  assert.equal(await present("ada@example.com", "wrong"), "throttled");
  assert.equal(await present("dora@example.com", key), "throttled");
  assert.equal(await present("ada@example.com", key), "ada@example.com");
  assert.equal(await logIn("ada@example.com", "fair winds"), "throttled", "the address is closed");
  assert.equal(await logIn("ada@example.com", "fair winds", "203.0.113.1"), "ada@example.com", "the account is not");
});

test("an operator and a customer of one name are throttled each for itself", async (t) => {
  const { logIn, authenticator, administration, organizationId } = await openCustomers(t);
  const passwordHash = await hashPassword("open sesame");
  await administration.putOperator(organizationId, { login: "ada@example.com", passwordHash, role: "administrator" });
  for (let turn = 1; turn <= failuresPerAccountMax; turn++) {
    await logIn("ada@example.com", `wrong ${turn}`, `198.51.100.${turn}`);
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
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const { logIn, present, keyOf, customer } = await openCustomers(t);
  const old = await keyOf("ada@example.com");
  assert.equal(await logIn("ada@example.com", "fair winds"), "ada@example.com");
  assert.equal(await present("ada@example.com", old), "ada@example.com");
  await customer("ada@example.com", "new password");
  t.mock.timers.tick(staleMaxMs);
  assert.equal(await logIn("ada@example.com", "fair winds"), "credentials_wrong");
  assert.equal(await present("ada@example.com", old), "credentials_wrong");
  assert.equal(await logIn("ada@example.com", "new password"), "ada@example.com");
  assert.equal(await present("ada@example.com", await keyOf("ada@example.com")), "ada@example.com");
});
