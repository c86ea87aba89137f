import type { Binding } from "../core/binding.ts";
import type { Entitlement, ReplacedCode } from "../core/entitlement.ts";
import type { Product, ProductKind } from "../core/product.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Entitlements, with their products and the devices that hold them. */
export interface EntitlementQueries {
  byCode(organizationId: number, code: string): Promise<Entitlement | undefined>;
  /** The entitlements with this reference, oldest first, revoked ones included. */
  byReference(organizationId: number, reference: string, page: PageRequest<Entitlement>): Promise<Page<Entitlement>>;
  /** The codes that the entitlement with this number had before, the oldest first. */
  replacedCodes(organizationId: number, entitlementId: number): Promise<readonly ReplacedCode[]>;
  /** The entitlement that had this code before, and has another one now. */
  byReplacedCode(organizationId: number, code: string): Promise<Entitlement | undefined>;
  /** Entitlements of a product in the numeric order of their codes, without the stock. */
  list(organizationId: number, filter: EntitlementFilter, page: PageRequest<Entitlement>): Promise<Page<Entitlement>>;
  /** Entitlements with these numbers, ascending, without revoked ones. */
  issued(organizationId: number, ids: readonly number[]): Promise<readonly IssuedEntitlement[]>;
  /** An entitlement with the devices that hold it. */
  heldByCode(organizationId: number, code: string): Promise<HeldEntitlement | undefined>;
  /** The entitlements of a customer, oldest first, revoked ones included; none for an unknown customer. */
  heldBy(
    organizationId: number,
    filter: HolderFilter,
    page: PageRequest<HeldEntitlement>,
  ): Promise<Page<HeldEntitlement>>;
}

export interface EntitlementFilter {
  readonly productId: number;
  /** Leaves out revoked and suspended ones. */
  readonly inForceOnly?: boolean;
  readonly codes?: CodeRange;
}

/** Codes from `first` to `last` as numbers, both included; no `last` means no upper end. */
export interface CodeRange {
  readonly first: bigint;
  readonly last?: bigint;
}

export interface IssuedEntitlement {
  readonly product: Pick<Product, "id" | "name" | "slots">;
  readonly entitlement: Entitlement;
}

/** An entitlement with the devices that hold it, in the order of their slots. */
export interface HeldEntitlement {
  readonly product: Pick<Product, "id" | "kind" | "name">;
  readonly entitlement: Entitlement;
  readonly bindings: readonly Binding[];
}

export interface HolderFilter {
  /** Only entitlements of products of this kind. */
  readonly kind: ProductKind;
  /** The customer's name, compared by `customerIdentity`. */
  readonly holder: string;
}
