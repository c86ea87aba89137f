import { lookup, noun } from "./state.ts";

export const organizationNameLengthMax = 255;

/** Whether this can be the name of an organization: 1 to 255 characters in one line. */
export function isOrganizationName(name: string): boolean {
  return name.trim() === name && name !== "" && name.length <= organizationNameLengthMax && !/\p{Cc}/u.test(name);
}

/** The organization to which the commands belong. */
export interface OrganizationRow {
  readonly name: string;
}

/** The one row of the organization. */
export const organization = noun<"own", OrganizationRow>({ name: "organization", keyOf: () => "own" });

/** A host whose requests belong to an organization. */
export interface OrganizationHost {
  /** As `canonicalHost` makes it. */
  readonly host: string;
  /** Whether it belongs to this organization; otherwise it belongs to another one. */
  readonly isOwn: boolean;
}

/** Hosts of all organizations, by their names. */
export const hosts = noun<string, OrganizationHost>({ name: "host", keyOf: ({ host }) => host });

/** A currency in which the organization sells and is paid. */
export interface Currency {
  readonly code: string;
  /** How many of it make one of the default, in billionths. */
  readonly rate: bigint;
  readonly isDefault: boolean;
}

/** Currencies, by their codes. */
export const currencies = noun<string, Currency>({ name: "currency", keyOf: ({ code }) => code });

/** All currencies of the organization. */
export const allCurrencies = lookup<"all", Currency>({
  name: "all_currencies",
  noun: currencies,
  entriesOf: () => ["all"],
  entryFor: () => "all",
});
