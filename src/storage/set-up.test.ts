import assert from "node:assert/strict";
import { test } from "node:test";
import { addEdition, createChart, finish, hourMs, openContent, request } from "../../tests/support/content.ts";
import { createEvent, openTestEngine, resultOf, startMs, successOf } from "../../tests/support/engine.ts";
import { fullScan } from "../../tests/support/full-scan.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { StoreUnavailable } from "../engine/store.ts";
import { createSecrets } from "./secrets.ts";

test("an organization is made once, and everything can be done in it at once", async (t) => {
  const { administration, organizationId, execute, queries } = await openTestEngine(t);
  assert.equal(await administration.ensureOrganization(organizationId, "Another name"), false);
  const made = await Promise.all(Array.from({ length: 10 }, () => administration.ensureOrganization(7_000, "Seven")));
  assert.equal(made.filter((isMade) => isMade).length, 1);
  assert.equal(resultOf(await execute(createEvent({}, 1), { organizationId: 7_000 })), "ok");
  assert.notEqual(await queries.log.lastChange(7_000, [1]), null, "and it is in the log");
});

test("of ten processes that make the first operator one does, and later there is no first any more", async (t) => {
  const { administration, organizationId, queries } = await openTestEngine(t);
  const put = (login: string) =>
    administration.putFirstOperator(organizationId, { login, passwordHash: "hash", role: "owner" });
  const made = await Promise.all(Array.from({ length: 10 }, (_, index) => put(`owner${index}`)));
  assert.equal(made.filter((isMade) => isMade).length, 1);
  assert.equal((await queries.operators.all(organizationId)).length, 1);
  assert.equal(await put("late"), false);
});

test("an operator that is put again keeps its number and gets the new password and role", async (t) => {
  const { administration, organizationId, queries, sql } = await openTestEngine(t);
  const put = (passwordHash: string, role: "reseller" | "accountant") =>
    administration.putOperator(organizationId, { login: "anna", passwordHash, role });
  const id = await put("first", "reseller");
  await sql("update operator set disabled_at = now() where organization_id = $1");
  assert.equal(await queries.operators.byLogin(organizationId, "anna"), undefined, "a disabled one is unknown");
  assert.equal(await put("second", "accountant"), id);
  assert.equal(
    await queries.operators.byLogin(organizationId, "anna"),
    undefined,
    "a password does not let it in again",
  );
  assert.equal(await administration.setOperatorDisabled(organizationId, "anna", false), true);
  assert.deepEqual(await queries.operators.byLogin(organizationId, "anna"), {
    id,
    login: "anna",
    role: "accountant",
    passwordHash: "second",
    settings: new Map(),
  });
  assert.equal(await queries.operators.byLogin(organizationId, "Anna"), undefined, "logins compare to the letter");
});

test("operators are listed by login, those of other organizations not", async (t) => {
  const { administration, organizationId, queries } = await openTestEngine(t);
  const other = await openTestEngine(t);
  for (const login of ["carl", "anna", "ben"]) {
    await administration.putOperator(organizationId, { login, passwordHash: "hash", role: "reseller" });
  }
  await administration.putOperator(other.organizationId, { login: "dora", passwordHash: "hash", role: "reseller" });
  const listed = await queries.operators.all(organizationId);
  assert.deepEqual(
    listed.map(({ login }) => login),
    ["anna", "ben", "carl"],
  );
});

test("a token is known to its organization alone, and not once it has expired, was revoked or lost its operator", async (t) => {
  const { administration, organizationId, queries, sql } = await openTestEngine(t);
  const other = await openTestEngine(t);
  const operatorId = await administration.putOperator(organizationId, {
    login: "anna",
    passwordHash: "hash",
    role: "administrator",
  });
  const hourMs = 60 * 60 * 1000;
  const put = (token: string, expiresAtMs: number | null) =>
    administration.putToken(organizationId, { operatorId, token, expiresAtMs });
  await put("for good", null);
  const expiresAtMs = Date.now() + hourMs;
  await put("for an hour", expiresAtMs);
  const known = async (token: string) => (await queries.operators.byToken(organizationId, token))?.operator.login;
  assert.equal(await known("for good"), "anna");
  assert.equal(await known("for an hour"), "anna");
  assert.equal((await queries.operators.byToken(organizationId, "for an hour"))?.expiresAtMs, expiresAtMs);
  assert.equal(await known("unheard of"), undefined);
  assert.equal(await other.queries.operators.byToken(other.organizationId, "for good"), undefined);

  await sql("update api_token set revoked_at = now() where organization_id = $1 and expires_at is null");
  assert.equal(await known("for good"), undefined);
  assert.equal(await known("for an hour"), "anna");
  await sql("update operator set disabled_at = now() where organization_id = $1");
  assert.equal(await known("for an hour"), undefined);
  const [row] = await sql<{ stored: boolean }>(
    "select bool_or(token_hash::text like '%for an hour%') as stored from api_token where organization_id = $1",
  );
  assert.equal(row?.stored, false, "the token itself is kept nowhere");
});

test("a setting is any JSON value, is replaced, and returns to its default", async (t) => {
  const { administration, organizationId, queries } = await openTestEngine(t);
  const settings = async () => Object.fromEntries((await queries.organizations.byId(organizationId))?.settings ?? []);
  for (const value of ["open", "", 5, true, null, { a: ["x"] }, 'with "quotes" and \\']) {
    await administration.putSetting(organizationId, "nokkis.gate", value);
    assert.deepEqual(await settings(), { "nokkis.gate": value });
  }
  await administration.putSetting(organizationId, "nokkis.gate", undefined);
  assert.deepEqual(await settings(), {});
});

test("a customer without a password has no login key, and one with a password has one of 32 hex digits that goes with it", async (t) => {
  const { administration, organizationId, queries } = await openTestEngine(t);
  const id = await administration.putCustomer(organizationId, { name: "Ada@example.com", ownerId: null });
  const known = () => queries.customers.byName(organizationId, " ada@EXAMPLE.com ");
  const bare = { id, name: "Ada@example.com", ownerId: null, displayName: "", metadata: null };
  assert.deepEqual(await known(), { ...bare, passwordHash: null, loginKeys: [] });

  assert.equal(await administration.setCustomerPassword(organizationId, id, "first hash"), true);
  const first = await known();
  assert.deepEqual({ ...first, loginKeys: [] }, { ...bare, passwordHash: "first hash", loginKeys: [] });
  assert.match(first?.loginKeys.join() ?? "", /^[0-9a-f]{32}$/);
  assert.deepEqual((await known())?.loginKeys, first?.loginKeys, "it stays the same as long as the password does");

  await administration.setCustomerPassword(organizationId, id, "second hash");
  assert.notDeepEqual((await known())?.loginKeys, first?.loginKeys);
  await administration.setCustomerPassword(organizationId, id, null);
  assert.deepEqual((await known())?.loginKeys, []);
  assert.equal(await administration.setCustomerPassword(organizationId, 404, "hash"), false);
  assert.equal(await queries.customers.byName(organizationId, "ben@example.com"), undefined);
});

test("two customers of one password have different login keys, and so has one number in two organizations", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { secrets: one.secrets });
  const keys: unknown[] = [];
  for (const [place, id, name] of [
    [one, 7, "ada@example.com"],
    [one, 8, "ben@example.com"],
    [other, 7, "ada@example.com"],
  ] as const) {
    await place.administration.putCustomer(place.organizationId, { id, name, ownerId: null });
    await place.administration.setCustomerPassword(place.organizationId, id, "hash");
    keys.push((await place.queries.customers.byName(place.organizationId, name))?.loginKeys[0]);
  }
  assert.equal(new Set(keys).size, 3);
});

test("after a rotation of the secret keys a new login key is given out, and the old one is still known", async (t) => {
  const [oldKey, newKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const before = await openTestEngine(t, { secrets: createSecrets([oldKey]) });
  const { administration, organizationId } = before;
  const id = await administration.putCustomer(organizationId, { name: "ada@example.com", ownerId: null });
  await administration.setCustomerPassword(organizationId, id, "hash");
  const keysWith = async (...keys: Buffer[]) => {
    const { queries } = await openTestEngine(t, { beside: before, secrets: createSecrets(keys) });
    return (await queries.customers.byName(organizationId, "ada@example.com"))?.loginKeys ?? [];
  };
  const [given] = await keysWith(oldKey);
  const both = await keysWith(newKey, oldKey);
  assert.equal(both.length, 2);
  assert.notEqual(both[0], given);
  assert.equal(both[1], given);
  assert.deepEqual(await keysWith(newKey), both.slice(0, 1));
});

test("of processes that set a secret setting for the first time at once, all get the same value, and it is kept sealed", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  const { organizationId, queries } = one;
  const values = Array.from({ length: 20 }, (_, index) => `secret number ${index}`);
  const got = await Promise.all(
    values.map((value, index) =>
      (index % 2 === 0 ? one : other).administration.ensureSecretSetting(organizationId, "permit.key", value),
    ),
  );
  const [first = ""] = got;
  assert.ok(values.includes(first));
  assert.deepEqual(new Set(got), new Set([first]));
  assert.equal(await other.administration.ensureSecretSetting(organizationId, "permit.key", "late"), first);
  assert.equal((await queries.organizations.byId(organizationId))?.settings.get("permit.key"), first);
  assert.equal((await fullScan(one)).includes(first), false);
});

test("files of deliveries can be removed once these ended or had their time, in turns, and each once", async (t) => {
  const scene = await openContent(t);
  const { execute, ada, organizationId, administration, queries } = scene;
  const removable = async (nowMs: number, limit = 10) =>
    (await queries.deliveries.removable(nowMs, limit)).filter((one) => one.organizationId === organizationId);

  const first = successOf(await execute(request(ada, "AAAA", "boat"))).delivery;
  assert.deepEqual(await removable(startMs + 1_000 * hourMs), [], "one that is being built stays");
  const { built } = successOf(await execute(finish(first.id, "AAAA")));
  const endMs = built?.expiresAtMs ?? 0;
  const overdue = { organizationId, deliveryId: first.id, code: "AAAA", hasEnded: false };
  assert.deepEqual(await removable(endMs - 1), []);
  assert.deepEqual(await removable(endMs), [overdue]);

  await execute(addEdition("2026-2", 1));
  const second = successOf(await execute(request(ada, "AAAA", "boat"))).delivery;
  await execute({ verb: "end_delivery", deliveryId: second.id, code: "AAAA" });
  const ended = [
    { ...overdue, hasEnded: true },
    { organizationId, deliveryId: second.id, code: "AAAA", hasEnded: true },
  ];
  assert.deepEqual(await removable(startMs), ended);
  assert.deepEqual(await queries.deliveries.removable(startMs, 1), ended.slice(0, 1));
  await administration.markDeliveryRemoved(organizationId, first.id);
  assert.deepEqual(await removable(startMs), ended.slice(1));
  await administration.markDeliveryRemoved(organizationId, second.id);
  assert.deepEqual(await removable(endMs), []);
});

test("the keys of all content are known, of every organization", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t);
  for (const [place, name] of [
    [one, "north"],
    [other, "south"],
  ] as const) {
    await place.execute(createChart());
    await place.execute(addEdition(name, 1));
  }
  const keys = await one.queries.content.keys();
  for (const key of ["content of north", "content of south"]) assert.ok(keys.includes(key), key);
});

test("everything about administration rejects with StoreUnavailable while the database is away", async (t) => {
  const owner = await openTestEngine(t);
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const { administration, organizationId, queries } = await openTestEngine(t, {
    beside: owner,
    address: relay.address,
  });
  await relay.cut();
  const operator = { login: "anna", passwordHash: "hash", role: "owner" } as const;
  for (const ask of [
    () => administration.ensureOrganization(1, "x"),
    () => administration.putSetting(organizationId, "x", 1),
    () => administration.putOperator(organizationId, operator),
    () => administration.putFirstOperator(organizationId, operator),
    () => queries.operators.all(organizationId),
    () => administration.putToken(organizationId, { operatorId: 1, token: "x", expiresAtMs: null }),
    () => administration.forgetIdempotencyRecords(0),
    () => administration.setCustomerPassword(organizationId, 1, "hash"),
    () => administration.ensureSecretSetting(organizationId, "x", "y"),
    () => queries.deliveries.removable(0, 1),
    () => administration.markDeliveryRemoved(organizationId, 1),
    () => queries.content.keys(),
  ]) {
    await assert.rejects(ask(), StoreUnavailable);
  }
});
