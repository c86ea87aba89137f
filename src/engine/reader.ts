import type { Action } from "../core/action.ts";
import type { Binding } from "../core/binding.ts";
import type { StockedCard } from "../core/card.ts";
import type { Customer } from "../core/customer.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Device, DeviceKind } from "../core/device.ts";
import type { Edition } from "../core/edition.ts";
import type { Entitlement, Redemption } from "../core/entitlement.ts";
import type { NewToken, Operator } from "../core/operator.ts";
import type { PhoneDevice } from "../core/phone-device.ts";
import type { OpenableProduct, Product, ProductKind } from "../core/product.ts";
import type { Refusal } from "../core/refusal.ts";
import type { Rates } from "../core/state.ts";

/**
 * Everything that can be asked without changing anything. Point look-ups that arrive together are answered together.
 * Lists come in pages, as an iterable that holds no connection and no transaction between two pages, so that a slow
 * client costs nothing; each page is up to date when it is read, and no row comes twice or is passed over.
 *
 * Every function rejects with `StoreUnavailable` when the store cannot be reached or does not answer in time.
 */
export interface Reader {
  /**
   * The number of the organization that has this host, which `canonicalHost` made; `undefined` for a host of nobody's.
   */
  organizationIdOf(host: string): Promise<number | undefined>;
  organizationById(organizationId: number): Promise<Organization | undefined>;
  /** All organizations, in the order of their numbers. */
  organizations(): AsyncIterable<readonly ListedOrganization[]>;

  operatorByLogin(organizationId: number, login: string): Promise<KnownOperator | undefined>;
  /**
   * By the token in clear, also one that has expired. Revoked tokens are unknown, and so are those of disabled
   * operators.
   */
  operatorByToken(organizationId: number, token: string): Promise<KnownToken | undefined>;

  /** An access key that at least one product lists, retired ones included. */
  accessKey(organizationId: number, key: string): Promise<AccessKey | undefined>;
  /** Every access key that a live product lists, with those products, in the order of keys and product numbers. */
  accessKeys(organizationId: number, kind: ProductKind): Promise<readonly ListedAccessKey[]>;

  product(organizationId: number, id: number): Promise<OpenableProduct | undefined>;
  /** The oldest live product of this kind with this name, to the letter. */
  productNamed(organizationId: number, kind: ProductKind, name: string): Promise<Product | undefined>;
  /** Live products, ascending by number; of those that this access key opens, if one is given. */
  products(organizationId: number, filter: ProductFilter): AsyncIterable<readonly Product[]>;

  entitlement(organizationId: number, code: string): Promise<Entitlement | undefined>;
  /** Entitlements of a product in the numeric order of their codes; without what is in stock. */
  entitlements(organizationId: number, filter: EntitlementFilter): AsyncIterable<readonly Entitlement[]>;

  /** The card with this number; `undefined` for an entitlement that is no card. */
  card(organizationId: number, number: string): Promise<StockedCard | undefined>;
  /** Cards of live card groups, group by group in the order of their numbers, the lowest number first in each. */
  cards(organizationId: number, filter: CardFilter): AsyncIterable<readonly StockedCard[]>;
  /** The organization's currencies; `undefined` when it has none. */
  rates(organizationId: number): Promise<Rates | undefined>;
  /** A sale with what was sold, for the mail to its buyer. */
  sale(organizationId: number, saleId: number): Promise<SoldCards | undefined>;

  customer(organizationId: number, id: number): Promise<Customer | undefined>;
  /** By name; for whoever logs in. */
  customerByName(organizationId: number, name: string): Promise<KnownCustomer | undefined>;
  /** A customer's devices of a kind, in the order of their names. */
  devices(organizationId: number, customerId: number, kind: DeviceKind): Promise<readonly Device[]>;
  /** The customer's device that is this machine. */
  deviceOf(organizationId: number, customerId: number, fingerprint: string): Promise<Device | undefined>;
  phoneDevice(organizationId: number, id: number): Promise<PhoneDevice | undefined>;
  /** The phones of a customer, ascending by number. */
  phoneDevices(organizationId: number, filter: PhoneDeviceFilter): AsyncIterable<readonly PhoneDevice[]>;
  /** An entitlement with the devices that hold it. */
  heldEntitlement(organizationId: number, code: string): Promise<HeldEntitlement | undefined>;
  /** Entitlements by their numbers, in their order; without what was revoked. */
  issued(organizationId: number, ids: readonly number[]): Promise<readonly IssuedEntitlement[]>;
  /** What a customer holds, oldest first, revoked ones included; nothing for a customer who is unknown. */
  heldEntitlements(organizationId: number, filter: HolderFilter): AsyncIterable<readonly HeldEntitlement[]>;

  /** The editions of a product, the one that was published first goes first. */
  editions(organizationId: number, productId: number): Promise<readonly Edition[]>;
  /** The content that a customer holds, oldest first, without what was revoked, and what was delivered of it. */
  contents(organizationId: number, customerId: number): Promise<readonly HeldContent[]>;
  /** One delivery with all that it is about, whatever became of it. */
  delivery(organizationId: number, deliveryId: number): Promise<DeliveryDetails | undefined>;

  /** Lines of the log about what was done, ascending. */
  actions(organizationId: number, filter: ActionFilter): AsyncIterable<readonly Action[]>;
  /** Lines of the log with those that tell of a refusal, or these alone; the newest first. */
  log(organizationId: number, filter?: LogFilter): AsyncIterable<readonly Action[]>;
  /** Lines of the log about a customer's devices and about what the customer holds, ascending. */
  customerActions(organizationId: number, customerId: number): AsyncIterable<readonly CustomerAction[]>;
  /** The number of the last line that tells of a change to one of these products; `null` when there is none. */
  lastChange(organizationId: number, productIds: readonly number[]): Promise<number | null>;

  /** Redemptions that were refused although somebody may have been let in, in the order in which they became known. */
  conflicts(organizationId: number, productId: number): AsyncIterable<readonly KnownConflict[]>;
}

export interface Organization {
  readonly id: number;
  readonly name: string;
  /**
   * By name; each dialect validates its own. One that cannot be read, such as a secret that was sealed with a key that
   * is lost, is absent.
   */
  readonly settings: ReadonlyMap<string, unknown>;
}

export interface ListedOrganization extends Organization {
  /** The hosts that lead to it, in alphabetical order. */
  readonly hosts: readonly string[];
}

export interface KnownOperator extends Operator {
  readonly passwordHash: string;
  /** The operator's own, by name; a secret one in clear. One that cannot be read is absent. */
  readonly settings: ReadonlyMap<string, unknown>;
}

/** A token, and the operator for whom it stands. */
export interface KnownToken extends Pick<NewToken, "expiresAtMs"> {
  readonly operator: Operator;
}

export interface AccessKey {
  readonly id: number;
  readonly productIds: ReadonlySet<number>;
}

export interface ListedAccessKey {
  readonly key: string;
  readonly products: readonly { readonly id: number; readonly name: string }[];
}

export interface ProductFilter {
  readonly kind: ProductKind;
  readonly accessKeyId?: number;
  /** Whose; see `ownerScope`. Absent: anybody's. */
  readonly ownerId?: number | null;
}

/** An entitlement with what it is of and the devices that hold it, in the order of their slots. */
export interface IssuedEntitlement {
  readonly product: Pick<Product, "id" | "name" | "slots">;
  readonly entitlement: Entitlement;
}

export interface HeldEntitlement {
  readonly product: Pick<Product, "id" | "kind" | "name">;
  readonly entitlement: Entitlement;
  readonly bindings: readonly Binding[];
}

/** A customer who may log in. */
export interface KnownCustomer extends Customer {
  /** `null` for one who has no password. */
  readonly passwordHash: string | null;
  /**
   * What a client presents instead of the password once it has logged in: 32 hex digits that change with the password.
   * The first is given out, the others are of older secret keys; none without a password.
   */
  readonly loginKeys: readonly string[];
}

/** An entitlement to content with the edition that is current. */
export interface HeldContent {
  readonly product: Pick<Product, "id" | "name" | "slots" | "startsAtMs" | "endsAtMs" | "retiredAtMs">;
  readonly entitlement: Entitlement;
  /** `null` as long as the product has no edition. */
  readonly edition: Edition | null;
  /** In the order of slots. */
  readonly bindings: readonly ContentBinding[];
}

/** A device that holds content, and the last delivery that was requested for it; `null` when none ever was. */
export interface ContentBinding extends Binding {
  readonly latest: { readonly delivery: Delivery; readonly editionName: string } | null;
}

/** A delivery with all that it is about. */
export interface DeliveryDetails {
  readonly delivery: Delivery;
  readonly product: Pick<Product, "id" | "kind" | "name">;
  readonly edition: Edition;
  readonly entitlement: Entitlement;
  readonly device: Device;
  /** Keyed hash of the machine's fingerprint in hex; `null` while no machine is known. */
  readonly fingerprintHash: string | null;
}

/** What numbers one delivery among those of all organizations. */
export interface DeliveryNumbers {
  readonly organizationId: number;
  readonly deliveryId: number;
}

/** A delivery that has had its time. */
export interface DeliveryName extends DeliveryNumbers {
  /** That of the entitlement. */
  readonly code: string;
  readonly hasEnded: boolean;
}

/** A delivery that can be downloaded, with what its file must be. */
export interface OfferedDelivery extends DeliveryNumbers {
  /** That of the entitlement. */
  readonly code: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly readyAtMs: number;
}

export interface HolderFilter {
  /** Only entitlements of products of this kind. */
  readonly kind: ProductKind;
  /** The customer's name, compared by `customerIdentity`. */
  readonly holder: string;
}

export interface EntitlementFilter {
  readonly productId: number;
  /** Leaves out what was revoked. */
  readonly unrevokedOnly?: boolean;
  readonly codes?: CodeRange;
}

/** Which cards; what is absent does not matter. */
export interface CardFilter {
  /** Whose; see `ownerScope`. */
  readonly ownerId: number | null;
  readonly number?: string;
  readonly name?: string;
  readonly pin?: string;
  readonly batch?: string;
  readonly callerId?: string;
  readonly language?: string;
  readonly distributorId?: number;
  readonly sold?: boolean;
}

export interface PhoneDeviceFilter {
  readonly customerId: number;
  readonly visibleOnly: boolean;
}

export interface SoldCards {
  readonly saleId: number;
  readonly email: string | null;
  readonly organizationName: string;
  readonly productName: string;
  readonly soldAtMs: number;
  /** `null` as long as the mail was not sent. */
  readonly mailedAtMs: number | null;
  readonly cards: readonly SoldCard[];
}

export interface SoldCard {
  readonly number: string;
  /** Empty when the product has no pins. */
  readonly pin: string;
  /** A plain decimal. */
  readonly balance: string;
  readonly currency: string;
}

/** Codes from `first` to `last` as numbers, both included; no `last` means no upper end. */
export interface CodeRange {
  readonly first: bigint;
  readonly last?: bigint;
}

/** Which lines of the log; what is absent does not matter. */
export interface LogFilter {
  readonly productId?: number;
  /** Only lines that tell why something was not done. */
  readonly refusedOnly?: boolean;
}

export interface ActionFilter {
  readonly productId: number;
  /** Lines about the product itself, or about its entitlements. */
  readonly about: "product" | "entitlements";
  readonly codes?: CodeRange;
  /** Only lines above this number. */
  readonly since?: number;
}

/** What was done with a customer's device, or with what the customer holds. */
export interface CustomerAction extends Pick<Action, "id" | "kind" | "code" | "occurredAtMs" | "address"> {
  /** `null` for what is about no device. */
  readonly deviceName: string | null;
}

export interface KnownConflict {
  readonly id: number;
  readonly code: string;
  /** `null` when no redemption of the entitlement counted. */
  readonly kept: KnownRedemption | null;
  readonly lost: KnownRedemption;
  /** Why the one that was reported last was refused. */
  readonly refusal: Refusal;
  readonly recordedAtMs: number;
}

export interface KnownRedemption extends Pick<Redemption, "atMs" | "operatorId" | "address"> {
  /** In clear; `null` when none was presented. */
  readonly accessKey: string | null;
}
