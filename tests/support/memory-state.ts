import assert from "node:assert/strict";
import type { Binding } from "../../src/core/binding.ts";
import type { Card } from "../../src/core/card.ts";
import type { Command } from "../../src/core/command.ts";
import { type Customer, customerIdentity } from "../../src/core/customer.ts";
import type { Delivery } from "../../src/core/delivery.ts";
import { type Device, type DeviceKind, deviceIdentity, otherFingerprint } from "../../src/core/device.ts";
import { currentEdition, type Edition } from "../../src/core/edition.ts";
import type { Conflict, Entitlement, Redemption } from "../../src/core/entitlement.ts";
import type { JobDraft } from "../../src/core/job.ts";
import type { NewToken } from "../../src/core/operator.ts";
import type { Product } from "../../src/core/product.ts";
import type { Payment, Sale } from "../../src/core/sale.ts";
import { secondStart } from "../../src/core/second.ts";
import type {
  Change,
  Circumstances,
  CustomersDevice,
  Decision,
  Fresh,
  HoldersDevice,
  Needs,
  Rates,
  State,
} from "../../src/core/state.ts";
import { decide, needsOf } from "../../src/core/verbs/index.ts";

/** What a command is given that draws nothing. */
export const noFresh: Fresh = {
  products: [],
  entitlements: [],
  customers: [],
  sales: [],
  payments: [],
  devices: [],
  editions: [],
  deliveries: [],
  codes: [],
};

/** The whole state of an organization in memory, for tests of the rules alone. Its rows are frozen. */
export class MemoryState implements State {
  readonly products = new Map<number, Product>();
  readonly keys = new Map<number, readonly string[]>();
  readonly entitlements = new Map<string, Entitlement>();
  readonly customers = new Map<string, Customer>();
  readonly allConflicts: Conflict[] = [];
  readonly cards = new Map<string, Card>();
  readonly used = new Map<number, bigint>();
  readonly sales: Sale[] = [];
  readonly payments: Payment[] = [];
  readonly jobs: JobDraft[] = [];
  /** By number. */
  readonly devices = new Map<number, Device>();
  readonly held = new Map<number, readonly Binding[]>();
  readonly tokens: NewToken[] = [];
  readonly editions: Edition[] = [];
  /** By number, those that have ended included. */
  readonly allDeliveries = new Map<number, Delivery>();
  /** The organization's currencies; the tests set them. */
  currencies: Rates | undefined = { byDefault: "EUR", rate: new Map([["EUR", 1_000_000_000n]]) };

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

  card(code: string) {
    return this.cards.get(code);
  }

  stock(productId: number, count: number) {
    return [...this.entitlements.values()]
      .filter((entitlement) => entitlement.inStock && entitlement.productId === productId)
      .sort((a, b) => (BigInt(a.code) < BigInt(b.code) ? -1 : 1))
      .slice(0, count);
  }

  rates() {
    return this.currencies;
  }

  isSecretTaken(secret: string) {
    return [...this.cards.values()].some(({ pin }) => pin === secret);
  }

  secretsUsed(digits: number) {
    return this.used.get(digits) ?? 0n;
  }

  conflicts(entitlementId: number) {
    return this.allConflicts.filter((conflict) => conflict.entitlementId === entitlementId);
  }

  bindings(entitlementId: number) {
    return this.held.get(entitlementId) ?? [];
  }

  device(customerId: number | null, kind: DeviceKind, name: string) {
    return [...this.devices.values()].find(
      (device) =>
        device.customerId === customerId &&
        device.kind === kind &&
        deviceIdentity(device) === deviceIdentity({ kind, name }),
    );
  }

  deviceOf(customerId: number, kind: DeviceKind, fingerprint: string) {
    return [...this.devices.values()].find(
      (device) => device.customerId === customerId && device.kind === kind && device.fingerprint === fingerprint,
    );
  }

  isHolding(deviceId: number) {
    return [...this.held.values()].some((bindings) => bindings.some(({ device }) => device.id === deviceId));
  }

  edition(productId: number, name: string) {
    return this.editions.find((edition) => edition.productId === productId && edition.name === name);
  }

  currentEdition(productId: number) {
    return currentEdition(this.editions.filter((edition) => edition.productId === productId));
  }

  deliveries(entitlementId: number) {
    return [...this.allDeliveries.values()].filter(
      (delivery) => delivery.entitlementId === entitlementId && delivery.endedAtMs === null,
    );
  }

  /** Of a device whose fingerprint nobody asked about, the fingerprint stays as it is. */
  #withFingerprint(device: Device): Device {
    if (device.fingerprint !== otherFingerprint) return device;
    return { ...device, fingerprint: this.devices.get(device.id)?.fingerprint ?? null };
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
          this.editions.splice(
            0,
            this.editions.length,
            ...this.editions.filter(({ productId }) => productId !== change.productId),
          );
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
        case "add_conflict":
          this.allConflicts.push(change.conflict);
          break;
        case "put_card":
          this.cards.set(change.code, change.card);
          break;
        case "use_secrets":
          this.used.set(change.digits, this.secretsUsed(change.digits) + BigInt(change.count));
          break;
        case "add_sale":
          this.sales.push(change.sale);
          this.payments.push(...change.payments);
          break;
        case "add_payment":
          this.payments.push(change.payment);
          break;
        case "queue_job":
          this.jobs.push(change.job);
          break;
        case "put_device":
          this.devices.set(change.device.id, frozen(this.#withFingerprint(change.device)));
          break;
        case "put_bindings":
          this.held.set(change.entitlementId, change.bindings);
          break;
        case "add_token":
          this.tokens.push(change.token);
          break;
        case "add_edition":
          this.editions.push(change.edition);
          break;
        case "put_delivery":
          this.allDeliveries.set(change.delivery.id, change.delivery);
          break;
        case "end_deliveries":
          for (const delivery of this.allDeliveries.values()) {
            if (delivery.deviceId !== change.deviceId || delivery.endedAtMs !== null) continue;
            this.allDeliveries.set(delivery.id, frozen({ ...delivery, endedAtMs: change.endedAtMs }));
          }
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
  for (const change of decision.changes) checkChange(change, { state, needs, fresh });
  return decision;
}

interface Scope {
  readonly state: State;
  readonly needs: Needs;
  readonly fresh: Fresh;
}

/** The codes whose rows a command locks: those that it names, and those that it takes from stock. */
function lockedCodes(state: State, { codes = [], cards = [], stock }: Needs): ReadonlySet<string> {
  const taken = stock === undefined ? [] : state.stock(stock.productId, stock.count).map(({ code }) => code);
  return new Set([...codes, ...cards, ...taken]);
}

function checkChange(change: Change, { state, needs, fresh }: Scope): void {
  const products = [...(needs.products ?? []), ...fresh.products];
  const codes = lockedCodes(state, needs);
  switch (change.change) {
    case "put_product":
      assert.ok(products.includes(change.product.id), "a changed product is locked");
      break;
    case "delete_product":
    case "put_access_keys":
      assert.ok(products.includes(change.productId), "a changed product is locked");
      break;
    case "put_entitlement":
      assert.ok(codes.has(change.entitlement.code), "a changed entitlement is locked");
      break;
    case "put_customer":
      assert.ok(needs.customers?.includes(customerIdentity(change.customer.name)), "a new customer was named");
      break;
    case "put_card":
      assert.ok(codes.has(change.code), "a changed card is locked");
      break;
    case "use_secrets":
      assert.equal(change.digits, needs.secrets?.digits, "the pins of this length were named");
      assert.ok(change.count <= (needs.secrets?.drawn.length ?? 0), "no more pins are used than were drawn");
      break;
    case "add_sale":
      assert.ok(fresh.sales.includes(change.sale.id), "the number of a sale was drawn");
      for (const payment of change.payments) checkPayment(payment, fresh);
      assert.equal(new Set(change.payments.map(({ id }) => id)).size, change.payments.length, "each has its number");
      break;
    case "add_payment":
      checkPayment(change.payment, fresh);
      break;
    case "put_device":
      assert.ok(
        fresh.devices.includes(change.device.id) || lockedDevices(state, needs).has(change.device.id),
        "the number of a device was drawn, or its row is locked",
      );
      break;
    case "put_bindings": {
      const entitlements = (needs.bindingsOf ?? []).map((code) => state.entitlement(code)?.id);
      assert.ok(entitlements.includes(change.entitlementId), "the bindings that are replaced were named");
      break;
    }
    case "add_token":
      assert.ok(fresh.codes.includes(change.token.token), "a token was drawn");
      break;
    case "add_edition":
      assert.ok(fresh.editions.includes(change.edition.id), "the number of an edition was drawn");
      assert.ok(products.includes(change.edition.productId), "the product that gets an edition is locked");
      break;
    case "put_delivery": {
      const { delivery } = change;
      const entitlements = (needs.deliveriesOf ?? []).map((code) => state.entitlement(code)?.id);
      assert.ok(entitlements.includes(delivery.entitlementId), "the deliveries that change were named");
      const isKnown = state.deliveries(delivery.entitlementId).some(({ id }) => id === delivery.id);
      assert.ok(isKnown || fresh.deliveries.includes(delivery.id), "the number of a delivery was drawn");
      break;
    }
    case "end_deliveries":
      assert.ok(lockedDevices(state, needs).has(change.deviceId), "the device whose deliveries end is locked");
      assert.ok(
        lockedDevices(state, { devices: needs.deliveriesOn ?? [] }).has(change.deviceId),
        "the deliveries that end are locked",
      );
      break;
    case "queue_job":
    case "add_conflict":
      break;
  }
}

/** The devices whose rows a command locks: those that it names, and those of the fingerprints that it asks about. */
function lockedDevices(state: State, { devices = [] }: Needs): ReadonlySet<number> {
  const found = devices.flatMap((device) => [
    state.device(customerOf(state, device), device.kind, device.name),
    "fingerprint" in device && device.fingerprint !== undefined
      ? state.deviceOf(device.customerId, device.kind, device.fingerprint)
      : undefined,
  ]);
  return new Set(found.flatMap((device) => (device === undefined ? [] : [device.id])));
}

/** Whose a named device is; `null` for nobody's. */
function customerOf(state: State, device: HoldersDevice | CustomersDevice): number | null {
  return "customerId" in device ? device.customerId : (state.entitlement(device.code)?.customer?.id ?? null);
}

function checkPayment(payment: Payment, fresh: Fresh): void {
  assert.ok(fresh.payments.includes(payment.id), "the number of a payment was drawn");
}

/** Lets a rule see the rows that its command names, and fails when it looks at another. */
class NamedRows implements State {
  readonly #state: State;
  readonly #needs: Needs;
  readonly #codes: ReadonlySet<string>;

  constructor(state: State, needs: Needs) {
    this.#state = state;
    this.#needs = needs;
    this.#codes = lockedCodes(state, needs);
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
    assert.ok(this.#codes.has(code), `code ${code} is named`);
    return this.#state.entitlement(code);
  }

  customer(identity: string) {
    assert.ok(this.#needs.customers?.includes(identity), `customer ${identity} is named`);
    return this.#state.customer(identity);
  }

  card(code: string) {
    const isNamed = this.#needs.cards?.includes(code) === true || this.#needs.stock !== undefined;
    assert.ok(isNamed && this.#codes.has(code), `card ${code} is named`);
    return this.#state.card(code);
  }

  stock(productId: number, count: number) {
    const { stock, products = [] } = this.#needs;
    assert.ok(stock?.productId === productId && count <= stock.count, `${count} of product ${productId} are named`);
    assert.ok(products.includes(productId), "the product whose stock is taken is locked");
    return this.#state.stock(productId, count);
  }

  rates() {
    assert.ok(this.#needs.rates === true, "the rates are named");
    return this.#state.rates();
  }

  isSecretTaken(secret: string) {
    assert.ok(this.#needs.secrets?.drawn.includes(secret), `pin ${secret} was drawn`);
    return this.#state.isSecretTaken(secret);
  }

  secretsUsed(digits: number) {
    assert.equal(digits, this.#needs.secrets?.digits, `pins of ${digits} digits are named`);
    return this.#state.secretsUsed(digits);
  }

  conflicts(entitlementId: number) {
    const named = (this.#needs.scans ?? []).map(({ code }) => this.#state.entitlement(code)?.id);
    assert.ok(named.includes(entitlementId), `the scans of entitlement ${entitlementId} are named`);
    // Only those of the seconds that are named are sure to be there, and so no others are.
    const seconds = new Set((this.#needs.scans ?? []).map(({ secondMs }) => secondMs));
    const isNamed = (one: Redemption | null) => one !== null && seconds.has(secondStart(one.reportedAtMs ?? one.atMs));
    return this.#state
      .conflicts(entitlementId)
      .filter(({ kept, lost, displaced }) => isNamed(lost) || (displaced && isNamed(kept)));
  }

  bindings(entitlementId: number) {
    const named = (this.#needs.bindingsOf ?? []).map((code) => this.#state.entitlement(code)?.id);
    assert.ok(named.includes(entitlementId), `the bindings of entitlement ${entitlementId} are named`);
    return this.#state.bindings(entitlementId);
  }

  device(customerId: number | null, kind: DeviceKind, name: string) {
    const named = (this.#needs.devices ?? []).some(
      (device) => device.kind === kind && device.name === name && customerOf(this.#state, device) === customerId,
    );
    assert.ok(named, `the device ${name} of customer ${customerId} is named`);
    return hideFingerprint(this.#state.device(customerId, kind, name), this.#needs);
  }

  deviceOf(customerId: number, kind: DeviceKind, fingerprint: string) {
    const named = (this.#needs.devices ?? []).some(
      (device) =>
        "customerId" in device &&
        device.customerId === customerId &&
        device.kind === kind &&
        device.fingerprint === fingerprint,
    );
    assert.ok(named, `the machine ${fingerprint} of customer ${customerId} is named`);
    return this.#state.deviceOf(customerId, kind, fingerprint);
  }

  isHolding(deviceId: number) {
    const isNamed = (this.#needs.devices ?? []).some(
      (device) =>
        "fingerprint" in device &&
        device.fingerprint !== undefined &&
        this.#state.deviceOf(device.customerId, device.kind, device.fingerprint)?.id === deviceId,
    );
    assert.ok(isNamed, `device ${deviceId} is named by its machine`);
    return this.#state.isHolding(deviceId);
  }

  edition(productId: number, name: string) {
    this.#checkEditions(productId);
    return this.#state.edition(productId, name);
  }

  currentEdition(productId: number) {
    this.#checkEditions(productId);
    return this.#state.currentEdition(productId);
  }

  #checkEditions(productId: number): void {
    assert.ok(this.#needs.editionsOf?.includes(productId), `the editions of product ${productId} are named`);
  }

  deliveries(entitlementId: number) {
    const { deliveriesOf = [], codes = [] } = this.#needs;
    const named = deliveriesOf.map((code) => this.#state.entitlement(code)?.id);
    assert.ok(named.includes(entitlementId), `the deliveries of entitlement ${entitlementId} are named`);
    for (const code of deliveriesOf) assert.ok(codes.includes(code), "the entitlement of deliveries is locked");
    return this.#state.deliveries(entitlementId);
  }
}

/** The device as it is loaded: its fingerprint only if the command asks about that one. */
function hideFingerprint(device: Device | undefined, { devices = [] }: Needs): Device | undefined {
  if (device === undefined || device.fingerprint === null) return device;
  const isAsked = devices.some((one) => "fingerprint" in one && one.fingerprint === device.fingerprint);
  return isAsked ? device : { ...device, fingerprint: otherFingerprint };
}

/** The value, unchangeable to its last field. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) frozen(field);
  }
  return value;
}
