import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { holdings } from "../binding.ts";
import type { Command } from "../command.ts";
import { deliveries } from "../delivery.ts";
import { type Device, devices } from "../device.ts";
import { entitlements, newEntitlement } from "../entitlement.ts";
import { newProduct, products } from "../product.ts";
import { put } from "../state.ts";

const nowMs = Date.UTC(2026, 5, 1, 12);
const named = { productId: 1, code: "100" };

/** A product in Helsinki's time, one licence of it that expires, and two machines of its holder. */
function open() {
  const state = new MemoryState();
  const product = newProduct({ id: 1, kind: "license", name: "ProApp", slots: 1, createdAtMs: 0 });
  const customer = { id: 7, name: "ada@example.com", ownerId: null, displayName: "" };
  const terms = { id: 1, productId: 1, code: "100", customer, inStock: false, issuedAtMs: 0 };
  const machine = (id: number, name: string): Device => {
    return {
      id,
      customerId: 7,
      kind: "machine",
      name,
      identity: name,
      registeredAtMs: 0,
      fingerprint: null,
      disabledAtMs: null,
    };
  };
  const [a, b] = [machine(1, "a"), machine(2, "b")];
  state.apply([
    put(products, { ...product, timeZone: "Europe/Helsinki", issued: 1, everIssued: true }),
    put(entitlements, newEntitlement({ ...terms, expiresAtMs: nowMs })),
    put(devices, a),
    put(devices, b),
    put(holdings, { entitlementId: 1, bindings: [{ slot: 0, device: a, boundAtMs: 0 }] }),
    put(deliveries, {
      id: 1,
      entitlementId: 1,
      deviceId: 1,
      editionId: 1,
      requestedAtMs: 0,
      built: null,
      endedAtMs: null,
    }),
  ]);
  const decide = (command: Command, atMs = nowMs) => {
    const decision = decideStrictly(state, command, { nowMs: atMs, principal: anybody, address: null });
    state.apply(decision.effects);
    const { outcome, entries } = decision;
    return { result: outcome.ok ? "ok" : outcome.refusal, logged: entries.map(({ kind }) => kind) };
  };
  return { state, decide, a, b };
}

test("in its last second a licence is renewed from its end on, a second later from today on", () => {
  const renew = { verb: "renew", ...named, period: { months: 1 } } as const;
  const last = open();
  assert.deepEqual(last.decide(renew, nowMs + 999), { result: "ok", logged: ["entitlement_renewed"] });
  assert.equal(last.state.get(entitlements, "100")?.expiresAtMs, Date.UTC(2026, 6, 1, 12));
  last.decide(renew, nowMs + 999);
  assert.equal(last.state.get(entitlements, "100")?.expiresAtMs, Date.UTC(2026, 7, 1, 12), "each renewal adds to it");
  const over = open();
  over.decide(renew, nowMs + 1_000);
  assert.equal(over.state.get(entitlements, "100")?.expiresAtMs, Date.UTC(2026, 6, 1, 20, 59, 59, 999));
});

test("a slot moves to another device with its number, and the deliveries to the former end", () => {
  const { state, decide, a, b } = open();
  const rebind = { verb: "rebind", ...named, from: a, to: b, register: false } as const;
  assert.deepEqual(decide(rebind), { result: "ok", logged: ["entitlement_unbound", "entitlement_bound"] });
  assert.deepEqual(
    state.get(holdings, 1)?.bindings.map(({ slot, device }) => [slot, device.id]),
    [[0, 2]],
  );
  assert.equal(state.get(deliveries, 1)?.endedAtMs, nowMs);
  assert.equal(decide(rebind).result, "not_bound");
});

test("a closed product sells nothing; opened and restored, it is as before", () => {
  const { state, decide } = open();
  const issue = { verb: "issue", productId: 1, holder: null, code: "200" } as const;
  assert.deepEqual(decide({ verb: "close_product", productId: 1, renewable: false }).logged, ["product_closed"]);
  assert.deepEqual(decide({ verb: "close_product", productId: 1, renewable: false }).logged, []);
  assert.equal(decide(issue).result, "product_closed");
  assert.equal(decide({ verb: "renew", ...named, period: { years: 1 } }).result, "product_closed");
  decide({ verb: "close_product", productId: 1 });
  assert.equal(decide({ verb: "renew", ...named, period: { years: 1 } }).result, "ok");
  assert.deepEqual(decide({ verb: "retire_product", productId: 1 }).logged, ["product_retired"]);
  assert.equal(decide({ verb: "reopen_product", productId: 1 }).result, "product_not_found");
  assert.deepEqual(decide({ verb: "restore_product", productId: 1 }).logged, ["product_restored"]);
  assert.deepEqual(decide({ verb: "restore_product", productId: 1 }).logged, []);
  assert.equal(decide(issue).result, "product_closed", "it was closed before it was retired");
  assert.deepEqual(decide({ verb: "reopen_product", productId: 1 }).logged, ["product_reopened"]);
  assert.equal(decide(issue).result, "ok");
  assert.equal(state.get(products, 1)?.issued, 2);
});
