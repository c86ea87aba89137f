import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { customerPrincipal, operatorPrincipal, terminal } from "../../access/principals.ts";
import { systemNamed } from "../../kinds/chart/system-name.ts";
import type { Command } from "../command.ts";
import { customers } from "../customer.ts";
import { entitlements, newEntitlement } from "../entitlement.ts";
import type { Principal } from "../principal.ts";
import { newProduct, products } from "../product.ts";
import { put } from "../state.ts";

const nowMs = Date.UTC(2026, 5, 1, 12);
const ada = { id: 1, name: "ada@example.com", ownerId: null, displayName: "" };
const device = systemNamed("boat");

/** A chart of which Ada holds the unit `A`. */
function shop(): MemoryState {
  const state = new MemoryState();
  state.apply([
    put(customers, ada),
    put(
      products,
      newProduct({
        id: 1,
        kind: "chart",
        name: "Chart",
        slots: 1,
        issued: 1,
        everIssued: true,
        createdAtMs: 0,
      }),
    ),
    put(
      entitlements,
      newEntitlement({
        id: 1,
        productId: 1,
        code: "A",
        customer: ada,
        inStock: false,
        issuedAtMs: 0,
      }),
    ),
  ]);
  return state;
}

function result(principal: Principal, command: Command): string {
  const { outcome } = decideStrictly(shop(), command, { nowMs, principal, address: null, drawn: ["drawn"] });
  return outcome.ok ? "ok" : outcome.refusal;
}

test("a customer binds, registers and requests for itself only", () => {
  const bind: Command = { verb: "bind", productId: 1, code: "A", device, register: true };
  const register: Command = { verb: "register_device", customerId: 1, device, fingerprint: "f" };
  const request: Command = { verb: "request_delivery", productId: 1, code: "A", customerId: 1, device };
  const results = (principal: Principal) => [bind, register, request].map((command) => result(principal, command));
  const own = ["ok", "ok", "device_not_found"];
  assert.deepEqual(results(customerPrincipal({ id: 1 })), own);
  assert.deepEqual(results(terminal), own);
  assert.deepEqual(results(customerPrincipal({ id: 2 })), [
    "entitlement_not_found",
    "not_permitted",
    "entitlement_not_found",
  ]);
});

test("an operator creates tokens for itself, and for others if it manages operators", () => {
  const create = (operatorId: number): Command => {
    return { verb: "create_token", operatorId, login: "ben", lifetimeMs: 1_000 };
  };
  const reseller = operatorPrincipal({ id: 2, login: "ben", role: "reseller" });
  const owner = operatorPrincipal({ id: 1, login: "anna", role: "owner" });
  assert.equal(result(reseller, create(2)), "ok");
  assert.equal(result(reseller, create(1)), "not_permitted");
  assert.equal(result(owner, create(2)), "ok");
  assert.equal(result(terminal, create(2)), "ok");
});
