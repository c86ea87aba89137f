import type { Customer } from "../core/customer.ts";
import type { Metadata } from "../core/metadata.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Customers. */
export interface CustomerQueries {
  byId(organizationId: number, id: number): Promise<Customer | undefined>;
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

/** A customer with the means to log in. */
export interface KnownCustomer extends Customer {
  /** `null` for a customer without a password. */
  readonly passwordHash: string | null;
  /** What the integrator keeps of the customer; `null` when there is nothing. */
  readonly metadata: Metadata | null;
  /**
   * A client presents a login key instead of the password once it has logged in: 32 hex digits that change with the
   * password. The first is given out, the others belong to older secret keys. Empty without a password.
   */
  readonly loginKeys: readonly string[];
}
