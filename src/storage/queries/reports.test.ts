import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEngine, successOf } from "../../../tests/support/engine.ts";
import { operatorPrincipal } from "../../access/principals.ts";
import type { Command } from "../../core/command.ts";
import { reportParts } from "../../queries/reports.ts";

test("a reseller's report has its own payments alone, whatever it asks for", async (t) => {
  const { execute, queries, organizationId } = await openTestEngine(t);
  const give = async <C extends Command>(command: C) => successOf(await execute(command));
  const resellers = [];
  for (const login of ["alpha", "beta"]) {
    resellers.push((await give({ verb: "create_operator", login, passwordHash: "none", role: "reseller" })).operator);
  }
  const [alpha, beta] = resellers;
  assert.ok(alpha !== undefined && beta !== undefined);
  const terms = { description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
  for (const [id, ownerId] of [
    [1, null],
    [2, beta.id],
  ] as const) {
    const price = { minor: 1000n, currency: "EUR" };
    await give({
      verb: "create_product",
      kind: "card_group",
      id,
      terms: { ...terms, name: `Group ${id}` },
      stock: { ownerId, price, taxPpm: 0, numberDigits: 4, secretDigits: 0, imageUrl: "" },
    });
    const numbers = ["1", "2", "3"].map((last) => `${id}00${last}`);
    const made = { secretDigits: 0, balance: price, batch: "", details: {} };
    await give({ verb: "add_stock", productId: id, numbers, ...made });
  }
  const { id: operatorId, login } = alpha;
  await give({ verb: "change_reseller_terms", operatorId, login, productId: 1, commissionPpm: 100_000 });
  for (const [productId, ownerId] of [
    [1, alpha.id],
    [1, null],
    [2, beta.id],
  ] as const) {
    const what = { quantity: 1 };
    await give({ verb: "sell", productId, ownerId, what, email: null, currency: null, channel: "shop" });
  }

  const days = { firstDay: "2026-05-01", lastDay: "2026-07-01", timeZone: "UTC", by: new Set(reportParts) };
  const seen = async (reseller: typeof alpha | null, asked: { resellerId?: number | null; productId?: number }) => {
    const scope = reseller === null ? null : operatorPrincipal(reseller).ownerScope;
    const rows = await queries.reports.payments(organizationId, { ...days, scope, ...asked });
    return rows.map(({ reseller, productId, totalMinor }) => `${reseller ?? "the house"} ${productId} ${totalMinor}`);
  };
  assert.deepEqual(await seen(null, {}), ["the house 1 1000", "alpha 1 1000", "beta 2 1000"]);
  const own = ["alpha 1 1000"];
  for (const asked of [{}, { resellerId: null }, { resellerId: beta.id }, { resellerId: alpha.id }, { productId: 1 }]) {
    assert.deepEqual(await seen(alpha, asked), own, JSON.stringify(asked));
  }
  assert.deepEqual(await seen(alpha, { productId: 2, resellerId: beta.id }), []);
});
