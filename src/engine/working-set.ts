import type { Binding } from "../core/binding.ts";
import type { Customer } from "../core/customer.ts";
import { customerIdentity } from "../core/customer.ts";
import type { Device, DeviceKind } from "../core/device.ts";
import type { Conflict, Entitlement } from "../core/entitlement.ts";
import type { NewToken } from "../core/operator.ts";
import type { Product } from "../core/product.ts";
import type { Change, State } from "../core/state.ts";
import type { Loaded, Writes } from "./store.ts";

/**
 * The rows of one batch while it is decided: each command sees what the one before it changed, and at the end it is
 * known what differs from what was loaded.
 */
export class WorkingSet implements State {
  readonly #products: Map<number, Product>;
  readonly #accessKeys: Map<number, readonly string[]>;
  readonly #entitlements: Map<string, Entitlement>;
  readonly #customers: Map<string, Customer>;
  readonly #bindings: Map<number, readonly Binding[]>;
  readonly #devices: Map<string, Device>;
  readonly #loaded: Loaded;
  readonly #conflicts: Conflict[] = [];
  readonly #productsDeleted = new Set<number>();
  readonly #accessKeysPut = new Map<number, readonly string[]>();
  readonly #bindingsPut = new Map<number, readonly Binding[]>();
  readonly #tokens: NewToken[] = [];

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.#products = new Map(loaded.products.map((product) => [product.id, product]));
    this.#accessKeys = new Map(loaded.accessKeys);
    this.#entitlements = new Map(loaded.entitlements.map((entitlement) => [entitlement.code, entitlement]));
    this.#customers = new Map(loaded.customers);
    this.#bindings = new Map(loaded.bindings);
    this.#devices = new Map(loaded.devices.map((device) => [deviceKey(device), device]));
  }

  product(id: number) {
    return this.#products.get(id);
  }

  accessKeys(productId: number) {
    return this.#accessKeys.get(productId) ?? [];
  }

  entitlement(code: string) {
    return this.#entitlements.get(code);
  }

  customer(identity: string) {
    return this.#customers.get(identity);
  }

  bindings(entitlementId: number) {
    return this.#bindings.get(entitlementId) ?? [];
  }

  device(customerId: number | null, kind: DeviceKind, name: string) {
    return this.#devices.get(deviceKey({ customerId, kind, name }));
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      switch (change.change) {
        case "put_product":
          this.#products.set(change.product.id, change.product);
          break;
        case "delete_product":
          this.#products.delete(change.productId);
          this.#productsDeleted.add(change.productId);
          this.#accessKeysPut.delete(change.productId);
          break;
        case "put_access_keys":
          this.#accessKeys.set(change.productId, change.keys);
          this.#accessKeysPut.set(change.productId, change.keys);
          break;
        case "put_entitlement":
          this.#entitlements.set(change.entitlement.code, change.entitlement);
          break;
        case "put_customer":
          this.#customers.set(customerIdentity(change.customer.name), change.customer);
          break;
        case "put_device":
          this.#devices.set(deviceKey(change.device), change.device);
          break;
        case "put_bindings":
          if (change.bindings.length === 0 && this.bindings(change.entitlementId).length === 0) break;
          this.#bindings.set(change.entitlementId, change.bindings);
          this.#bindingsPut.set(change.entitlementId, change.bindings);
          break;
        case "add_token":
          this.#tokens.push(change.token);
          break;
        case "add_conflict":
          this.#conflicts.push(change.conflict);
          break;
      }
    }
  }

  /** What differs from what was loaded. */
  writes(): Omit<Writes, "actions" | "answers"> {
    const productsKept = this.#loaded.products.filter(({ id }) => !this.#productsDeleted.has(id));
    const productsBefore = new Map(productsKept.map((product) => [product.id, product]));
    const entitlementsBefore = new Map(this.#loaded.entitlements.map((entitlement) => [entitlement.code, entitlement]));
    const devicesBefore = new Map(this.#loaded.devices.map((device) => [deviceKey(device), device]));
    const customers = divide(this.#customers, this.#loaded.customers);
    const products = divide(this.#products, productsBefore);
    const entitlements = divide(this.#entitlements, entitlementsBefore);
    return {
      customersNew: customers.added,
      customersChanged: customers.changed,
      productsNew: products.added,
      productsChanged: products.changed,
      productsDeleted: [...this.#productsDeleted],
      accessKeys: this.#accessKeysPut,
      entitlementsNew: entitlements.added,
      entitlementsChanged: entitlements.changed,
      devicesNew: divide(this.#devices, devicesBefore).added,
      bindings: this.#bindingsPut,
      tokensNew: this.#tokens,
      conflicts: this.#conflicts,
    };
  }
}

function deviceKey({ customerId, kind, name }: Pick<Device, "customerId" | "kind" | "name">): string {
  return `${customerId ?? ""} ${kind} ${name}`;
}

/** Which values are new and which are others than before. Unchanged rows are the same object, so identity tells. */
function divide<K, V>(now: ReadonlyMap<K, V>, before: ReadonlyMap<K, V>): { added: V[]; changed: V[] } {
  const added: V[] = [];
  const changed: V[] = [];
  for (const [key, value] of now) {
    const old = before.get(key);
    if (old === undefined) added.push(value);
    else if (old !== value) changed.push(value);
  }
  return { added, changed };
}
