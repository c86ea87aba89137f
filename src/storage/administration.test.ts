import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvent, openTestEngine, resultOf } from "../../tests/support/engine.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { StoreUnavailable } from "../engine/store.ts";

test("an organization is made once, and everything can be done in it at once", async (t) => {
  const { administration, organizationId, execute, reader } = await openTestEngine(t);
  assert.equal(await administration.ensureOrganization(organizationId, "Another name"), false);
  const made = await Promise.all(Array.from({ length: 10 }, () => administration.ensureOrganization(7_000, "Seven")));
  assert.equal(made.filter((isMade) => isMade).length, 1);
  assert.equal(resultOf(await execute(createEvent({}, 1), { organizationId: 7_000 })), "ok");
  assert.notEqual(await reader.lastChange(7_000, [1]), null, "and it is in the log");
});

test("of ten processes that make the first operator one does, and later there is no first any more", async (t) => {
  const { administration, organizationId } = await openTestEngine(t);
  const put = (login: string) =>
    administration.putFirstOperator(organizationId, { login, passwordHash: "hash", role: "owner" });
  const made = await Promise.all(Array.from({ length: 10 }, (_, index) => put(`owner${index}`)));
  assert.equal(made.filter((isMade) => isMade).length, 1);
  assert.equal((await administration.listOperators(organizationId)).length, 1);
  assert.equal(await put("late"), false);
});

test("an operator that is put again keeps its number and gets the new password and role", async (t) => {
  const { administration, organizationId, reader, sql } = await openTestEngine(t);
  const put = (passwordHash: string, role: "reseller" | "accountant") =>
    administration.putOperator(organizationId, { login: "anna", passwordHash, role });
  const id = await put("first", "reseller");
  await sql("update operator set disabled_at = now() where organization_id = $1");
  assert.equal(await reader.operatorByLogin(organizationId, "anna"), undefined, "a disabled one is unknown");
  assert.deepEqual(await administration.listOperators(organizationId), []);
  assert.equal(await put("second", "accountant"), id);
  assert.deepEqual(await reader.operatorByLogin(organizationId, "anna"), {
    id,
    login: "anna",
    role: "accountant",
    passwordHash: "second",
    settings: new Map(),
  });
  assert.equal(await reader.operatorByLogin(organizationId, "Anna"), undefined, "logins compare to the letter");
});

test("operators are listed by login, those of other organizations not", async (t) => {
  const { administration, organizationId } = await openTestEngine(t);
  const other = await openTestEngine(t);
  for (const login of ["carl", "anna", "ben"]) {
    await administration.putOperator(organizationId, { login, passwordHash: "hash", role: "reseller" });
  }
  await administration.putOperator(other.organizationId, { login: "dora", passwordHash: "hash", role: "reseller" });
  const listed = await administration.listOperators(organizationId);
  assert.deepEqual(
    listed.map(({ login }) => login),
    ["anna", "ben", "carl"],
  );
});

test("a token is known to its organization alone, and not once it has expired, was revoked or lost its operator", async (t) => {
  const { administration, organizationId, reader, sql } = await openTestEngine(t);
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
  await put("for an hour", Date.now() + hourMs);
  await put("until an hour ago", Date.now() - hourMs);
  const known = async (token: string) => (await reader.operatorByToken(organizationId, token))?.login;
  assert.equal(await known("for good"), "anna");
  assert.equal(await known("for an hour"), "anna");
  assert.equal(await known("until an hour ago"), undefined);
  assert.equal(await known("unheard of"), undefined);
  assert.equal(await other.reader.operatorByToken(other.organizationId, "for good"), undefined);

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
  const { administration, organizationId, reader, sql } = await openTestEngine(t);
  await sql("update organization set hosts = array['settings.example.com'] where id = $1");
  const settings = async () => Object.fromEntries((await reader.organization("settings.example.com"))?.settings ?? []);
  for (const value of ["open", "", 5, true, null, { a: ["x"] }, 'with "quotes" and \\']) {
    await administration.putSetting(organizationId, "nokkis.gate", value);
    assert.deepEqual(await settings(), { "nokkis.gate": value });
  }
  await administration.putSetting(organizationId, "nokkis.gate", undefined);
  assert.deepEqual(await settings(), {});
});

test("everything about administration rejects with StoreUnavailable while the database is away", async (t) => {
  const owner = await openTestEngine(t);
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const { administration, organizationId } = await openTestEngine(t, { beside: owner, address: relay.address });
  await relay.cut();
  const operator = { login: "anna", passwordHash: "hash", role: "owner" } as const;
  for (const ask of [
    () => administration.ensureOrganization(1, "x"),
    () => administration.putSetting(organizationId, "x", 1),
    () => administration.putOperator(organizationId, operator),
    () => administration.putFirstOperator(organizationId, operator),
    () => administration.listOperators(organizationId),
    () => administration.putToken(organizationId, { operatorId: 1, token: "x", expiresAtMs: null }),
    () => administration.forgetAnswers(0),
  ]) {
    await assert.rejects(ask(), StoreUnavailable);
  }
});
