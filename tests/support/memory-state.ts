import assert from "node:assert/strict";
import type { Binding } from "../../src/core/binding.ts";
import type { Command } from "../../src/core/command.ts";
import { type Customer, customerIdentity } from "../../src/core/customer.ts";
import type { Device, DeviceKind } from "../../src/core/device.ts";
import type { Conflict, Entitlement } from "../../src/core/entitlement.ts";
import type { NewToken } from "../../src/core/operator.ts";
import type { Product } from "../../src/core/product.ts";
import type { Change, Circumstances, Decision, Needs, State } from "../../src/core/state.ts";
import { decide, needsOf } from "../../src/core/verbs/index.ts";

/** The whole state of an organization in memory, for tests of the rules alone. Its rows are frozen. */
export class MemoryState implements State {
  readonly products = new Map<number, Product>();
  readonly keys = new Map<number, readonly string[]>();
  readonly entitlements = new Map<string, Entitlement>();
  readonly customers = new Map<string, Customer>();
  readonly conflicts: Conflict[] = [];
  readonly bound = new Map<number, readonly Binding[]>();
  readonly devices: Device[] = [];
  readonly tokens: NewToken[] = [];

  product(id: number) {
    return this.products.get(id);
  }

  accessKeys(productId: number) {
    return this.keys.get(productId) ?? [];
  }

  entitlement(code: string) {
    return this.entitlements.get(code);
  }

  customer(identity: string) {
    return this.customers.get(identity);
  }

  bindings(entitlementId: number) {
    return this.bound.get(entitlementId) ?? [];
  }

  device(customerId: number | null, kind: DeviceKind, name: string) {
    return this.devices.find((one) => one.customerId === customerId && one.kind === kind && one.name === name);
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes.map(frozen)) {
      switch (change.change) {
        case "put_product":
          this.products.set(change.product.id, change.product);
          break;
        case "delete_product":
          this.products.delete(change.productId);
          this.keys.delete(change.productId);
          break;
        case "put_access_keys":
          this.keys.set(change.productId, change.keys);
          break;
        case "put_entitlement":
          this.entitlements.set(change.entitlement.code, change.entitlement);
          break;
        case "put_customer":
          this.customers.set(customerIdentity(change.customer.name), change.customer);
          break;
        case "put_device":
          this.devices.push(change.device);
          break;
        case "put_bindings":
          this.bound.set(change.entitlementId, change.bindings);
          break;
        case "add_token":
          this.tokens.push(change.token);
          break;
        case "add_conflict":
          this.conflicts.push(change.conflict);
          break;
      }
    }
  }
}

/**
 * Decides a command as the engine does, and sees to what every rule promises: it gives the same decision twice, writes
 * into nothing that it was given, looks only at rows that its needs name, and changes only rows that they lock.
 */
export function decideStrictly(state: State, command: Command, circumstances: Circumstances): Decision {
  frozen(command);
  frozen(circumstances);
  const { fresh } = circumstances;
  const needs = needsOf(command, fresh.codes);
  const named = new NamedRows(state, needs);
  const decision = decide(named, command, circumstances);
  assert.deepEqual(decide(named, command, circumstances), decision, "the same decision twice");
  for (const change of decision.changes) checkChange(change, needs, fresh);
  return decision;
}

function checkChange(change: Change, needs: Needs, fresh: Circumstances["fresh"]): void {
  const products = [...(needs.products ?? []), ...fresh.products];
  switch (change.change) {
    case "put_product":
      assert.ok(products.includes(change.product.id), "a changed product is locked");
      break;
    case "delete_product":
    case "put_access_keys":
      assert.ok(products.includes(change.productId), "a changed product is locked");
      break;
    case "put_entitlement":
      assert.ok(needs.codes?.includes(change.entitlement.code), "a changed entitlement is locked");
      break;
    case "put_customer":
      assert.ok(needs.customers?.includes(customerIdentity(change.customer.name)), "a new customer was named");
      break;
    case "put_device":
      assert.ok(fresh.devices.includes(change.device.id), "a new device has a number that was drawn");
      break;
    case "put_bindings":
      assert.ok((needs.bindingsOf?.length ?? 0) > 0, "bindings that change were named");
      break;
    case "add_token":
    case "add_conflict":
      break;
  }
}

/** Lets a rule see the rows that its command names, and fails when it looks at another. */
class NamedRows implements State {
  readonly #state: State;
  readonly #needs: Needs;

  constructor(state: State, needs: Needs) {
    this.#state = state;
    this.#needs = needs;
  }

  product(id: number) {
    const found = this.#state.product(id);
    const { products = [], productsRead = [] } = this.#needs;
    // A number that was just drawn is nobody's, so looking for it finds nothing.
    assert.ok(products.includes(id) || productsRead.includes(id) || found === undefined, `product ${id} is named`);
    return found;
  }

  accessKeys(productId: number) {
    assert.ok(this.#needs.accessKeysOf?.includes(productId), `the keys of product ${productId} are named`);
    return this.#state.accessKeys(productId);
  }

  entitlement(code: string) {
    assert.ok(this.#needs.codes?.includes(code), `code ${code} is named`);
    return this.#state.entitlement(code);
  }

  customer(identity: string) {
    assert.ok(this.#needs.customers?.includes(identity), `customer ${identity} is named`);
    return this.#state.customer(identity);
  }

  bindings(entitlementId: number) {
    const named = this.#needs.bindingsOf?.some((code) => this.#state.entitlement(code)?.id === entitlementId);
    assert.ok(named, `the bindings of entitlement ${entitlementId} are named`);
    return this.#state.bindings(entitlementId);
  }

  device(customerId: number | null, kind: DeviceKind, name: string) {
    assert.ok(
      this.#needs.devices?.some((one) => one.kind === kind && one.name === name),
      `device ${name} is named`,
    );
    return this.#state.device(customerId, kind, name);
  }
}

/** The value, unchangeable to its last field. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) frozen(field);
  }
  return value;
}
