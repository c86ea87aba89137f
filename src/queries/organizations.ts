import type { Page, PageRequest } from "./pages.ts";

/** Organizations and their settings. */
export interface OrganizationQueries {
  /**
   * The number of the organization with this host, in the form of `canonicalHost`; `undefined` for a host that belongs
   * to none.
   */
  idOf(host: string): Promise<number | undefined>;
  byId(organizationId: number): Promise<Organization | undefined>;
  /** The hosts of an organization, in alphabetical order. */
  hosts(organizationId: number): Promise<readonly string[]>;
  /** All organizations, in the order of their numbers. */
  list(page: PageRequest<ListedOrganization>): Promise<Page<ListedOrganization>>;
}

export interface Organization {
  readonly id: number;
  readonly name: string;
  /**
   * By name, secret ones in clear. Each dialect validates its own. Unreadable settings are absent, such as a secret
   * that was sealed with a lost key.
   */
  readonly settings: ReadonlyMap<string, unknown>;
}

export interface ListedOrganization extends Organization {
  /** The hosts of the organization, in alphabetical order. */
  readonly hosts: readonly string[];
}
