import type { Binding } from "./binding.ts";
import type { CardDetails, StockedCard } from "./card.ts";
import type { BuiltDelivery, Delivery } from "./delivery.ts";
import type { Device, DeviceName } from "./device.ts";
import type { Edition, EditionContent } from "./edition.ts";
import type { Entitlement } from "./entitlement.ts";
import type { Money } from "./money.ts";
import type { OpenableProduct, Product, ProductKind, ProductTerms, StockTerms } from "./product.ts";
import type { Refusal } from "./refusal.ts";
import type { Payment, Sale } from "./sale.ts";

/** Everything that can be asked to change, one entry a verb. */
export interface Commands {
  create_product: {
    readonly kind: ProductKind;
    readonly terms: ProductTerms;
    /** For a product that is sold from stock. */
    readonly stock?: StockTerms;
    /** How many devices may hold one entitlement of it; none when absent. */
    readonly slots?: number;
    /** A number of the caller's choice, for what is moved over from another server; drawn when absent. */
    readonly id?: number;
  };
  /** Terms that are absent keep their value; access keys, when present, replace the whole list. */
  change_product: ProductNamed & { readonly terms: Partial<ProductTerms> };
  retire_product: ProductNamed;
  issue: ProductNamed & {
    /** Who will hold it; `null` for nobody in particular. */
    readonly holder: string | null;
    /** How the holder is addressed; a later one replaces an earlier one, an empty one does not. */
    readonly holderName?: string;
    /** Whether the holder is mailed what was issued. */
    readonly mailsHolder?: boolean;
    /** A code of the caller's choice, several for as many entitlements, or the pattern of those to be drawn at random. */
    readonly code: string | readonly string[] | CodePattern;
    /** How many at once, all or none; when absent one, or as many as there are codes of the caller's choice. */
    readonly quantity?: number;
    /** When it was sold, for what is moved over from another server; now when absent. */
    readonly issuedAtMs?: number;
    /** Last second in which it is honoured; no bound of its own when absent. */
    readonly expiresAtMs?: number;
  };
  redeem: ProductNamed & {
    readonly code: string;
    /** When it was done, for a redemption that was made offline and is reported now. */
    readonly occurredAtMs?: number;
  };
  revoke: ProductNamed & {
    readonly code: string;
    /** Only what this customer holds: anything else counts as not found. */
    readonly holder?: string;
  };
  add_stock: {
    readonly productId: number;
    /** Those that exist already are passed over. */
    readonly numbers: readonly string[];
    /** Must be the product's own; as many random pins are drawn as there are numbers, and some to spare. */
    readonly secretDigits: number;
    readonly balance: Money;
    readonly batch: string;
    readonly details: CardDetails;
    /** How many of the product may be in stock; any number when absent. */
    readonly stockMax?: number;
  };
  sell: {
    readonly productId: number;
    /** Whose stock the caller may sell from; see `ownerScope`. */
    readonly ownerId: number | null;
    /** So many from stock, the lowest number first, or the one with this number. */
    readonly what: { readonly quantity: number } | { readonly number: string };
    /** Where the codes are mailed to; it becomes their holder. */
    readonly email: string | null;
    /** The currency of the payment; the organization's default one when `null` or unknown. */
    readonly currency: string | null;
    readonly channel: string;
  };
  top_up: {
    /** Whose cards the caller may top up; see `ownerScope`. */
    readonly ownerId: number | null;
    readonly productId: number;
    readonly number: string;
    /** Tax included. */
    readonly amount: Money;
    readonly description: string;
  };
  bind: {
    readonly productId: number;
    readonly code: string;
    readonly device: DeviceName;
    /** Whether a device that the holder does not have yet is added; otherwise it is refused. */
    readonly register: boolean;
    /** Counted from 0; the first free one when absent. */
    readonly slot?: number;
  };
  unbind: {
    readonly productId: number;
    readonly code: string;
    /** Every device that holds it when absent. */
    readonly device?: DeviceName;
  };
  add_edition: ProductNamed & {
    readonly name: string;
    /** Midnight UTC of the day. */
    readonly publishedAtMs: number;
    readonly content: EditionContent;
  };
  /** A customer names a device and shows by which machine it is. */
  register_device: {
    readonly customerId: number;
    readonly device: DeviceName;
    readonly fingerprint: string;
  };
  /** An operator frees a device from its machine, so that another one can take its name, or bars it and lets it in again. */
  change_device: {
    readonly customerId: number;
    readonly device: DeviceName;
    readonly change: "release" | "disable" | "enable";
  };
  /** A device that holds an entitlement wants the current edition of its content. */
  request_delivery: {
    readonly productId: number;
    readonly code: string;
    /** Only what this customer holds: anything else counts as not found. */
    readonly customerId: number;
    readonly device: DeviceName;
    /** Only if it is this slot that the device holds. */
    readonly slot?: number;
  };
  /** The file of a delivery is there. */
  finish_delivery: DeliveryNamed & { readonly built: Omit<BuiltDelivery, "readyAtMs"> };
  /** A delivery is not offered any more; the next one can be requested. */
  end_delivery: DeliveryNamed;
  /** A token that starts with what names the operator and goes on at random. */
  create_token: { readonly operatorId: number; readonly login: string; readonly lifetimeMs: number };
}

/** What a code that is drawn at random looks like: so many digits, or six groups of four letters and digits. */
export type CodePattern = { readonly randomDigits: number } | { readonly random: "license_key" };

/** Whether codes are to be drawn; otherwise the caller chose them. */
export function isPattern(code: CommandOf<"issue">["code"]): code is CodePattern {
  return typeof code === "object" && !Array.isArray(code);
}

/** A delivery that a command is about. */
export interface DeliveryNamed {
  readonly deliveryId: number;
  /** That of the entitlement. */
  readonly code: string;
}

/** The product that a command is about. */
export interface ProductNamed {
  readonly productId: number;
  /** A product of any other kind counts as not found; absent: of any kind. */
  readonly kind?: ProductKind;
}

export type Verb = keyof Commands;

/** One command, told apart by its verb. */
export type Command = { [V in Verb]: { readonly verb: V } & Commands[V] }[Verb];
export type CommandOf<V extends Verb> = Extract<Command, { readonly verb: V }>;

/** What a carried out command answers. Plain data, so that it can be kept and repeated. */
export interface Values {
  create_product: OpenableProduct;
  change_product: OpenableProduct;
  /** `deleted`: nothing was ever issued, so that the product and its log are gone; otherwise it stays, retired. */
  retire_product: { readonly deleted: boolean };
  issue: Issued;
  redeem: ProductEntitlement;
  revoke: ProductEntitlement;
  add_stock: { readonly made: number; readonly skipped: number };
  sell: { readonly sale: Sale; readonly product: Product; readonly cards: readonly StockedCard[] };
  top_up: {
    readonly payment: Payment;
    readonly product: Product;
    readonly before: StockedCard;
    readonly after: StockedCard;
  };
  /** `changed`: it was not held by that device before. */
  bind: BoundEntitlement & { readonly changed: boolean };
  unbind: BoundEntitlement;
  add_edition: { readonly product: Product; readonly edition: Edition };
  register_device: ChangedDevice;
  change_device: ChangedDevice;
  request_delivery: ProductEntitlement & { readonly edition: Edition; readonly delivery: Delivery };
  finish_delivery: Delivery;
  end_delivery: Delivery;
  create_token: { readonly token: string; readonly expiresAtMs: number };
}

/** An entitlement with the product it is of. */
export interface ProductEntitlement {
  readonly product: Product;
  readonly entitlement: Entitlement;
}

/** What was issued: the first, and the others when several were asked for at once. */
export interface Issued extends ProductEntitlement {
  readonly others: readonly Entitlement[];
}

/** An entitlement with the devices that hold it, in the order of their slots. */
export interface BoundEntitlement extends ProductEntitlement {
  readonly bindings: readonly Binding[];
}

export interface ChangedDevice {
  readonly device: Device;
  /** Whether anything is other than before. */
  readonly changed: boolean;
}

export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

export type Outcome<V extends Verb = Verb> = { readonly ok: true; readonly value: Values[V] } | Refused;
