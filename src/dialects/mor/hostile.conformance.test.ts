/** What no honest client sends: every answer is one of the protocol's errors, and nothing is changed or given away. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import pino from "pino";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { assertError, type MorAnswer, type MorClient, morClient, sha1, valuesOf } from "../../../tests/support/mor.ts";

let app: TestApp;
let client: MorClient;
const logged: string[] = [];
/** Long, so that it stands nowhere by chance. */
const secret = "a-key-that-is-nowhere-else";
before(async () => {
  const log = pino({ level: "trace", timestamp: false }, { write: (line: string) => void logged.push(line) });
  app = await startTestApp(undefined, { demo: true, log });
  await app.app.administration.putSecretSetting(1, "mor.secret", secret);
  client = morClient(app, { secret });
});
after(() => app.stop());

const form = { "content-type": "application/x-www-form-urlencoded" };

async function unsold(): Promise<number> {
  return Number(valuesOf(await client.ask("card_group_get", { id: "6" }), "free_cards_size")[0]);
}

/** Fails unless the answer is an error in the protocol's way. */
function assertSomeError(answer: MorAnswer, what: string): void {
  assert.equal(answer.status, 200, what);
  assert.equal(answer.headers["content-type"], "text/html; charset=utf-8", what);
  assert.equal(valuesOf(answer, "error").length, 1, `${what}: ${answer.text}`);
  assert.doesNotMatch(answer.text, /Internal error/, what);
}

test("parameters in the query that cannot be read let nobody in, and sell nothing", async () => {
  const before = await unsold();
  const { u = "", id = "", hash = "" } = client.sign("card_from_group_sell", { id: "6" });
  const good = `u=${u}&id=${id}&hash=${hash}`;
  for (const query of [`${good}&x=%00`, `${good}&x=%C3`, `u=%00&id=6&hash=${hash}`, `u=%ED%A0%80&id=6&hash=${hash}`]) {
    assertError(await morClient(app).send(`/billing/api/card_from_group_sell?${query}`), "status", "Bad login");
  }
  assert.equal(await unsold(), before);
});

test("values of every odd kind are an error in every parameter of every call", async () => {
  const before = await unsold();
  const odd = [
    "\u202e",
    "'; drop table card; --",
    "<script>alert(1)</script>",
    "]]><x>&lol;",
    "../../etc/passwd",
    "%00",
    "{{7*7}}",
    "😀".repeat(1_000),
    "9".repeat(5_000),
    "-0",
    "NaN",
    "1e308",
    "٦",
    "６",
    "__proto__",
    "true",
  ];
  const calls: Readonly<Record<string, readonly string[]>> = {
    card_from_group_sell: ["id", "number", "quantity", "email"],
    devices_get: ["user_id"],
    device_details_get: ["device_id"],
    card_group_get: ["id"],
    cc_groups_get: ["cc_group_id"],
    calling_cards_get: [
      "number",
      "name",
      "pin",
      "batch_number",
      "min_balance",
      "max_balance",
      "callerid",
      "language",
      "sold",
      "distributor",
    ],
    calling_cards_create: ["card_group_id", "cards_from", "cards_till"],
    card_balance_get: ["number"],
    card_payment_add: ["number", "amount", "currency"],
  };
  const usual: Record<string, Record<string, string>> = {
    card_from_group_sell: { id: "6" },
    calling_cards_create: { card_group_id: "7", cards_from: "7000000001", cards_till: "7000000001" },
    card_payment_add: { number: "6000000001", amount: "1" },
  };
  for (const [name, parameters] of Object.entries(calls)) {
    for (const parameter of parameters) {
      for (const value of odd) {
        const signed = client.sign(name, { ...usual[name], [parameter]: value });
        const answer = await client.send(`/billing/api/${name}`, {
          body: new URLSearchParams(signed).toString(),
          headers: form,
        });
        assertSomeError(answer, `${name} ${parameter}=${value.slice(0, 40)}`);
        assert.doesNotMatch(answer.text, /script|lol|7\*7|passwd/, "nothing that was sent is given back");
      }
    }
  }
  assert.equal(await unsold(), before);
});

test("a body that is too large is an error before anything of it is read", async () => {
  const { u = "", hash = "" } = client.sign("devices_get", { user_id: "100" });
  const body = `u=${u}&user_id=100&hash=${hash}&x=${"x".repeat(70_000)}`;
  assertError(await client.send("/billing/api/devices_get", { body, headers: form }), "status", "Request is too large");
});

test("a path that cannot be read is an error in this protocol's way", async () => {
  for (const path of ["/billing/api/%ff", "/billing/api/%", `/billing/api/${"x".repeat(9_000)}`]) {
    const answer = await client.send(path);
    assert.equal(answer.status, 200, path.slice(0, 30));
    assert.equal(valuesOf(answer, "error").length, 1);
  }
});

test("an unknown group and another's look alike, also to a reseller", async () => {
  const stranger = morClient(app, { login: "reseller" });
  const [unknown, others] = await Promise.all([
    stranger.ask("card_from_group_sell", { id: "999999", quantity: "1" }),
    stranger.ask("card_from_group_sell", { id: "6", quantity: "1" }),
  ]);
  assert.equal(unknown.text, others.text);
});

test("no pin, password, key, hash or address of a buyer is in the log, at any level", async () => {
  const sold = await client.ask("card_from_group_sell", { id: "6", quantity: "3", email: "secretive@example.com" });
  const pins = valuesOf(sold, "pin");
  assert.equal(pins.length, 3);
  await client.ask("calling_cards_get", { pin: pins[0] ?? "" });
  await client.ask("devices_get", { user_id: "100" });
  await client.send("/billing/api/user_login?u=admin&p=hunter-two");
  await client.send("/billing/api/%ff?p=hunter-two");
  const secrets = [
    ...pins,
    ...valuesOf(sold, "number"),
    "demo-secret-1001",
    secret,
    "hunter-two",
    "secretive@example.com",
    sha1(`100${secret}`),
  ];
  const text = logged.join("");
  assert.ok(text.includes("/billing/api/card_from_group_sell"), "requests are logged by their pattern");
  for (const one of secrets) assert.ok(!text.includes(one), one);
});

test("pins, SIP passwords and the key lie sealed in the database", async () => {
  const sold = await client.ask(
    "card_from_group_sell",
    { id: "6", quantity: "2" },
    { headers: { "idempotency-key": "k" } },
  );
  const database = new pg.Client(app.database.address);
  await database.connect();
  try {
    const { rows: tables } = await database.query<{ name: string }>(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    );
    let everything = "";
    for (const { name } of tables) {
      const { rows } = await database.query<{ row: string }>(`select t::text as row from ${name} t`);
      everything += rows.map(({ row }) => row).join("\n");
    }
    assert.ok(everything.includes(valuesOf(sold, "number")[0] ?? "?"));
    for (const one of [...valuesOf(sold, "pin"), "demo-secret-1001", secret]) {
      assert.ok(!everything.includes(one));
      assert.ok(!everything.includes(Buffer.from(one).toString("hex")));
      assert.ok(!everything.includes(Buffer.from(one).toString("base64")));
    }
  } finally {
    await database.end();
  }
});
