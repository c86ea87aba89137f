import type { Binding } from "../core/binding.ts";
import type { Entitlement, EntitlementState, ReplacedCode } from "../core/entitlement.ts";
import type { Product, ProductKind } from "../core/product.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Entitlements, with their products and the devices that hold them. */
export interface EntitlementQueries {
  byCode(organizationId: number, code: string): Promise<Entitlement | undefined>;
  /** With the owner of its product. */
  findById(organizationId: number, id: number): Promise<FoundEntitlement | undefined>;
  /** The entitlement that had this code before it got another. With the owner of its product. */
  findReplaced(organizationId: number, code: string): Promise<FoundEntitlement | undefined>;
  /** With the owner of its product. */
  findByCode(organizationId: number, code: string): Promise<FoundEntitlement | undefined>;
  /**
   * What fits the filter, stock and revoked ones too, in the order of the ids. Of a product in the numeric order of the
   * codes, without the stock. `descending` turns the order around.
   */
  filtered(
    organizationId: number,
    filter: ReachFilter & EntitlementTerms & { readonly order: "id" | "code"; readonly descending: boolean },
    page: PageRequest<Entitlement>,
  ): Promise<Page<Entitlement>>;
  /**
   * What fits the filter and begins like this text: the code, the reference, or the holder's name or mail address if
   * names may be looked at. First come the codes, then the references, then the names, each in alphabetical order. The
   * case of letters does not matter, and in codes neither do dashes and blanks.
   */
  search(
    organizationId: number,
    filter: ReachFilter & EntitlementTerms & { readonly text: string; readonly seesNames: boolean },
    page: PageRequest<Entitlement>,
  ): Promise<Page<Entitlement>>;
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
  /** Entitlements that were sold, of products of a kind; ascending by number, with revoked ones, without the stock. */
  ofKind(
    organizationId: number,
    filter: KindFilter,
    page: PageRequest<SoldEntitlement>,
  ): Promise<Page<SoldEntitlement>>;
  /** The entitlements of a customer, oldest first, revoked ones included; none for an unknown customer. */
  heldBy(
    organizationId: number,
    filter: HolderFilter,
    page: PageRequest<HeldEntitlement>,
  ): Promise<Page<HeldEntitlement>>;
}

/** An entitlement, and the owner of its product; `null` for the house. */
export interface FoundEntitlement {
  readonly entitlement: Entitlement;
  readonly ownerId: number | null;
}

/** Only what a principal sees; see `ownerScope` and `Reach`. A list that is `null` leaves nothing out. */
export interface ReachFilter {
  readonly ownerId: number | null;
  readonly productIds: readonly number[] | null;
  readonly categories: readonly string[] | null;
}

/** The states of an entitlement, as `stateOf` of `core/entitlement.ts` tells them. An absent member leaves none out. */
export interface EntitlementTerms {
  readonly productId?: number;
  readonly category?: string;
  readonly state?: EntitlementState;
  readonly customerId?: number;
  readonly reference?: string;
  /** Whether it was ever used. */
  readonly redeemed?: boolean;
  readonly inside?: boolean;
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

/** The same, with all that tells its slots and the days on which it begins and ends. */
export interface SoldEntitlement extends HeldEntitlement {
  readonly product: Pick<Product, "id" | "kind" | "name" | "slots" | "timeZone">;
}

/** An absent member leaves no entitlement out. */
export interface KindFilter {
  readonly kind: ProductKind;
  readonly customerId?: number;
  readonly productId?: number;
  /** The beginning of the code. */
  readonly codeStart?: string;
  /** A part of the code, of the name of the product, or of the name of the customer, in any case of letters. */
  readonly text?: string;
}

export interface HolderFilter {
  /** Only entitlements of products of this kind. */
  readonly kind: ProductKind;
  /** The customer's name, compared by `customerIdentity`. */
  readonly holder: string;
}
