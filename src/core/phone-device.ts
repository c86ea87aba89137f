import { noun } from "./state.ts";

/** A phone of a customer: a device of the kind `phone` together with its account. */
export interface PhoneDevice {
  readonly id: number;
  readonly customerId: number;
  /** How it connects, in a word of the protocol. */
  readonly type: string;
  readonly groupId: number | null;
  /** Whether it is the phone that is used when a command names none. */
  readonly isPrimary: boolean;
  /** The name of the device; empty for a phone that does not sign in. */
  readonly username: string;
  /** In clear here, sealed in the database. Empty when there is none. */
  readonly secret: string;
  /** An address or `dynamic`; empty for a phone that does not register. */
  readonly host: string;
  readonly port: number | null;
  readonly callerId: string;
  readonly description: string;
  /** Blocked, and left out of lists unless asked for. */
  readonly isHidden: boolean;
}

/** Phones, by their numbers. They are only ever added. The store finds the primary group of the customer. */
export const phones = noun<number, PhoneDevice>({ name: "phone", keyOf: ({ id }) => id });
