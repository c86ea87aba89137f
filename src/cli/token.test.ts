import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { apiClient } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { openTerminal, type Terminal } from "../../tests/support/terminal.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined);
  await app.app.administration.putOperator(1, { login: "anna", passwordHash: "none", role: "owner" });
  terminal = openTerminal(app);
});
after(() => app.stop());

const statusWith = async (token: string) => (await apiClient(app.url, token)("GET /v1/products")).status;

test("a token is made with its limits, shown once, listed by its number, and revoked by it", async () => {
  const words =
    "token create anna --name till --days 7 --scope read_products --scope redeem --product 2 --network 127.0.0.0/8";
  const [token = "", ...more] = await terminal.run(...words.split(" "));
  assert.match(token, /^cf_[0-9A-Za-z]{38}$/);
  assert.deepEqual(more, ["It is not shown again."]);
  assert.equal(await statusWith(token), 200);
  const [line = ""] = await terminal.run("token", "list");
  assert.match(
    line,
    /^\d+ {2}anna {2}till {2}scopes=read_products,redeem {2}productIds=2 {2}networks=127\.0\.0\.0\/8 {2}.*until 2/,
  );
  assert.ok(!line.includes(token));
  await terminal.run("token", "revoke", "--number", line.split(" ")[0] ?? "");
  assert.equal(await statusWith(token), 401);
  assert.match((await terminal.run("token", "list"))[0] ?? "", /revoked 2/);
});

test("a token without options may all that its operator may", async () => {
  const [token = ""] = await terminal.run("token", "create", "anna");
  assert.equal(await statusWith(token), 200);
  await terminal.run("token", "revoke", token);
  assert.equal(await statusWith(token), 401);
});

test("what cannot be is refused with a sentence", async () => {
  for (const [words, sentence] of [
    ["nobody", /no operator nobody/],
    ["anna --scope everything", /no scope "everything"\. There are: manage_products/],
    ["anna --network 300.1.1.1", /is no address or network/],
    ["anna --network 10.0.0.0/33", /is no address or network/],
    ["anna --product x", /not a whole number/],
    [`anna --name ${"x".repeat(101)}`, /too long/],
  ] as const) {
    assert.match(await terminal.refused("token", "create", ...words.split(" ")), sentence, words);
  }
});
