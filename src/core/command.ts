import type { Entitlement } from "./entitlement.ts";
import type { OpenableProduct, Product, ProductKind, ProductTerms } from "./product.ts";
import type { Refusal } from "./refusal.ts";

/** Everything that can be asked to change, one entry a verb. */
export interface Commands {
  create_product: {
    readonly kind: ProductKind;
    readonly terms: ProductTerms;
    /** A number of the caller's choice, for what is moved over from another server; drawn when absent. */
    readonly id?: number;
  };
  /** Terms that are absent keep their value; access keys, when present, replace the whole list. */
  change_product: { readonly productId: number; readonly terms: Partial<ProductTerms> };
  retire_product: { readonly productId: number };
  issue: {
    readonly productId: number;
    /** Who will hold it; `null` for nobody in particular. */
    readonly holder: string | null;
    /** A code of the caller's choice, or the pattern of one to be drawn at random. */
    readonly code: string | { readonly randomDigits: number };
  };
  redeem: {
    readonly productId: number;
    readonly code: string;
    /** When it was done, for a redemption that was made offline and is reported now. */
    readonly occurredAtMs?: number;
  };
  revoke: { readonly productId: number; readonly code: string };
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
  issue: ProductEntitlement;
  redeem: ProductEntitlement;
  revoke: ProductEntitlement;
}

/** An entitlement with the product it is of. */
export interface ProductEntitlement {
  readonly product: Product;
  readonly entitlement: Entitlement;
}

export interface Refused {
  readonly ok: false;
  readonly refusal: Refusal;
}

export type Outcome<V extends Verb = Verb> = { readonly ok: true; readonly value: Values[V] } | Refused;
