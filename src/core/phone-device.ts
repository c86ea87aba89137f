import { noun } from "./state.ts";

/** A phone that a customer connects with: a device of the kind `phone` together with its account. */
export interface PhoneDevice {
  readonly id: number;
  readonly customerId: number;
  /** How it connects, in a word of the protocol. */
  readonly type: string;
  readonly groupId: number | null;
  /** The one of its customer's phones that is taken when none is named. */
  readonly isPrimary: boolean;
  /** The name of the device; empty for a phone that does not sign in. */
  readonly username: string;
  /** In clear; kept sealed. Empty when there is none. */
  readonly secret: string;
  /** An address or `dynamic`; empty for a phone that does not register. */
  readonly host: string;
  readonly port: number | null;
  readonly callerId: string;
  readonly description: string;
  /** Blocked, and left out of lists unless asked for. */
  readonly isHidden: boolean;
}

/** Phones, by their numbers. They are only ever added; the store finds the primary group of the customer. */
export const phones = noun<number, PhoneDevice>({ name: "phone", keyOf: ({ id }) => id });
