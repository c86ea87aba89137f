/**
 * The API and the other protocols speak of the same things: a product that was made in one is sold and used in another,
 * and the log names who did it.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openApi } from "../support/api.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { exchange } from "../support/exchange.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined);
  await app.app.administration.putSetting(1, "nokkis.gate", "key");
});
after(() => app.stop());

test("a code that is issued over the API is used through NOKKIS, and the log names both", async () => {
  const { ask, operatorId } = await openApi(app);
  const body = { kind: "event", name: "Concert", accessKeys: ["GATEGATE1"] };
  const { json: product } = await ask("POST /v1/products", { body });
  const issued = { product: product.id, codes: ["412158754"], customer: "ada@example.com" };
  const { json } = await ask("POST /v1/entitlements", { body: issued });
  const line = `PUT /nokkis/${product.id}/barcode/412158754`;
  const headers = { authorization: "Apikey GATEGATE1" };
  assert.match((await exchange(app.url, line, { headers })).text, /<status>1<\/status>/);
  const { json: used } = await ask(`GET /v1/entitlements/${json.items[0].id}`);
  assert.equal(used.state, "redeemed");
  assert.notEqual(used.redemption.accessKey, null);
  assert.equal((await ask("POST /v1/redeem", { body: { code: "412158754" } })).json.code, "already_redeemed");
  const { rows } = await app.app.queries.log.newest(1, { productId: Number(product.id) }, {});
  assert.deepEqual(
    rows.map(({ kind, principal, refusal }) => [kind, principal.kind, refusal]),
    [
      ["entitlement_redeemed", "operator", "already_redeemed"],
      ["entitlement_redeemed", "access_key", null],
      ["entitlement_issued", "operator", null],
      ["product_created", "operator", null],
    ],
  );
  assert.equal(rows[0]?.principal.id, operatorId);
});
