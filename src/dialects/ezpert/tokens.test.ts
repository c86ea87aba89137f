import assert from "node:assert/strict";
import { describe, it } from "node:test";
import pg from "pg";
import pino from "pino";
import { startTestApp } from "../../../tests/support/app.ts";
import { badCredentials, basic, errorText, ezpertClient, loginFailed } from "../../../tests/support/ezpert.ts";
import { createApp } from "../../app.ts";

const mario = { client_id: "mario.rossi@sangah.com" };
const notValid = errorText("Authentication Failed: Token not valid.", badCredentials);

interface Token {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires: number;
}

type Ask = ReturnType<typeof ezpertClient>;

async function makeToken(ask: Ask, fields: Record<string, string> = {}): Promise<Token> {
  const { status, text } = await ask("token", fields);
  assert.equal(status, 200, text);
  return JSON.parse(text) as Token;
}

/** Asks with this header only. */
const withToken = (ask: Ask, authorization: string) => ask("query", mario, { login: null, headers: { authorization } });

describe("Token Authentication", () => {
  it("gives an opaque token with an empty type and its end in milliseconds, five minutes by default", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const { status, headers, text } = await ask("token", { output: "xml" });
    const token = JSON.parse(text) as Token;
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "application/json;charset=UTF-8");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.deepEqual(Object.keys(token), ["access_token", "token_type", "expires"]);
    assert.equal(token.token_type, "");
    assert.ok(Math.abs(token.expires - (Date.now() + 300_000)) < 60_000);
    const hour = await makeToken(ask, { expires_in: "3600" });
    assert.ok(Math.abs(hour.expires - (Date.now() + 3_600_000)) < 60_000);
    assert.notEqual(hour.access_token, token.access_token);
  });

  it("takes the token as Token, as Bearer and as access_token, with its signs escaped or not", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const { access_token } = await makeToken(ask);
    for (const scheme of ["Token", "token", "Bearer", "BEARER"]) {
      assert.equal((await withToken(ask, `${scheme} ${access_token}`)).status, 200, scheme);
    }
    assert.equal((await ask("query", { ...mario, access_token }, { login: null })).status, 200);
    const raw = `client_id=mario.rossi@sangah.com&access_token=${access_token}`;
    assert.equal((await ask("query", raw, { login: null })).status, 200);
    const path = `/shop/api/ezpert/QueryLicenses.action?access_token=${encodeURIComponent(access_token)}`;
    assert.equal((await ask("query", mario, { login: null, path })).status, 200);
    assert.equal((await ask("create", { client_id: "a@example.com", access_token }, { login: null })).status, 200);
  });

  it("is served at both paths, by POST and GET, and to user_no and passwd", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    for (const path of ["/Main/Token.action", "/shop/Main/Token.action"]) {
      for (const method of ["POST", "GET"]) {
        assert.equal((await ask("token", "", { path, method })).status, 200);
        const query = `${path}?user_no=username&passwd=password&auth_type=basic`;
        assert.equal((await ask("token", "", { path: query, method, login: null })).status, 200);
      }
    }
    const fields = { cmd: "sso", user_no: "username", passwd: "password" };
    assert.equal((await ask("token", fields, { login: null })).status, 200);
  });

  it("refuses wrong logins, and tokens that ask for a token, in the documented words", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const { access_token } = await makeToken(ask);
    const wrong = errorText(loginFailed, badCredentials);
    assert.equal((await ask("token", {}, { login: "username:wrong" })).text, wrong);
    assert.equal((await ask("token", { user_no: "username", passwd: "wrong" }, { login: null })).text, wrong);
    assert.equal((await ask("token", { user_no: "username" }, { login: null })).text, wrong);
    const headers = { authorization: `Token ${access_token}` };
    assert.equal((await ask("token", {}, { login: null, headers })).text, wrong);
    const nothing = await ask("token", { access_token }, { login: null });
    assert.equal(nothing.status, 401);
    assert.equal(nothing.text, errorText("Unauthorized operation."));
  });

  it("refuses a lifetime that is no number or out of range", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const { text } = await ask("token", { expires_in: "soon" });
    assert.equal(text, errorText('For input string: "soon"', "java.lang.NumberFormatException"));
    for (const expires_in of ["0", "-1", "2592001"]) {
      assert.match((await ask("token", { expires_in })).text, /expires_in must be between 1 and 2592000 seconds\./);
    }
    await makeToken(ask, { expires_in: "2592000" });
  });

  it("ends: an expired token is refused with 401, the challenge and the documented words", async (context) => {
    const { url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const { access_token, expires } = await makeToken(ask, { expires_in: "1" });
    await new Promise((resolve) => setTimeout(resolve, expires - Date.now() + 50));
    const { status, headers, text } = await withToken(ask, `Token ${access_token}`);
    assert.equal(status, 401);
    assert.equal(headers.get("www-authenticate"), 'Basic realm="ezpert"');
    assert.equal(text, notValid);
  });

  it("is taken by another process at once, and refused by every process within 5 s once it is revoked", async (context) => {
    const { app, database, secretKeys, url } = await startTestApp(context, { demo: true });
    const second = createApp({
      database: database.address,
      secretKeys,
      filesDir: "/nonexistent",
      log: pino({ level: "silent" }),
    });
    try {
      const secondUrl = await second.server.listen({ host: "127.0.0.1", port: 0 });
      const [ask, askSecond] = [ezpertClient(url), ezpertClient(secondUrl)];
      const [one, all] = [await makeToken(ask), await makeToken(ask)];
      const statuses = async (token: Token) => [
        (await withToken(ask, `Token ${token.access_token}`)).status,
        (await withToken(askSecond, `Token ${token.access_token}`)).status,
      ];
      assert.deepEqual(await statuses(one), [200, 200]);
      assert.equal(await app.administration.revokeToken(1, one.access_token), true);
      assert.equal(await app.administration.revokeToken(1, one.access_token), false);
      await both(401, () => statuses(one));
      assert.deepEqual(await statuses(all), [200, 200]);
      assert.equal(await app.administration.revokeTokensOf(1, "username"), 1);
      await both(401, () => statuses(all));
    } finally {
      await second.close();
    }
  });

  it("is stored hashed: no table holds its text", async (context) => {
    const { database, url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const { access_token } = await makeToken(ask);
    const headers = { "idempotency-key": "token" };
    await ask("token", {}, { headers });
    const client = new pg.Client(database.address);
    await client.connect();
    const { rows } = await client.query<{ text: string; kept: number }>(
      "select string_agg(t::text, ' ') as text, (select count(*)::int from kept_answer) as kept from api_token t",
    );
    await client.end();
    const hex = Buffer.from(access_token, "utf8").toString("hex");
    const { text = "", kept } = rows[0] ?? {};
    assert.match(text, /\\x[0-9a-f]{64}/);
    assert.ok(!text.includes(access_token) && !text.includes(hex));
    assert.equal(kept, 0);
  });

  it("that has ended is removed from the table by the sweep, and none that is valid", async (context) => {
    const { app, url } = await startTestApp(context, { demo: true });
    const ask = ezpertClient(url);
    const [ended, valid] = [await makeToken(ask), await makeToken(ask)];
    await app.administration.revokeToken(1, ended.access_token);
    assert.equal(await app.administration.forgetTokens(), 1);
    assert.equal((await withToken(ask, `Token ${valid.access_token}`)).status, 200);
    assert.equal(
      (await ask("query", mario, { login: null, headers: { authorization: basic("owner:counterfoil") } })).status,
      200,
    );
  });
});

/** Fails unless both processes answer with this status within 5 s. */
async function both(expected: number, statuses: () => Promise<readonly number[]>): Promise<void> {
  const endMs = Date.now() + 5_000;
  for (;;) {
    const found = await statuses();
    if (found.every((status) => status === expected)) return;
    assert.ok(Date.now() < endMs, `the statuses are still ${found} after 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
