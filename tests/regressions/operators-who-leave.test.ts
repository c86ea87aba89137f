/**
 * Fault: nothing disabled, removed or demoted an operator, and a new password left its tokens alive: who had left, or
 * who had stolen a password once, went on for up to thirty days.
 *
 * Guarantee: a new password ends the tokens that were given for the old one, in the same statement; an operator that is
 * disabled or removed is refused with password, token and signature within `staleMaxMs` in every process, also in one
 * that knew it; another role counts within the same time. The last owner stays, and so does who owns something.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { staleMaxMs } from "../../src/access/authenticator.ts";
import { createAuthenticator } from "../../src/access/identify.ts";
import { hashPassword } from "../../src/access/password.ts";
import type { OperatorRole } from "../../src/core/operator.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { ezpertClient } from "../support/ezpert.ts";
import { addGroup, addOperator } from "../support/mor.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  terminal = openTerminal(app);
});
after(() => app.stop());

/** An operator with a password and a token, both used a moment ago: at a server, and in another process. */
async function known(login: string, role: OperatorRole = "administrator") {
  const { administration, queries } = app.app;
  const operatorId = await administration.putOperator(1, { login, passwordHash: await hashPassword("once"), role });
  const ask = ezpertClient(app.url);
  const query = { client_id: "mario.rossi@sangah.com" };
  const token = /"access_token": *"([^"]+)"/.exec(
    (await ask("token", { expires_in: "86400" }, { login: `${login}:once` })).text,
  )?.[1];
  assert.ok(token !== undefined);
  let nowMs = 0;
  const elsewhere = createAuthenticator(queries, { now: () => nowMs });
  const presented = [{ login: { name: login, password: "once" } }, { token }] as const;
  const identified = () =>
    Promise.all(
      presented.map(async (credentials) => {
        const found = await elsewhere.identify(1, credentials, "192.0.2.1");
        return typeof found === "string" ? found : found.kind === "operator" ? found.operator.role : found.kind;
      }),
    );
  const withPassword = async () => (await ask("query", query, { login: `${login}:once` })).status;
  const withToken = async () =>
    (await ask("query", query, { login: null, headers: { authorization: `Token ${token}` } })).status;
  const statuses = async () => [await withPassword(), await withToken()];
  assert.deepEqual(await statuses(), [200, 200]);
  assert.deepEqual(await identified(), [role, role]);
  return {
    operatorId,
    statuses,
    withPassword,
    withToken,
    /** What the other process says when it may not believe what it remembers any longer. */
    async later() {
      nowMs += staleMaxMs;
      return identified();
    },
  };
}

const refused = ["credentials_wrong", "credentials_wrong"];
test("a new password ends the old one and every token", async () => {
  const anna = await known("anna");
  assert.match((await terminal.run("operator", "password", "anna")).join("\n"), /Tokens of anna are revoked\.$/);
  assert.deepEqual(await anna.later(), refused);
  // Asked once, since each refused attempt counts against the address.
  assert.equal(await anna.withToken(), 401);
  await eventually("the server refuses the password", async () => (await anna.withPassword()) === 401);
});

test("who is disabled is refused with everything, stays listed, and comes back with the password but no token", async () => {
  const ben = await known("ben");
  assert.deepEqual(await terminal.run("operator", "disable", "ben"), ["ben is disabled, and its tokens are revoked."]);
  assert.deepEqual(await ben.later(), refused);
  assert.match(await terminal.refused("operator", "add", "ben"), /"counterfoil operator enable ben" lets it in again/);
  assert.match((await terminal.run("operator", "password", "ben")).join("\n"), /ben is still disabled/);
  assert.match((await terminal.run("operator", "list")).join("\n"), /^\d+ +ben +administrator +\S+Z {2}\S+Z$/m);
  assert.deepEqual(await terminal.run("operator", "enable", "ben"), ["ben is enabled."]);
  assert.notEqual(await app.app.queries.operators.byLogin(1, "ben"), undefined);
});

test("who is disabled signs nothing any more", async () => {
  await addOperator(app, "signer", "administrator");
  let nowMs = 0;
  const authenticator = createAuthenticator(app.app.queries, { now: () => nowMs });
  const sign = async () => {
    const found = await authenticator.identifySigner(1, "signer", "192.0.2.1", () => "right");
    return typeof found === "string" ? found : found.login;
  };
  assert.equal(await sign(), "signer");
  await terminal.run("operator", "disable", "signer");
  nowMs += staleMaxMs;
  assert.equal(await sign(), "login_unknown");
});

test("who is removed is gone with tokens and settings, and the login is free for somebody else", async () => {
  const carl = await known("carl");
  assert.deepEqual(await terminal.run("operator", "remove", "carl"), ["carl is removed."]);
  assert.deepEqual(await carl.later(), refused);
  assert.match(await terminal.refused("operator", "remove", "carl"), /^There is no operator carl\./);
  const [login] = await terminal.run("operator", "add", "carl", "--role", "accountant");
  assert.equal(login, "login     carl");
  assert.notEqual((await app.app.queries.operators.byLogin(1, "carl"))?.id, carl.operatorId);
});

test("another role counts for passwords and tokens", async () => {
  const dora = await known("dora");
  assert.deepEqual(await terminal.run("operator", "role", "dora", "reseller"), ["dora is reseller now."]);
  assert.deepEqual(await dora.later(), ["reseller", "reseller"]);
  assert.match(await terminal.refused("operator", "role", "dora", "king"), /^There is no role "king"\./);
});

test("the last owner stays, and so does a reseller who owns something", async () => {
  for (const words of [["disable"], ["remove"], ["role"]]) {
    const more = words[0] === "role" ? ["administrator"] : [];
    assert.match(await terminal.refused("operator", ...words, "owner", ...more), /^owner is the last owner\./);
  }
  const ownerId = await addOperator(app, "seller", "reseller");
  await addGroup(app, { ownerId });
  assert.match(await terminal.refused("operator", "remove", "seller"), /^seller owns card groups or customers/);
  assert.match(await terminal.refused("operator", "role", "seller", "administrator"), /^seller owns/);
  assert.deepEqual(await terminal.run("operator", "disable", "seller"), [
    "seller is disabled, and its tokens are revoked.",
  ]);
  await terminal.run("operator", "role", "admin", "owner");
  assert.deepEqual(await terminal.run("operator", "role", "owner", "accountant"), ["owner is accountant now."]);
});
