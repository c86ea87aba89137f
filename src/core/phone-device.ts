import { lookup, noun } from "./state.ts";
import { isLongerThan } from "./text.ts";

/** A phone of a customer: a device of the kind `phone` together with its account. */
export interface PhoneDevice {
  readonly id: number;
  readonly customerId: number;
  /** How it connects, in a word of the protocol. */
  readonly type: string;
  /** `null` for a phone of an earlier version that was in no group. */
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

/** The part of a phone that verbs decide on. Its secret and its rank among the customer's phones are rows of their own. */
export type Phone = Omit<PhoneDevice, "isPrimary" | "secret">;

const typeLengthMax = 32;
const textLengthMax = 255;
const portMax = 65_535;

/** `phone_invalid` when a phone cannot have these values and this password; `undefined` when it can. */
export function refusePhone(
  { type, port, username, host, callerId, description }: Omit<Phone, "id" | "customerId" | "groupId" | "isHidden">,
  secret: string,
): "phone_invalid" | undefined {
  const isPlain = (text: string, lengthMax: number) => !isLongerThan(text, lengthMax) && !/\p{Cc}/u.test(text);
  const fits =
    type.trim() !== "" &&
    isPlain(type, typeLengthMax) &&
    [username, host, callerId, description, secret].every((text) => isPlain(text, textLengthMax)) &&
    (port === null || (Number.isInteger(port) && port >= 0 && port <= portMax));
  return fits ? undefined : "phone_invalid";
}

/** Phones, by their numbers. */
export const phones = noun<number, Phone>({ name: "phone", keyOf: ({ id }) => id });

/** At least one phone of a group, if there is any. */
export const anyPhoneIn = lookup<number, Phone>({
  name: "any_phone_in",
  noun: phones,
  entriesOf: ({ groupId }) => (groupId === null ? [] : [groupId]),
  entryFor: (groupId) => groupId,
});

/** The password with which a phone signs in, in clear; empty for none. */
export interface PhoneSecret {
  readonly phoneId: number;
  readonly secret: string;
}

/** Passwords of phones, by the number of the phone. They are only ever put. */
export const phoneSecrets = noun<number, PhoneSecret>({
  name: "phone_secret",
  partOf: { noun: phones, keyOf: ({ phoneId }) => phoneId },
  keyOf: ({ phoneId }) => phoneId,
});

/** The primary phone of a customer. */
export interface PrimaryPhone {
  readonly customerId: number;
  readonly phoneId: number;
}

/** Primary phones, by the number of the customer. They are only ever put. */
export const primaryPhones = noun<number, PrimaryPhone>({
  name: "primary_phone",
  partOf: { noun: phones, keyOf: ({ phoneId }) => phoneId },
  keyOf: ({ customerId }) => customerId,
});

/** Numbers of devices of any kind, which phones share. They are only ever read. */
export const deviceNumbers = noun<number, number>({ name: "device_number", keyOf: (id) => id });

/** A group of a customer's phones, such as those of one branch. */
export interface DeviceGroup {
  readonly id: number;
  readonly customerId: number;
  readonly name: string;
  /** Whether phones get into it for which no group is named. A customer with groups has exactly one such group. */
  readonly isPrimary: boolean;
}

/** Groups of phones, by their numbers. */
export const deviceGroups = noun<number, DeviceGroup>({ name: "device_group", keyOf: ({ id }) => id });

/** The groups of the customer with this number. */
export const deviceGroupsOf = lookup<number, DeviceGroup>({
  name: "device_groups_of",
  noun: deviceGroups,
  entriesOf: ({ customerId }) => [customerId],
  entryFor: (customerId) => customerId,
});

/** The groups of the customer who has the group with this number, that one too. */
export const deviceGroupsBeside = lookup<number, DeviceGroup>({
  name: "device_groups_beside",
  noun: deviceGroups,
  entriesOf: ({ customerId }) => [customerId],
  entryFor: (groupId, state) => state.get(deviceGroups, groupId)?.customerId,
});
