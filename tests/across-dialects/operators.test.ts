/**
 * An operator is one account in all tongues: the same password, the same token, and what the role may. A token that is
 * ended is ended everywhere, and keys of gates and of signed requests open nothing but what they are for.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { staleMaxMs } from "../../src/access/authenticator.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { basic, ezpertClient } from "../support/ezpert.ts";
import { morClient, valuesOf } from "../support/mor.ts";
import { assertError, eventDocument, matched, nokkisClient } from "../support/nokkis.ts";
import { openTerminal } from "../support/terminal.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  // As on a server of one's own: whoever administers must show who it is.
  await app.app.administration.putSetting(1, "nokkis.admin", "operator");
  await app.app.administration.putSetting(1, "nokkis.gate", "key");
});
after(() => app.stop());

const client = { client_id: "mario.rossi@sangah.com" };

test("a token that ezpert gave administers events, until it is ended", async () => {
  const ask = ezpertClient(app.url);
  const token = matched((await ask("token", { expires_in: "3600" })).text, /"access_token":\s*"([^"]+)"/);
  const bearer = nokkisClient(app.url, { authorization: `Bearer ${token}` });
  const event = await bearer.createEvent({ name: "By token" });
  assert.ok(event > 0);
  const byToken = { login: null, headers: { authorization: `Token ${token}` } };
  assert.equal((await ask("query", client, byToken)).status, 200);
  await openTerminal(app).run("token", "revoke", token);
  await new Promise((resolve) => setTimeout(resolve, staleMaxMs + 100));
  assertError(await bearer.ask("POST /nokkis", { body: eventDocument() }), 10, "Insufficient privileges");
  assert.equal((await ask("query", client, byToken)).status, 401);
});

test("one password is good in every tongue that asks for one, and a wrong one in none", async () => {
  const [right, wrong] = ["admin:admin", "admin:nimda"];
  const ask = ezpertClient(app.url);
  const events = (login: string) => nokkisClient(app.url, { authorization: basic(login) });
  assert.equal((await ask("query", client, { login: right })).status, 200);
  assert.ok((await events(right).createEvent({ name: "By password" })) > 0);
  assert.equal((await ask("query", client, { login: wrong })).status, 401);
  assertError(await events(wrong).ask("POST /nokkis", { body: eventDocument() }), 10, "Insufficient privileges");
});

test("a key of a gate and the secret of signed requests open nothing else", async () => {
  for (const key of ["ABCDE12345", "456789"]) {
    for (const authorization of [`Bearer ${key}`, `Apikey ${key}`, `Token ${key}`, basic(`${key}:${key}`)]) {
      const { status } = await ezpertClient(app.url)("query", client, { login: null, headers: { authorization } });
      assert.equal(status, 401, authorization);
      const made = await nokkisClient(app.url, { authorization }).ask("POST /nokkis", { body: eventDocument() });
      assert.match(made.text, /<error id="1[01]">/, authorization);
    }
  }
  const signed = morClient(app, { secret: "ABCDE12345" });
  assert.deepEqual(valuesOf(await signed.ask("card_group_get", { id: "6" }), "error"), ["Incorrect hash"]);
});
