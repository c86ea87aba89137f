import type { Metadata } from "./metadata.ts";
import { lookup, noun } from "./state.ts";

/** A person who holds entitlements. */
export interface Customer {
  readonly id: number;
  /** The text by which the customer was first named: an e-mail address or any other identifier. */
  readonly name: string;
  /** The reseller to whom the customer belongs; `null` for the house. */
  readonly ownerId: number | null;
  /** The name by which the customer is addressed; empty when unknown. */
  readonly displayName: string;
}

export const customerNameLengthMax = 320;

/**
 * Two names with the same identity name the same customer. E-mail addresses ignore case; other names do not. Blanks
 * around a name do not count. Accents are composed (Unicode's NFC).
 */
export function customerIdentity(name: string): string {
  const trimmed = name.trim();
  return (trimmed.includes("@") ? trimmed.toLowerCase() : trimmed).normalize("NFC");
}

/** Customers, by `customerIdentity`. */
export const customers = noun<string, Customer>({ name: "customer", keyOf: ({ name }) => customerIdentity(name) });

/** The customer with this number. */
export const customersNumbered = lookup<number, Customer>({
  name: "customer_numbered",
  noun: customers,
  entriesOf: ({ id }) => [id],
  entryFor: (id) => id,
});

/** The name and the owner of a customer. */
export interface CustomerTerms extends Pick<Customer, "name" | "ownerId"> {
  readonly customerId: number;
}

/** Names and owners that change, by the number of the customer, which is locked. They are only ever put. */
export const customerTerms = noun<number, CustomerTerms>({
  name: "customer_terms",
  keyOf: ({ customerId }) => customerId,
});

/** The password with which a customer logs in. */
export interface CustomerPassword {
  readonly customerId: number;
  /** `null` for a customer who cannot log in. */
  readonly passwordHash: string | null;
}

/** Passwords, by the number of the customer. They are only ever put. A new password changes the login keys. */
export const customerPasswords = noun<number, CustomerPassword>({
  name: "customer_password",
  keyOf: ({ customerId }) => customerId,
});

/** What the integrator keeps of a customer. */
export interface CustomerMetadata {
  readonly customerId: number;
  /** `null` when there is none. */
  readonly metadata: Metadata | null;
}

/** Metadata, by the number of the customer. They are only ever put. */
export const customerMetadata = noun<number, CustomerMetadata>({
  name: "customer_metadata",
  keyOf: ({ customerId }) => customerId,
});
