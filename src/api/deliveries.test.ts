import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, openApi } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { addEdition, bindSystem, createChart, finish, register, request } from "../../tests/support/content.ts";
import { issue } from "../../tests/support/engine.ts";
import { anybody } from "../../tests/support/principals.ts";
import type { Command } from "../core/command.ts";

let app: TestApp;
let ask: ApiClient;
let deliveryId: string;

async function carryOut<C extends Command>(command: C) {
  const outcome = await app.app.engine.execute({ organizationId: 1, principal: anybody, address: null, command });
  assert.ok(outcome.ok, `${command.verb}: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

before(async () => {
  app = await startTestApp(undefined);
  ({ ask } = await openApi(app));
  await carryOut(createChart(15));
  await carryOut(addEdition("2026-1", 10, 15));
  await carryOut(addEdition("2026-2", 5, 15));
  const { entitlement } = await carryOut({ ...issue(15, "AAAA", "ada@example.com") });
  const ada = entitlement.customer?.id ?? 0;
  await carryOut(register(ada, "boat", "A"));
  await carryOut({ ...bindSystem("AAAA", "boat"), productId: 15 });
  const { delivery } = await carryOut({ ...request(ada, "AAAA", "boat"), productId: 15 });
  deliveryId = String(delivery.id);
});
after(() => app.stop());

test("the editions of a product are listed and told, and which of them is current", async () => {
  const { json } = await ask("GET /v1/products/15/editions?limit=1");
  const { json: second } = await ask(`GET /v1/products/15/editions?limit=1&cursor=${json.next}`);
  const told = [...json.items, ...second.items].map(({ name, current }: { name: string; current: boolean }) => [
    name,
    current,
  ]);
  assert.deepEqual(told, [
    ["2026-1", false],
    ["2026-2", true],
  ]);
  assert.equal(second.next, null);
  const [one] = json.items;
  assert.deepEqual((await ask(`GET /v1/products/15/editions/${one.id}`)).json, one);
  assert.equal((await ask("GET /v1/products/15/editions/999999")).json.code, "edition_not_found");
  assert.equal((await ask("GET /v1/products/999999/editions")).json.code, "product_not_found");
  assert.equal((await ask("GET /v1/products/999999/editions/1")).json.code, "product_not_found");
});

test("a delivery is listed, told, and ended once", async () => {
  const line = `/v1/deliveries/${deliveryId}`;
  assert.equal((await ask(`GET ${line}`)).json.state, "preparing");
  await carryOut({ ...finish(Number(deliveryId), "AAAA") });
  const { json } = await ask(`GET ${line}`);
  assert.equal(json.file === null, false);
  assert.match(json.state, /^(ready|expired)$/);
  const ids = async (query: string) =>
    (await ask(`GET /v1/deliveries?${query}`)).json.items.map(({ id }: { id: string }) => id);
  assert.deepEqual(await ids("product=15&open=true"), [deliveryId]);
  assert.deepEqual(await ids(`entitlement=${json.entitlement}`), [deliveryId]);
  assert.deepEqual(await ids("product=16"), []);
  const narrow = await openApi(app, { limits: { productIds: [16] } });
  assert.deepEqual((await narrow.ask("GET /v1/deliveries")).json.items, []);
  assert.equal((await narrow.ask(`GET ${line}`)).json.code, "path_unknown");
  assert.equal((await narrow.ask(`POST ${line}/end`)).json.code, "path_unknown");
  const ended = await ask(`POST ${line}/end`);
  assert.deepEqual([ended.status, ended.json.state], [200, "ended"]);
  assert.equal((await ask(`POST ${line}/end`)).json.code, "delivery_ended");
  assert.deepEqual(await ids("product=15&open=true"), []);
  assert.equal((await ask("GET /v1/deliveries/999999")).json.code, "path_unknown");
});
