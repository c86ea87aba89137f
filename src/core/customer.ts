import { noun } from "./state.ts";

/** Who holds entitlements. */
export interface Customer {
  readonly id: number;
  /** The text by which the customer was first named: an e-mail address or any other identifier. */
  readonly name: string;
  /** The reseller whose customer it is; `null` for the house. */
  readonly ownerId: number | null;
  /** How the customer is addressed; empty when nobody said. */
  readonly displayName: string;
}

export const customerNameLengthMax = 320;

/**
 * What makes two names the same customer: e-mail addresses compare without regard to case, any other text to the
 * letter; blanks around it never count, nor does whether an accent is written as a sign of its own (Unicode's NFC).
 */
export function customerIdentity(name: string): string {
  const trimmed = name.trim();
  return (trimmed.includes("@") ? trimmed.toLowerCase() : trimmed).normalize("NFC");
}

/** Customers, by `customerIdentity`. */
export const customers = noun<string, Customer>({ name: "customer", keyOf: ({ name }) => customerIdentity(name) });

/** The password with which a customer logs in. */
export interface CustomerPassword {
  readonly customerId: number;
  /** `null` for a customer who cannot log in. */
  readonly passwordHash: string | null;
}

/** Passwords, by the number of the customer. They are only ever put: with them the customer's login keys change. */
export const customerPasswords = noun<number, CustomerPassword>({
  name: "customer_password",
  keyOf: ({ customerId }) => customerId,
});
