import type { Binding } from "../core/binding.ts";
import type { Card } from "../core/card.ts";
import type { Customer } from "../core/customer.ts";
import { customerIdentity } from "../core/customer.ts";
import type { Delivery } from "../core/delivery.ts";
import { type Device, type DeviceKind, deviceIdentity } from "../core/device.ts";
import { currentEdition, type Edition } from "../core/edition.ts";
import type { Conflict, Entitlement } from "../core/entitlement.ts";
import type { JobDraft } from "../core/job.ts";
import type { NewToken } from "../core/operator.ts";
import type { Product } from "../core/product.ts";
import type { Payment, Sale } from "../core/sale.ts";
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
  readonly #conflictsAdded: Conflict[] = [];
  readonly #productsDeleted = new Set<number>();
  readonly #accessKeysPut = new Map<number, readonly string[]>();
  readonly #cards: Map<string, Card>;
  readonly #cardsPut = new Map<number, Card>();
  /** Of each product, what was loaded of its stock and may still be there. */
  readonly #stock: Map<number, Entitlement[]>;
  readonly #secretsUsed = new Map<number, number>();
  readonly #secretsPut = new Set<string>();
  readonly #sales: Sale[] = [];
  readonly #payments: Payment[] = [];
  readonly #jobs: JobDraft[] = [];
  readonly #bindingsPut = new Map<number, readonly Binding[]>();
  readonly #tokens: NewToken[] = [];
  #editions: readonly Edition[];
  #editionsAdded: readonly Edition[] = [];
  readonly #deliveries: Map<number, Delivery>;

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.#products = new Map(loaded.products.map((product) => [product.id, product]));
    this.#accessKeys = new Map(loaded.accessKeys);
    this.#entitlements = new Map(loaded.entitlements.map((entitlement) => [entitlement.code, entitlement]));
    this.#customers = new Map(loaded.customers);
    this.#cards = new Map(loaded.cards);
    this.#stock = new Map([...loaded.stock].map(([productId, stock]) => [productId, [...stock]]));
    this.#bindings = new Map(loaded.bindings);
    this.#devices = new Map(loaded.devices.map((device) => [deviceKey(device), device]));
    this.#editions = loaded.editions;
    this.#deliveries = new Map(loaded.deliveries.map((delivery) => [delivery.id, delivery]));
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

  card(code: string) {
    return this.#cards.get(code);
  }

  stock(productId: number, count: number) {
    const found: Entitlement[] = [];
    for (const { code } of this.#stock.get(productId) ?? []) {
      if (found.length === count) break;
      const entitlement = this.#entitlements.get(code);
      if (entitlement?.inStock === true) found.push(entitlement);
    }
    return found;
  }

  rates() {
    return this.#loaded.rates;
  }

  isSecretTaken(secret: string) {
    return this.#secretsPut.has(secret) || this.#loaded.secretsTaken.has(secret);
  }

  secretsUsed(digits: number) {
    return (this.#loaded.secretsUsed.get(digits) ?? 0n) + BigInt(this.#secretsUsed.get(digits) ?? 0);
  }

  conflicts(entitlementId: number) {
    const added = this.#conflictsAdded.filter((conflict) => conflict.entitlementId === entitlementId);
    return [...(this.#loaded.conflicts.get(entitlementId) ?? []), ...added];
  }

  bindings(entitlementId: number) {
    return this.#bindings.get(entitlementId) ?? [];
  }

  device(customerId: number | null, kind: DeviceKind, name: string) {
    return this.#devices.get(deviceKey({ customerId, kind, name }));
  }

  deviceOf(customerId: number, kind: DeviceKind, fingerprint: string) {
    for (const device of this.#devices.values()) {
      const fits = device.customerId === customerId && device.kind === kind && device.fingerprint === fingerprint;
      if (fits) return device;
    }
    return undefined;
  }

  isHolding(deviceId: number) {
    const isIn = (bindings: readonly Binding[] | undefined) => bindings?.some(({ device }) => device.id === deviceId);
    const before = this.#loaded.held.get(deviceId) ?? [];
    const isLeft = (entitlementId: number) => isIn(this.#bindingsPut.get(entitlementId)) ?? true;
    return before.some(isLeft) || [...this.#bindingsPut.values()].some((bindings) => isIn(bindings));
  }

  edition(productId: number, name: string) {
    return this.#editions.find((edition) => edition.productId === productId && edition.name === name);
  }

  currentEdition(productId: number) {
    return currentEdition(this.#editions.filter((edition) => edition.productId === productId));
  }

  deliveries(entitlementId: number) {
    return [...this.#deliveries.values()].filter(
      (delivery) => delivery.entitlementId === entitlementId && delivery.endedAtMs === null,
    );
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
          this.#editions = this.#editions.filter(({ productId }) => productId !== change.productId);
          this.#editionsAdded = this.#editionsAdded.filter(({ productId }) => productId !== change.productId);
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
        case "add_edition":
          this.#editions = [...this.#editions, change.edition];
          this.#editionsAdded = [...this.#editionsAdded, change.edition];
          break;
        case "put_delivery":
          this.#deliveries.set(change.delivery.id, change.delivery);
          break;
        case "end_deliveries":
          this.#endDeliveries(change.deviceId, change.endedAtMs);
          break;
        case "add_token":
          this.#tokens.push(change.token);
          break;
        case "add_conflict":
          this.#conflictsAdded.push(change.conflict);
          break;
        case "put_card":
          this.#cards.set(change.code, change.card);
          this.#cardsPut.set(change.entitlementId, change.card);
          if (change.card.pin !== "") this.#secretsPut.add(change.card.pin);
          break;
        case "use_secrets":
          this.#secretsUsed.set(change.digits, (this.#secretsUsed.get(change.digits) ?? 0) + change.count);
          break;
        case "add_sale":
          this.#sales.push(change.sale);
          this.#payments.push(...change.payments);
          this.#forgetSold(change.sale.productId);
          break;
        case "add_payment":
          this.#payments.push(change.payment);
          break;
        case "queue_job":
          this.#jobs.push(change.job);
          break;
      }
    }
  }

  #endDeliveries(deviceId: number, endedAtMs: number): void {
    for (const delivery of this.#deliveries.values()) {
      if (delivery.deviceId !== deviceId || delivery.endedAtMs !== null) continue;
      this.#deliveries.set(delivery.id, { ...delivery, endedAtMs });
    }
  }

  /** Drops what was sold from the front of a product's stock, so that the next sale does not look at it again. */
  #forgetSold(productId: number): void {
    const stock = this.#stock.get(productId) ?? [];
    const first = stock.findIndex(({ code }) => this.#entitlements.get(code)?.inStock === true);
    stock.splice(0, first === -1 ? stock.length : first);
  }

  /** What differs from what was loaded. */
  writes(): Omit<Writes, "actions" | "answers"> {
    const productsKept = this.#loaded.products.filter(({ id }) => !this.#productsDeleted.has(id));
    const productsBefore = new Map(productsKept.map((product) => [product.id, product]));
    const entitlementsBefore = new Map(this.#loaded.entitlements.map((entitlement) => [entitlement.code, entitlement]));
    const devicesBefore = new Map(this.#loaded.devices.map((device) => [deviceKey(device), device]));
    const deliveriesBefore = new Map(this.#loaded.deliveries.map((delivery) => [delivery.id, delivery]));
    const devices = divide(this.#devices, devicesBefore);
    const deliveries = divide(this.#deliveries, deliveriesBefore);
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
      devicesNew: devices.added,
      devicesChanged: devices.changed,
      editionsNew: this.#editionsAdded,
      deliveriesNew: deliveries.added,
      deliveriesChanged: deliveries.changed,
      bindings: this.#bindingsPut,
      tokensNew: this.#tokens,
      conflicts: this.#conflictsAdded,
      cards: this.#cardsPut,
      secretsUsed: this.#secretsUsed,
      sales: this.#sales,
      payments: this.#payments,
      jobs: this.#jobs,
    };
  }
}

function deviceKey({ customerId, kind, name }: Pick<Device, "customerId" | "kind" | "name">): string {
  return `${customerId ?? ""} ${kind} ${deviceIdentity({ kind, name })}`;
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
