import type { Customer } from "../core/customer.ts";
import type { Metadata } from "../core/metadata.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Customers. */
export interface CustomerQueries {
  byId(organizationId: number, id: number): Promise<Customer | undefined>;
  /** With what the integrator keeps of the customer. */
  findById(organizationId: number, id: number): Promise<FoundCustomer | undefined>;
  /**
   * Customers of this owner, see `ownerScope`, whose name or mail address, or the name by which they are addressed, or
   * the last word of that begins like this text; in alphabetical order. The case of letters does not matter.
   */
  search(
    organizationId: number,
    filter: { readonly ownerId: number | null; readonly text: string },
    page: PageRequest<Customer>,
  ): Promise<Page<Customer>>;
  /** By the name, compared by `customerIdentity`, with password hash and login keys. */
  byName(organizationId: number, name: string): Promise<KnownCustomer | undefined>;
  /** Customers, ascending by number. */
  list(
    organizationId: number,
    filter: CustomerFilter,
    page: PageRequest<ListedCustomer>,
  ): Promise<Page<ListedCustomer>>;
}

export interface CustomerFilter {
  /** Only customers with this text in their name or form of address, in any case of letters. */
  readonly text?: string;
  /** The owner; see `ownerScope`. Absent: any owner. */
  readonly ownerId?: number | null;
}

export interface ListedCustomer extends Customer {
  readonly hasPassword: boolean;
  readonly createdAtMs: number;
}

export interface FoundCustomer extends Customer {
  /** What the integrator keeps of the customer; `null` when there is nothing. */
  readonly metadata: Metadata | null;
}

/** A customer with the means to log in. */
export interface KnownCustomer extends FoundCustomer {
  /** `null` for a customer without a password. */
  readonly passwordHash: string | null;
  /**
   * A client presents a login key instead of the password once it has logged in: 32 hex digits that change with the
   * password. The first is given out, the others belong to older secret keys. Empty without a password.
   */
  readonly loginKeys: readonly string[];
}
