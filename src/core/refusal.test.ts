import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../tests/support/memory-state.ts";
import { anybody } from "../../tests/support/principals.ts";
import { customerPrincipal, operatorPrincipal } from "../access/principals.ts";
import { machineNamed } from "../dialects/ezpert/mac-address.ts";
import { systemNamed } from "../kinds/chart/system-name.ts";
import { type Binding, holdings } from "./binding.ts";
import { type Card, cards, pins, secretSpaces, secretsMax } from "./card.ts";
import type { CategoryTerms } from "./category.ts";
import type { Command, VerbName } from "./command.ts";
import { type Customer, customerNameLengthMax } from "./customer.ts";
import { type Delivery, deliveries } from "./delivery.ts";
import { type Device, devices } from "./device.ts";
import { type Edition, editions } from "./edition.ts";
import { type Entitlement, entitlements, newEntitlement, replacedCodes } from "./entitlement.ts";
import { type Hold, holdMaxMs, holds } from "./hold.ts";
import { rateUnit } from "./money.ts";
import { type OperatorAccount, operators, tokenNameLengthMax } from "./operator.ts";
import { pricesMax } from "./price-list.ts";
import type { Principal } from "./principal.ts";
import { newProduct, type Product, type ProductTerms, products, type StockTerms } from "./product.ts";
import { type Refusal, refusals, strongest } from "./refusal.ts";
import { type ResellerTerms, resellerTerms } from "./reseller-terms.ts";
import { type Payment, payments, saleQuantityMax } from "./sale.ts";
import { put } from "./state.ts";
import type { Usage, UseLimit } from "./use.ts";
import { verbs } from "./verbs/index.ts";

const nowMs = Date.UTC(2026, 5, 1, 12);
const hourMs = 60 * 60 * 1000;
const secretDigits = 4;

const stock: StockTerms = {
  ownerId: null,
  price: { minor: 1240n, currency: "EUR" },
  taxPpm: 240_000,
  numberDigits: 3,
  secretDigits,
  imageUrl: "",
};
const gala = newProduct({
  id: 1,
  kind: "event",
  name: "Gala",
  slots: 2,
  issued: 1,
  everIssued: true,
  createdAtMs: nowMs - 24 * hourMs,
});
const adult: CategoryTerms = { key: "adult", name: "Adult", capacity: 9, price: null, colour: "#ff8800" };
const kept: Hold = {
  id: 1,
  productId: gala.id,
  category: null,
  quantity: 1,
  reference: "order 1",
  heldAtMs: nowMs - hourMs,
  endsAtMs: nowMs + hourMs,
  endedAtMs: null,
  isConfirmed: false,
};
const ticket = newEntitlement({
  id: 1,
  productId: gala.id,
  code: "100",
  customer: null,
  inStock: false,
  issuedAtMs: nowMs - 2 * hourMs,
});
const card: Card = { pin: "1111", balance: { minor: 1000n, currency: "EUR" }, batch: "", details: {} };
const scan = {
  atMs: nowMs - hourMs,
  accessKeyId: 1,
  operatorId: null,
  gateId: null,
  address: null,
  reportedAtMs: null,
};
const usedToday: Usage = {
  recorded: 2,
  spent: 2,
  spentOnDay: 2,
  lastEntryAtMs: nowMs - hourMs,
  lastAtMs: nowMs - hourMs,
  inside: false,
};
const unlimited: UseLimit = { max: null, per: "entitlement" };
const inside: Usage = { ...usedToday, inside: true };
const terms: ProductTerms = {
  name: "Gala",
  description: "",
  startsAtMs: null,
  endsAtMs: null,
  capacity: null,
  accessKeys: [],
};
const machines = {
  own: "08-00-27-AA-BB-01",
  other: "08-00-27-AA-BB-02",
  third: "08-00-27-AA-BB-03",
} as const;

const ada: Customer = { id: 7, name: "ada@example.com", ownerId: null, displayName: "" };
const boat: Device = {
  id: 11,
  customerId: ada.id,
  ...systemNamed("boat"),
  registeredAtMs: nowMs - hourMs,
  fingerprint: null,
  disabledAtMs: null,
};
const laptop: Device = { ...boat, id: 1, customerId: null, ...machineNamed(machines.own) };
const content = { key: "files", files: 1, bytes: 1, sha256: "5e" };
const spring: Edition = {
  id: 1,
  productId: gala.id,
  name: "2026-1",
  publishedAtMs: nowMs - 24 * hourMs,
  addedAtMs: nowMs - 24 * hourMs,
  availableAtMs: null,
  withdrawnAtMs: null,
  content,
};
const building: Delivery = {
  id: 1,
  entitlementId: ticket.id,
  deviceId: boat.id,
  editionId: spring.id,
  requestedAtMs: nowMs - hourMs,
  built: null,
  endedAtMs: null,
};
const built = { fileName: "chart.zip", bytes: 1, sha1: "51", sha256: "52", expiresAtMs: nowMs + hourMs };

/** Verbs that set an organization up; `verbs/set-up.test.ts` and `verbs/gates.test.ts` are about these. */
const setUpVerbs = [
  "create_organization",
  "change_organization",
  "change_currency",
  "change_default_currency",
  "change_setting",
  "create_operator",
  "change_operator",
  "remove_operator",
  "revoke_token",
  "revoke_tokens",
  "create_gate",
  "change_gate",
  "retire_gate",
  "create_customer",
  "change_customer",
  "change_customer_password",
  "add_phone",
  "change_phone",
  "remove_phone",
  "add_device_group",
  "change_device_group",
  "remove_device_group",
] as const satisfies readonly VerbName[];
type SetUpVerb = (typeof setUpVerbs)[number];

/** What is asked for: a verb, or another way to sell or to hold. */
type Act = Exclude<VerbName, SetUpVerb> | "sell_by_number" | "sell_by_hold" | "hold_stock";

const euros = (minor: bigint) => ({ minor, currency: "EUR" });
/** The payment for the sale of the ticket. */
const sale: Payment = {
  id: 1,
  saleId: 1,
  entitlementId: ticket.id,
  productId: gala.id,
  resellerId: null,
  channel: "test",
  amount: euros(1240n),
  tax: euros(240n),
  commission: euros(0n),
  credited: 0n,
  rate: rateUnit,
  description: "",
  paidAtMs: nowMs - hourMs,
  reverses: null,
};
const topUp: Payment = { ...sale, id: 2, saleId: null, credited: 1000n };
const ben: OperatorAccount = { id: 9, login: "ben", role: "reseller", passwordHash: "", disabledAtMs: null };
/** On which terms Ben sells cards of the product. */
const seller: ResellerTerms = {
  operatorId: ben.id,
  productId: gala.id,
  price: null,
  commissionPpm: 0,
  quota: null,
  sold: 2,
};

/** A product, an entitlement and a command that would be carried out; a fault is one change to them. */
interface Scene {
  readonly product?: Partial<Product> | "missing";
  readonly entitlement?: Partial<Entitlement> | "missing" | "replaced";
  readonly terms?: Partial<ProductTerms>;
  /** How the product is sold, or the one that is to be made. */
  readonly stock?: Partial<StockTerms>;
  /** Devices that hold the entitlement, with their slots. */
  readonly held?: { readonly [M in keyof typeof machines]?: number };
  /** The slot that is asked for; of several the highest. */
  readonly slot?: number;
  /** The hold that the command names. */
  readonly kept?: Partial<Hold> | "missing";
  readonly pinsUsed?: bigint;
  /** The pin that is drawn is in use. */
  readonly pinTaken?: true;
  /** Nothing was paid for the entitlement. */
  readonly unpaid?: true;
  /** Money was put on it. */
  readonly toppedUp?: true;
  /** How many cards the reseller may sell. */
  readonly quota?: number;
  /** The device that the command names. */
  readonly device?: Partial<Device> | "missing";
  /** Another device of the same customer is the machine that the command names. */
  readonly twin?: true;
  readonly edition?: Partial<Edition> | "missing";
  /** What was delivered to the device before. */
  readonly delivery?: Partial<Delivery>;
  /** Who asks; otherwise anybody, who may do everything. */
  readonly principal?: Principal;
  /** Fields of the command of this verb. */
  readonly command?: Partial<Command>;
}

const badName: Scene = { terms: { name: " " } };
const badPeriod: Scene = { terms: { startsAtMs: nowMs, endsAtMs: nowMs - 1 } };
const badKey: Scene = { terms: { accessKeys: ["A 1"] } };
const noProduct: Scene = { product: "missing" };
const noEntitlement: Scene = { entitlement: "missing" };
const otherCode: Scene = { entitlement: "replaced" };
const retired: Scene = { product: { retiredAtMs: nowMs - hourMs } };
const closed: Scene = { product: { closed: { atMs: nowMs - hourMs, renewable: true } } };
const revoked: Scene = { entitlement: { revokedAtMs: nowMs - hourMs } };
const suspended: Scene = { entitlement: { suspendedAtMs: nowMs - hourMs } };
const stocked: Scene = { entitlement: { inStock: true } };
const wrongDigits: Scene = { product: { stock: { ...stock, numberDigits: 4 } } };
const tooEarly: Scene = { product: { startsAtMs: nowMs + hourMs } };
const tooLate: Scene = { product: { endsAtMs: nowMs - hourMs } };
const expired: Scene = { entitlement: { expiresAtMs: nowMs - 1 } };
const noHold: Scene = { kept: "missing" };
const lapsed: Scene = { kept: { endsAtMs: nowMs } };
const badText: Scene = { command: { reference: " " } };
const noDevice: Scene = { device: "missing" };
const noQuota: Scene = { quota: seller.sold, command: { ownerId: seller.operatorId } };
const disabled: Scene = { device: { disabledAtMs: nowMs - hourMs } };

/** For every act: what makes each of its refusals apply. */
const faults: { readonly [A in Act]: Partial<Record<Refusal, Scene>> } = {
  create_product: {
    operator_not_found: { stock: { ownerId: 99 } },
    name_invalid: badName,
    number_invalid: { command: { id: 0 } },
    period_reversed: badPeriod,
    code_invalid: { stock: { numberDigits: 0 } },
    amount_invalid: { stock: { taxPpm: -1 } },
    access_key_invalid: badKey,
    category_invalid: { terms: { categories: [{ ...adult, key: "Adult" }] } },
    uses_invalid: { terms: { uses: { max: 0, per: "day" } } },
    time_zone_invalid: { terms: { timeZone: "Europe/Atlantis" } },
    text_invalid: { terms: { metadata: { "": "nothing" } } },
    slots_invalid: { command: { slots: -1 } },
    product_id_taken: { product: {} },
  },
  change_product: {
    product_not_found: noProduct,
    category_not_found: {
      command: { keyLimits: [{ key: "A1", categories: ["child"] }] },
      terms: { accessKeys: ["A1"] },
    },
    name_invalid: badName,
    period_reversed: badPeriod,
    access_key_invalid: badKey,
    category_invalid: { terms: { categories: [{ ...adult, key: "Adult" }] } },
    uses_invalid: { terms: { uses: { max: 0, per: "day" } } },
    time_zone_invalid: { terms: { timeZone: "Europe/Atlantis" } },
    text_invalid: { terms: { metadata: { "": "nothing" } } },
    category_in_use: { product: { categories: [{ ...adult, issued: 1 }] }, terms: { categories: [] } },
    capacity_below_issued: { terms: { capacity: 0 } },
  },
  close_product: { product_not_found: noProduct },
  reopen_product: { product_not_found: noProduct },
  retire_product: { product_not_found: noProduct },
  restore_product: { product_not_found: noProduct },
  issue: {
    product_not_found: noProduct,
    category_not_found: { command: { category: "vip" } },
    hold_not_found: { ...noHold, command: { hold: kept.id } },
    name_invalid: { command: { holderName: "x".repeat(customerNameLengthMax + 1) } },
    period_reversed: { command: { expiresAtMs: nowMs - 1 } },
    quantity_invalid: { command: { quantity: 0 } },
    code_invalid: { command: { code: " " } },
    uses_invalid: { command: { usesMax: 0 } },
    text_invalid: badText,
    slots_invalid: { command: { slots: 0 } },
    code_taken: { command: { code: ticket.code } },
    product_retired: retired,
    product_closed: closed,
    hold_ended: { ...lapsed, command: { hold: kept.id } },
    capacity_reached: { product: { capacity: 1 } },
  },
  redeem: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    quantity_invalid: { command: { count: 0 } },
    direction_invalid: { command: { direction: "exit" }, product: { reentry: "none" } },
    occurred_at_impossible: { command: { occurredAtMs: nowMs + hourMs } },
    product_retired: retired,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    category_elsewhere: { command: { admits: ["child"] } },
    already_redeemed: { entitlement: { redemption: scan } },
    already_redeemed_today: { product: { uses: { max: 1, per: "day" } }, entitlement: { usage: usedToday } },
    uses_short: { entitlement: { usesMax: 2, usage: usedToday } },
    already_inside: { product: { uses: unlimited, reentry: "after_exit" }, entitlement: { usage: inside } },
    not_inside: { product: { reentry: "after_exit" }, command: { direction: "exit" } },
    not_sold: { entitlement: { inStock: true } },
    not_yet_valid: tooEarly,
    no_longer_valid: tooLate,
  },
  undo: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    use_not_found: { command: { number: 2 } },
    text_invalid: { command: { reason: " " } },
    product_retired: retired,
    entitlement_revoked: revoked,
  },
  revoke: { product_not_found: noProduct, entitlement_not_found: noEntitlement, code_replaced: otherCode },
  suspend: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    entitlement_revoked: revoked,
  },
  reinstate: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    entitlement_revoked: revoked,
  },
  extend: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    period_reversed: { command: { startsAtMs: nowMs, expiresAtMs: nowMs - 1 } },
    product_retired: retired,
    entitlement_revoked: revoked,
  },
  renew: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    duration_invalid: { command: { period: { days: 0 } } },
    product_retired: retired,
    product_closed: { product: { closed: { atMs: nowMs, renewable: false } } },
    entitlement_revoked: revoked,
    expiry_missing: { entitlement: { expiresAtMs: null } },
  },
  transfer: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    name_invalid: { command: { holder: " " } },
    code_invalid: wrongDigits,
    code_taken: { command: { newCode: ticket.code } },
    product_retired: retired,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    already_redeemed: { entitlement: { redemption: scan } },
    already_inside: { product: { uses: unlimited, reentry: "after_exit" }, entitlement: { usage: inside } },
    not_sold: stocked,
  },
  reissue: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    code_invalid: wrongDigits,
    code_taken: { command: { newCode: "300" } },
    product_retired: retired,
    entitlement_revoked: revoked,
    not_sold: stocked,
  },
  change_entitlement: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    uses_invalid: { command: { usesMax: 0 } },
    text_invalid: { command: { reference: " " } },
    slots_invalid: { command: { slots: 101 } },
    slots_in_use: { held: { other: 1 }, command: { slots: 1 } },
  },
  add_stock: {
    product_not_found: noProduct,
    quantity_invalid: { command: { numbers: [] } },
    code_invalid: { command: { secretDigits: secretDigits + 1 } },
    secret_taken: { command: { pins: ["9999"] } },
    product_retired: retired,
    capacity_reached: { command: { stockMax: 0 } },
    secret_space_short: { pinsUsed: secretsMax(secretDigits) },
  },
  sell: {
    product_not_found: noProduct,
    quantity_invalid: { command: { what: { quantity: saleQuantityMax + 1 } } },
    text_invalid: badText,
    product_retired: retired,
    product_closed: closed,
    stock_short: { entitlement: { inStock: false } },
    quota_reached: noQuota,
    not_yet_valid: tooEarly,
    no_longer_valid: tooLate,
  },
  sell_by_number: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    text_invalid: badText,
    product_retired: retired,
    product_closed: closed,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    already_redeemed: { entitlement: { redemption: scan } },
    already_sold: { entitlement: { inStock: false } },
    entitlement_held: { entitlement: { hold: { id: kept.id, endsAtMs: nowMs + 1 } } },
    quota_reached: noQuota,
    not_yet_valid: tooEarly,
    no_longer_valid: tooLate,
  },
  sell_by_hold: {
    product_not_found: noProduct,
    hold_not_found: noHold,
    quantity_invalid: { command: { what: { hold: kept.id, quantity: kept.quantity + 1 } } },
    text_invalid: badText,
    product_retired: retired,
    hold_ended: lapsed,
    stock_short: { entitlement: { inStock: false } },
    not_yet_valid: tooEarly,
    no_longer_valid: tooLate,
  },
  hold: {
    product_not_found: noProduct,
    category_not_found: { product: { categories: [] } },
    quantity_invalid: { command: { what: { places: 0, category: adult.key } } },
    text_invalid: badText,
    duration_invalid: { command: { durationMs: holdMaxMs + 1 } },
    product_retired: retired,
    product_closed: closed,
    capacity_reached: { product: { capacity: gala.issued } },
  },
  hold_stock: {
    product_not_found: noProduct,
    quantity_invalid: { command: { what: { stock: saleQuantityMax + 1, ownerId: null } } },
    text_invalid: badText,
    duration_invalid: { command: { durationMs: 0 } },
    product_retired: retired,
    product_closed: closed,
    stock_short: { entitlement: { inStock: false } },
  },
  release: { product_not_found: noProduct, hold_not_found: noHold, hold_ended: { kept: { endedAtMs: nowMs - 1 } } },
  top_up: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    amount_invalid: { command: { amount: { minor: 0n, currency: "EUR" } } },
    product_retired: retired,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    not_sold: { entitlement: { inStock: true } },
  },
  void_sale: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    entitlement_revoked: revoked,
    already_redeemed: { entitlement: { redemption: scan } },
    not_sold: { entitlement: { inStock: true } },
    not_paid: { unpaid: true },
    topped_up: { toppedUp: true },
  },
  return_card: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    code_invalid: { command: { secretDigits: secretDigits + 1 } },
    entitlement_revoked: revoked,
    already_redeemed: { entitlement: { redemption: scan } },
    not_sold: { entitlement: { inStock: true } },
    not_paid: { unpaid: true },
    topped_up: { toppedUp: true },
    secret_space_short: { pinTaken: true },
  },
  refund_card: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    entitlement_revoked: revoked,
    not_sold: { entitlement: { inStock: true } },
    not_paid: { unpaid: true },
  },
  undo_top_up: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    not_paid: { command: { paymentId: sale.id } },
  },
  change_stock_terms: {
    product_not_found: noProduct,
    price_not_found: { command: { withdrawnFromMs: nowMs + 2 } },
    quantity_invalid: {
      product: { prices: Array.from({ length: pricesMax }, (_, at) => ({ fromMs: nowMs + hourMs + at, minor: 1n })) },
    },
    amount_invalid: { command: { price: { amount: { minor: -1n, currency: "EUR" }, fromMs: nowMs + 1 } } },
    product_retired: retired,
  },
  change_reseller_terms: {
    product_not_found: noProduct,
    operator_not_found: { command: { login: "nobody" } },
    quantity_invalid: { command: { quota: -1 } },
    amount_invalid: { command: { commissionPpm: -1 } },
    product_retired: retired,
  },
  state_history: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    quantity_invalid: { command: { uses: 0 } },
    amount_invalid: { command: { paid: { minor: 1n, currency: "EUR" } } },
    occurred_at_impossible: { command: { revokedAtMs: nowMs + 1 } },
    entitlement_revoked: revoked,
    already_redeemed: { entitlement: { redemption: scan } },
    already_sold: { command: { soldAtMs: nowMs - 2 * hourMs } },
    not_sold: { entitlement: { inStock: true } },
  },
  bind: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    device_not_found: { command: { register: false } },
    device_invalid: { command: { device: machineNamed("x") } },
    slot_not_found: { slot: gala.slots },
    product_retired: retired,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    device_disabled: disabled,
    slot_taken: { held: { other: 1 }, slot: 1 },
    already_bound: { held: { own: 0 }, slot: 1 },
    slots_taken: { held: { other: 1, third: 0 } },
    not_yet_valid: tooEarly,
    no_longer_valid: expired,
  },
  unbind: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    not_bound: { command: { device: machineNamed(machines.own) } },
  },
  rebind: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    device_not_found: { command: { register: false } },
    device_invalid: { command: { to: machineNamed("x") } },
    product_retired: retired,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    device_disabled: disabled,
    not_bound: { command: { from: machineNamed(machines.other) } },
    already_bound: { held: { own: 1 } },
  },
  change_edition: {
    product_not_found: noProduct,
    edition_not_found: { edition: "missing" },
    edition_invalid: { command: { change: { publishedAtMs: Number.NaN } } },
  },
  add_edition: {
    product_not_found: noProduct,
    edition_invalid: { command: { name: "2026/2/1" } },
    edition_taken: { edition: { name: "2026-2" } },
    product_retired: retired,
  },
  make_packages: { product_not_found: noProduct, edition_not_found: { edition: "missing" } },
  offer_package: { product_not_found: noProduct, edition_not_found: { edition: "missing" } },
  request_edition: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    device_not_found: noDevice,
    edition_not_found: { edition: "missing" },
    product_retired: retired,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    device_disabled: disabled,
    not_bound: { command: { slot: 1 } },
    not_yet_valid: tooEarly,
    no_longer_valid: { entitlement: { expiresAtMs: spring.publishedAtMs - 1000 } },
  },
  register_device: {
    not_permitted: { principal: customerPrincipal({ id: ada.id + 1 }) },
    device_invalid: { command: { device: systemNamed("a-boat") } },
    fingerprint_differs: { device: { fingerprint: "B" } },
    fingerprint_taken: { twin: true },
    device_disabled: disabled,
  },
  change_device: {
    device_not_found: noDevice,
    text_invalid: { command: { change: { metadata: { "": "" } } } },
  },
  request_delivery: {
    product_not_found: noProduct,
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    device_not_found: noDevice,
    edition_not_found: { edition: "missing" },
    product_retired: retired,
    entitlement_revoked: revoked,
    entitlement_suspended: suspended,
    device_disabled: disabled,
    not_bound: { slot: 1 },
    already_delivered: { delivery: {} },
    not_yet_valid: tooEarly,
    no_longer_valid: expired,
  },
  finish_delivery: {
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    delivery_ended: { delivery: { endedAtMs: nowMs - 1 } },
  },
  end_delivery: {
    entitlement_not_found: noEntitlement,
    code_replaced: otherCode,
    delivery_ended: { delivery: { endedAtMs: nowMs - 1 } },
  },
  create_token: {
    not_permitted: { principal: operatorPrincipal({ id: 2, login: "ben", role: "reseller" }) },
    text_invalid: { command: { terms: { name: "x".repeat(tokenNameLengthMax + 1), limits: null } } },
  },
};

/** Pairs that no state and no command can bring about together, for any act or for the act before the colon. */
const neverTogether: readonly string[] = [
  // A number that cannot be given is no other product's.
  "number_invalid product_id_taken",
  // What is said of a product that is not there.
  "product_not_found product_retired",
  "product_not_found capacity_reached",
  "product_not_found entitlement_revoked",
  "product_not_found already_redeemed",
  "product_not_found not_yet_valid",
  "product_not_found no_longer_valid",
  "product_not_found capacity_below_issued",
  // What is said of an entitlement that is not there.
  "entitlement_not_found entitlement_revoked",
  "entitlement_not_found already_redeemed",
  // What is said of entries or of exits, of a product that asks for exits or of one that does not.
  "direction_invalid already_inside",
  "direction_invalid not_inside",
  "already_redeemed not_inside",
  "already_redeemed_today not_inside",
  "uses_short not_inside",
  "already_inside not_inside",
  // Each is said for one way to limit uses.
  "already_redeemed already_redeemed_today",
  "already_redeemed uses_short",
  "already_redeemed already_inside",
  "already_redeemed_today already_inside",
  "already_redeemed_today uses_short",
  // What is said of a device that the holder has not.
  "device_not_found already_bound",
  "device_not_found device_disabled",
  // What is said of a slot that there is not.
  "slot_not_found slot_taken",
  // The device holds one of the slots that other devices are said to hold.
  "already_bound slots_taken",
  // A card that is said to be sold is in stock, or was sold already.
  "already_sold not_sold",
  // One list of categories.
  "category_invalid category_in_use",
  // What is held is issued, although the product was closed meanwhile.
  "product_closed hold_ended",
  // One number of slots.
  "slots_invalid slots_in_use",
  // The one code that is asked for.
  "issue: code_invalid code_taken",
  // A period is never reversed.
  "not_yet_valid no_longer_valid",
];

/** Refusals that are told before a verb is looked at. */
const beforeAnyVerb: readonly Refusal[] = [
  "idempotency_key_reused",
  "throttled",
  "credentials_wrong",
  "access_key_unknown",
  "access_key_elsewhere",
  "not_permitted",
];

/** Acts of which the product is sold from stock. */
const stockActs: readonly Act[] = [
  "add_stock",
  "sell",
  "sell_by_number",
  "sell_by_hold",
  "hold_stock",
  "top_up",
  "void_sale",
  "return_card",
  "refund_card",
  "undo_top_up",
  "change_stock_terms",
  "change_reseller_terms",
];
/** Acts whose entitlement is still in stock. */
const sellingActs: readonly Act[] = ["sell", "sell_by_number", "sell_by_hold", "hold_stock"];
/** Acts about a hold; that of stock has the ticket. */
const holdActs: readonly Act[] = ["issue", "release", "sell_by_hold"];
/** Acts about a system of Ada's, which holds the entitlement. */
const systemActs: readonly Act[] = [
  "register_device",
  "change_device",
  "request_edition",
  "request_delivery",
  "finish_delivery",
  "end_delivery",
];
/** Acts about a delivery that is under way. */
const deliveryActs: readonly Act[] = ["finish_delivery", "end_delivery"];

function refusalIn(act: Act, scenes: readonly Scene[]): Refusal | undefined {
  const state = new MemoryState();
  const product = join(scenes, "product");
  const entitlement = join(scenes, "entitlement");
  const stockTerms: StockTerms = Object.assign({}, stock, ...scenes.map((scene) => scene.stock));
  const wantsNoProduct = act === "create_product" && product === undefined;
  if (product !== "missing" && !wantsNoProduct) {
    const sold = stockActs.includes(act) ? { stock: stockTerms } : {};
    const categories = act === "hold" ? [{ ...adult, issued: 0 }] : [];
    state.apply([put(products, { ...gala, renewsPin: true, categories, ...sold, ...product })]);
  }
  // A code that another entitlement had before.
  state.apply([
    put(replacedCodes, { code: "300", productId: gala.id, entitlementId: 2, replacedAtMs: nowMs - hourMs }),
  ]);
  if (entitlement === "replaced") {
    const { id: entitlementId, code } = ticket;
    state.apply([put(replacedCodes, { code, productId: gala.id, entitlementId, replacedAtMs: nowMs - hourMs })]);
  } else if (entitlement !== "missing") {
    const { id, code } = ticket;
    const customer = systemActs.includes(act) ? ada : null;
    const inStock = sellingActs.includes(act);
    const redemption = act === "undo" ? scan : null;
    const ends = act === "renew" ? { expiresAtMs: nowMs + hourMs } : {};
    const heldBy = act === "sell_by_hold" ? { id: kept.id, endsAtMs: kept.endsAtMs } : null;
    state.apply([
      put(entitlements, { ...ticket, customer, inStock, redemption, hold: heldBy, ...ends, ...entitlement }),
      put(cards, { entitlementId: id, code, card }),
    ]);
  }
  const keptNow = join(scenes, "kept");
  if (keptNow !== "missing" && holdActs.includes(act)) state.apply([put(holds, { ...kept, ...keptNow })]);
  const heldAtFirst = act === "rebind" ? { third: 0 } : {};
  const held = Object.assign(heldAtFirst, ...scenes.map((scene) => scene.held));
  if (systemActs.includes(act)) holdContent(state, act, scenes);
  else hold(state, held, join(scenes, "device"));
  const edition = join(scenes, "edition");
  if (edition !== "missing") state.apply([put(editions, { ...spring, ...edition })]);
  const used = scenes.find((scene) => scene.pinsUsed !== undefined)?.pinsUsed ?? 0n;
  state.apply([put(secretSpaces, { digits: secretDigits, used }), put(pins, "9999")]);

  const quota = scenes.find((scene) => scene.quota !== undefined)?.quota ?? seller.quota;
  state.apply([put(operators, ben), put(resellerTerms, { ...seller, quota })]);
  if (!scenes.some(({ unpaid }) => unpaid)) state.apply([put(payments, sale)]);
  if (act === "undo_top_up" || scenes.some(({ toppedUp }) => toppedUp)) state.apply([put(payments, topUp)]);
  if (scenes.some(({ pinTaken }) => pinTaken)) state.apply([put(pins, "2222")]);

  const changed = Object.assign({}, ...scenes.map((scene) => scene.terms));
  const slots = scenes.flatMap(({ slot }) => (slot === undefined ? [] : [slot]));
  const command = Object.assign(
    {},
    commandOf(act, changed),
    ...scenes.map((scene) => scene.command),
    act === "create_product" ? { stock: stockTerms } : {},
    slots.length > 0 ? { slot: Math.max(...slots) } : {},
  );
  const drawn = ["2222"];
  const principal = scenes.find((scene) => scene.principal !== undefined)?.principal ?? anybody;
  const { outcome } = decideStrictly(state, command, { nowMs, principal, address: null, drawn });
  return outcome.ok ? undefined : outcome.refusal;
}

/** Lets devices hold the ticket; the first machine is known also if it holds nothing, as soon as it is changed. */
function hold(state: MemoryState, held: NonNullable<Scene["held"]>, own: Partial<Device> | undefined): void {
  const known = new Map<string, Device>(
    Object.entries(machines).map(([machine, name], index) => [
      machine,
      { ...laptop, id: index + 1, ...machineNamed(name), ...(machine === "own" ? own : {}) },
    ]),
  );
  for (const [machine, device] of known) {
    if (machine in held || (machine === "own" && own !== undefined)) state.apply([put(devices, device)]);
  }
  const bindings = Object.entries(held).flatMap(([machine, slot]): Binding[] => {
    const device = known.get(machine);
    return device === undefined ? [] : [{ slot, device, boundAtMs: nowMs }];
  });
  state.apply([put(holdings, { entitlementId: ticket.id, bindings })]);
}

/** Lets Ada's boat hold the ticket in the first slot, with what was delivered to it. */
function holdContent(state: MemoryState, act: Act, scenes: readonly Scene[]): void {
  const change = join(scenes, "device");
  if (change !== "missing") {
    const device = { ...boat, ...change };
    const bindings = [{ slot: 0, device, boundAtMs: nowMs }];
    state.apply([put(devices, device), put(holdings, { entitlementId: ticket.id, bindings })]);
  }
  if (scenes.some(({ twin }) => twin)) {
    // One that is barred, so that the machine may not leave it.
    const twin = { ...boat, id: 12, ...systemNamed("twin"), fingerprint: "A", disabledAtMs: nowMs };
    state.apply([put(devices, twin)]);
  }
  const delivery = join(scenes, "delivery");
  if (delivery === undefined && !deliveryActs.includes(act)) return;
  state.apply([put(deliveries, { ...building, ...delivery })]);
}

/** The change that the scenes make to a row together; `missing` wins, and then `replaced`. */
function join<N extends "product" | "entitlement" | "device" | "edition" | "delivery" | "kept">(
  scenes: readonly Scene[],
  noun: N,
) {
  const parts = scenes.map((scene) => scene[noun]).filter((part) => part !== undefined);
  if (parts.includes("missing")) return "missing";
  if (parts.some((part) => part === "replaced")) return "replaced";
  return parts.length === 0 ? undefined : Object.assign({}, ...parts);
}

function commandOf(act: Act, changed: Partial<ProductTerms>): Command {
  const productId = gala.id;
  const sale = { productId, ownerId: null, email: null, currency: null, channel: "test" };
  switch (act) {
    case "create_product":
      return { verb: act, kind: "event", id: productId, terms: { ...terms, ...changed } };
    case "change_product":
      return { verb: act, productId, terms: changed };
    case "close_product":
    case "reopen_product":
    case "restore_product":
    case "retire_product":
      return { verb: act, productId };
    case "issue":
      return { verb: act, productId, holder: null, code: "200" };
    case "undo":
      return { verb: act, productId, code: ticket.code, reason: "let in by mistake" };
    case "redeem":
    case "revoke":
    case "suspend":
    case "reinstate":
    case "extend":
      return { verb: act, productId, code: ticket.code };
    case "transfer":
      return { verb: act, productId, code: ticket.code, holder: "bea@example.com", newCode: "200" };
    case "renew":
      return { verb: act, productId, code: ticket.code, period: { years: 1 } };
    case "reissue":
      return { verb: act, productId, code: ticket.code, newCode: "200" };
    case "change_entitlement":
      return { verb: act, productId, code: ticket.code };
    case "add_stock": {
      const { balance } = card;
      return { verb: act, productId, numbers: ["200"], secretDigits, balance, batch: "", details: {} };
    }
    case "sell":
      return { verb: act, ...sale, what: { quantity: 1 } };
    case "sell_by_number":
      return { verb: "sell", ...sale, what: { number: ticket.code } };
    case "sell_by_hold":
      return { verb: "sell", ...sale, what: { hold: kept.id, quantity: kept.quantity } };
    case "hold":
      return { verb: act, productId, what: { places: 1, category: adult.key }, reference: "order 2" };
    case "hold_stock":
      return { verb: "hold", productId, what: { stock: 1, ownerId: null }, reference: "order 2" };
    case "release":
      return { verb: act, productId, hold: kept.id };
    case "top_up": {
      const amount = { minor: 500n, currency: "EUR" };
      return { verb: act, productId, ownerId: null, number: ticket.code, amount, description: "" };
    }
    case "void_sale":
      return { verb: act, productId, number: ticket.code, description: "" };
    case "return_card":
      return { verb: act, productId, number: ticket.code, toStock: true, secretDigits, description: "" };
    case "refund_card":
      return { verb: act, productId, number: ticket.code, isKept: false, description: "" };
    case "undo_top_up":
      return { verb: act, productId, number: ticket.code, paymentId: topUp.id, description: "" };
    case "change_stock_terms":
      return { verb: act, productId, price: { amount: euros(1500n), fromMs: nowMs + 1 } };
    case "change_reseller_terms":
      return { verb: act, productId, operatorId: ben.id, login: ben.login, commissionPpm: 100_000 };
    case "state_history":
      return { verb: act, productId, code: ticket.code, redeemedAtMs: nowMs - hourMs };
    case "bind":
      return {
        verb: act,
        productId,
        code: ticket.code,
        device: machineNamed(machines.own),
        register: true,
      };
    case "unbind":
      return { verb: act, productId, code: ticket.code };
    case "rebind": {
      const [from, to] = [machineNamed(machines.third), machineNamed(machines.own)];
      return { verb: act, productId, code: ticket.code, from, to, register: true };
    }
    case "change_edition":
      return { verb: act, productId, name: spring.name, change: "withdraw" };
    case "add_edition":
      return { verb: act, productId, name: "2026-2", publishedAtMs: nowMs, content };
    case "make_packages":
      return { verb: act, productId, editionId: spring.id };
    case "offer_package": {
      const offered = { fromEditionId: null, fileName: "base.zip", bytes: 1, sha256: "52" };
      return { verb: act, productId, editionId: spring.id, offered };
    }
    case "request_edition": {
      const of = { productId, code: ticket.code, customerId: ada.id, editionId: spring.id };
      return { verb: act, ...of, device: systemNamed(boat.name), slot: 0 };
    }
    case "register_device":
      return { verb: act, customerId: ada.id, device: systemNamed(boat.name), fingerprint: "A" };
    case "change_device":
      return { verb: act, customerId: ada.id, device: systemNamed(boat.name), change: "disable" };
    case "request_delivery": {
      const device = systemNamed(boat.name);
      return { verb: act, productId, code: ticket.code, customerId: ada.id, device };
    }
    case "finish_delivery":
      return { verb: act, deliveryId: building.id, code: ticket.code, built, mailTask: "mail_delivery" };
    case "end_delivery":
      return { verb: act, deliveryId: building.id, code: ticket.code };
    case "create_token":
      return { verb: act, operatorId: 1, login: "owner", lifetimeMs: hourMs };
  }
}

const acts = Object.keys(faults) as Act[];
const faultsOf = (act: Act) => Object.entries(faults[act]) as [Refusal, Scene][];

for (const act of acts) {
  test(`${act}: of two reasons to refuse it, the one that stands first in the list is the answer`, () => {
    assert.equal(refusalIn(act, []), undefined, "without a fault it is carried out");
    const all = faultsOf(act);
    for (const [refusal, scene] of all) assert.equal(refusalIn(act, [scene]), refusal, "one fault alone");
    for (const [a, first] of all) {
      for (const [b, second] of all) {
        if (refusals.indexOf(a) >= refusals.indexOf(b)) continue;
        if ([`${a} ${b}`, `${act}: ${a} ${b}`].some((pair) => neverTogether.includes(pair))) continue;
        assert.equal(refusalIn(act, [first, second]), a, `${a} before ${b}`);
        assert.equal(refusalIn(act, [second, first]), a, `${a} before ${b}`);
      }
    }
  });
}

test("all faults of an act at once are answered by the first of them", () => {
  for (const act of acts) {
    const scenes = faultsOf(act);
    const expected = strongest(scenes.map(([refusal]) => refusal));
    assert.equal(refusalIn(act, [...scenes.map(([, scene]) => scene)].reverse()), expected, act);
  }
});

test("a verb declares every refusal that its faults bring about, and no other", () => {
  for (const [name, { refusals: declared }] of Object.entries(verbs)) {
    if (setUpVerbs.some((one) => one === name)) continue;
    const found = acts.filter((act) => act === name || (act.startsWith(`${name}_`) && !(act in verbs)));
    const brought = new Set(found.flatMap((act) => faultsOf(act).map(([refusal]) => refusal)));
    assert.deepEqual([...brought].sort(), [...declared].sort(), name);
  }
});

test("every refusal is either one of a verb or told before any verb is looked at", () => {
  const ofVerbs = new Set(Object.values(verbs).flatMap(({ refusals: declared }): readonly Refusal[] => declared));
  for (const refusal of refusals) {
    assert.ok(ofVerbs.has(refusal) || beforeAnyVerb.includes(refusal), refusal);
  }
  assert.deepEqual(refusals.slice(0, beforeAnyVerb.length), beforeAnyVerb, "who asks comes before what is asked for");
});

test("of several reasons the strongest is the first of the list, of none there is none", () => {
  assert.equal(strongest(["no_longer_valid", "already_redeemed", "entitlement_revoked"]), "entitlement_revoked");
  assert.equal(strongest([...refusals].reverse()), refusals[0]);
  assert.equal(strongest([]), undefined);
});
