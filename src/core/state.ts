import type { ActionDraft } from "./action.ts";
import type { Binding } from "./binding.ts";
import type { Card } from "./card.ts";
import type { Outcome, Verb } from "./command.ts";
import type { Customer } from "./customer.ts";
import type { Delivery } from "./delivery.ts";
import type { Device, DeviceKind, DeviceName } from "./device.ts";
import type { Edition } from "./edition.ts";
import type { Conflict, Entitlement } from "./entitlement.ts";
import type { JobDraft } from "./job.ts";
import type { NewToken } from "./operator.ts";
import type { Principal } from "./principal.ts";
import type { Product } from "./product.ts";
import type { Payment, Sale } from "./sale.ts";

/** What a decision may look at: the rows that its command named, as the commands before it left them. */
export interface State {
  product(id: number): Product | undefined;
  /** Conflicts of the entitlement in which there is a scan that a command asked about; others may be among them. */
  conflicts(entitlementId: number): readonly Conflict[];
  /** The access keys that open the product; loaded only for commands that named it with its keys. */
  accessKeys(productId: number): readonly string[];
  /** By its code, whatever product it is of. */
  entitlement(code: string): Entitlement | undefined;
  /** By `customerIdentity`. */
  customer(identity: string): Customer | undefined;
  /** What the entitlement of this code has as a card; loaded only for commands that named it as one. */
  card(code: string): Card | undefined;
  /** Up to so many of a product that are in stock, the lowest number first. */
  stock(productId: number, count: number): readonly Entitlement[];
  /** The organization's currencies; loaded only for commands that asked for them. */
  rates(): Rates | undefined;
  /** Whether a pin is in use; loaded only for pins that were drawn for the command. */
  isSecretTaken(secret: string): boolean;
  /** How many pins of this length are in use. */
  secretsUsed(digits: number): bigint;
  /** In the order of their slots; loaded only for commands that named the entitlement with its bindings. */
  bindings(entitlementId: number): readonly Binding[];
  /** A device of this customer, `null` for nobody in particular. */
  device(customerId: number | null, kind: DeviceKind, name: string): Device | undefined;
  /** The device of this customer that is this machine; loaded only for commands that named both. */
  deviceOf(customerId: number, kind: DeviceKind, fingerprint: string): Device | undefined;
  /** Whether a device holds an entitlement; known only of a machine by which a command asked for a device. */
  isHolding(deviceId: number): boolean;
  /** An edition by its name; loaded only for commands that named the product with its editions. */
  edition(productId: number, name: string): Edition | undefined;
  /** The product's edition that was published last; of several of one day, the one that was added last. */
  currentEdition(productId: number): Edition | undefined;
  /** Those that have not ended; loaded only for commands that named the entitlement with its deliveries. */
  deliveries(entitlementId: number): readonly Delivery[];
}

/** Currencies of an organization: how many of each make one of the default, in billionths. */
export interface Rates {
  readonly byDefault: string;
  readonly rate: ReadonlyMap<string, bigint>;
}

/** Which rows a command names: they are locked and loaded before it is decided. */
export interface Needs {
  /** Products whose row is locked, since the command may change it. */
  readonly products?: readonly number[];
  /** Products that are only looked at. */
  readonly productsRead?: readonly number[];
  readonly accessKeysOf?: readonly number[];
  readonly codes?: readonly string[];
  /** Customers, by `customerIdentity`. */
  readonly customers?: readonly string[];
  /** Codes that are named as cards, with pin and balance; they are locked like `codes`. */
  readonly cards?: readonly string[];
  /** How many to take from a product's stock, the lowest number first. Its product must be locked too. */
  readonly stock?: { readonly productId: number; readonly count: number };
  readonly rates?: boolean;
  /** Pins that were drawn, and their length: whether they are in use, and how many are. */
  readonly secrets?: { readonly digits: number; readonly drawn: readonly string[] };
  /** Scans of which it is asked whether they are in a conflict; their codes are among `codes`. */
  readonly scans?: readonly ReportedScan[];
  /** Codes of which the bindings are looked at. */
  readonly bindingsOf?: readonly string[];
  /** Devices of whoever holds a code, or of a customer; their rows are locked. */
  readonly devices?: readonly (HoldersDevice | CustomersDevice)[];
  /** Products of which the editions are looked at. */
  readonly editionsOf?: readonly number[];
  /** Codes of which the deliveries are looked at, and their rows locked; they are among `codes`. */
  readonly deliveriesOf?: readonly string[];
  /** Devices whose deliveries may end, so that their rows are locked; they are among `devices`. */
  readonly deliveriesOn?: readonly CustomersDevice[];
  /** How many unused numbers the command may take. */
  readonly fresh?: Partial<FreshCounts>;
}

/** A scan of a code that was made offline, in the second in which it was made. */
export interface ReportedScan {
  readonly code: string;
  readonly secondMs: number;
}

/** A device of whoever holds the code. */
export interface HoldersDevice extends DeviceName {
  readonly code: string;
}

/** A device of a customer, and the device of that customer that is this machine, with what it holds. */
export interface CustomersDevice extends DeviceName {
  readonly customerId: number;
  readonly fingerprint?: string;
}

/** How many unused numbers of each noun. */
export interface FreshCounts {
  readonly products: number;
  readonly entitlements: number;
  readonly customers: number;
  readonly sales: number;
  readonly payments: number;
  readonly devices: number;
  readonly editions: number;
  readonly deliveries: number;
}

/** What decisions are given because they may not make it themselves: the time, the principal, unused numbers and codes. */
export interface Circumstances {
  readonly nowMs: number;
  readonly principal: Principal;
  readonly address: string | null;
  readonly fresh: Fresh;
}

/** Numbers that nothing has yet, as many as the command's needs say, and codes in the pattern that it asked for. */
export interface Fresh {
  readonly products: readonly number[];
  readonly entitlements: readonly number[];
  readonly customers: readonly number[];
  readonly sales: readonly number[];
  readonly payments: readonly number[];
  readonly devices: readonly number[];
  readonly editions: readonly number[];
  readonly deliveries: readonly number[];
  /** Random; those that are free are taken, in this order. */
  readonly codes: readonly string[];
}

/** One change to the state. */
export type Change =
  | { readonly change: "put_product"; readonly product: Product }
  | { readonly change: "delete_product"; readonly productId: number }
  | { readonly change: "put_access_keys"; readonly productId: number; readonly keys: readonly string[] }
  | { readonly change: "put_entitlement"; readonly entitlement: Entitlement }
  | { readonly change: "put_customer"; readonly customer: Customer }
  | { readonly change: "add_conflict"; readonly conflict: Conflict }
  | { readonly change: "put_card"; readonly entitlementId: number; readonly code: string; readonly card: Card }
  | { readonly change: "use_secrets"; readonly digits: number; readonly count: number }
  | { readonly change: "add_sale"; readonly sale: Sale; readonly payments: readonly Payment[] }
  | { readonly change: "add_payment"; readonly payment: Payment }
  | { readonly change: "queue_job"; readonly job: JobDraft }
  | { readonly change: "put_device"; readonly device: Device }
  | { readonly change: "add_edition"; readonly edition: Edition }
  | { readonly change: "put_delivery"; readonly delivery: Delivery }
  /** Ends all deliveries of a device that have not ended; the command named them by the device. */
  | { readonly change: "end_deliveries"; readonly deviceId: number; readonly endedAtMs: number }
  /** Replaces all bindings of the entitlement. */
  | { readonly change: "put_bindings"; readonly entitlementId: number; readonly bindings: readonly Binding[] }
  | { readonly change: "add_token"; readonly token: NewToken };

/** What became of a command: its answer, what changes, and what the log will say. */
export interface Decision<V extends Verb = Verb> {
  readonly outcome: Outcome<V>;
  readonly changes: readonly Change[];
  readonly actions: readonly ActionDraft[];
}
