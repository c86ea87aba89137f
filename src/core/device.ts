import { entitlements } from "./entitlement.ts";
import { lookup, noun, type State } from "./state.ts";
/** What a device is; each kind has its own canonical form of a name. */
export const deviceKinds = ["machine", "phone", "system"] as const;
export type DeviceKind = (typeof deviceKinds)[number];

/**
 * How a customer's device is called: a machine by its MAC address, a phone by the user name with which it connects, a
 * system by the name that its owner gave it, or a dongle by its serial number.
 */
export interface DeviceName {
  readonly kind: DeviceKind;
  /** In canonical form, if its kind has one: see {@link canonicalDeviceName}. */
  readonly name: string;
}

/** What can hold entitlements for its customer. */
export interface Device extends DeviceName {
  readonly id: number;
  /** `null` when what it holds was sold to nobody in particular. */
  readonly customerId: number | null;
  readonly registeredAtMs: number;
  /**
   * What tells the machine behind the name from others, as a digest; `null` when none is known. Kept as a keyed hash:
   * it is given only as far as somebody asks about the same one, and is {@link otherFingerprint} else.
   */
  readonly fingerprint: string | null;
  /** Set while it may hold nothing new. */
  readonly disabledAtMs: number | null;
}

/** Stands for a fingerprint that is known, and is none of those that were asked about. */
export const otherFingerprint = "other";

const separators = /[\s:.-]/g;
const twelveSigns = /^[0-9A-Z]{12}$/;

/**
 * A MAC address as six upper-case pairs joined by hyphens, from any case and with colons, dots, hyphens or blanks at any
 * place; `undefined` when there are not twelve letters and digits. That they are hexadecimal is not asked: documents
 * mask addresses with other letters.
 */
function canonicalMacAddress(text: string): string | undefined {
  const signs = text.replace(separators, "").toUpperCase();
  return twelveSigns.test(signs) ? signs.replace(/..(?!$)/g, "$&-") : undefined;
}

const dongleNameShape = /^sgl[0-9A-F]{8}$/;
const systemNameShape = /^[A-Za-z0-9]{3,15}$/;
const smallNameShape = /^[a-z0-9]+$/;
const likeDongleShape = /^sgl[0-9a-f]{8}$/i;

/** Whether this is the name of a dongle: its serial tells it, and nothing else is called like one. */
export function isDongleName(name: string): boolean {
  return dongleNameShape.test(name);
}

function isSystemName(name: string): boolean {
  if (!systemNameShape.test(name)) return false;
  return isDongleName(name) || smallNameShape.test(name) || !likeDongleShape.test(name);
}

const canonical: Record<DeviceKind, (text: string) => string | undefined> = {
  machine: canonicalMacAddress,
  // A phone is found by its number alone: its name is a user name, which several may share or lack.
  phone: () => undefined,
  system: (text) => (isSystemName(text) ? text : undefined),
};

/** The one spelling of a device's name by which it is kept and found; `undefined` for what cannot be a name. */
export function canonicalDeviceName(kind: DeviceKind, text: string): string | undefined {
  return canonical[kind](text);
}

/** By what a device is told from the others of its customer: of systems no two differ in the case of letters alone. */
export function deviceIdentity({ kind, name }: DeviceName): string {
  return kind === "system" && !isDongleName(name) ? name.toLowerCase() : name;
}

/** A device of whoever holds the entitlement with this code. */
export interface HoldersDevice extends DeviceName {
  readonly code: string;
}

/** A device of a customer; `null` for nobody in particular. */
export interface CustomersDevice extends DeviceName {
  readonly customerId: number | null;
}

/** The device of a customer that is this machine. */
export interface Machine {
  readonly customerId: number;
  readonly kind: DeviceKind;
  readonly fingerprint: string;
}

export function isMachine(device: CustomersDevice | Machine): device is Machine {
  return "fingerprint" in device;
}

/** The key of a device among the devices of the organization. */
export function deviceKey({ customerId, kind, name }: CustomersDevice): string {
  return `${customerId ?? ""} ${kind} ${deviceIdentity({ kind, name })}`;
}

/** Devices, by `deviceKey`. */
export const devices = noun<string, Device>({ name: "device", keyOf: deviceKey });

/** The device of this name. */
export const customersDevice = lookup<CustomersDevice, Device>({
  name: "customers_device",
  noun: devices,
  entriesOf: (device) => [deviceKey(device)],
  entryFor: deviceKey,
  nameOf: deviceKey,
});

/** The device of this name that the holder of an entitlement has. */
export const holdersDevice = lookup<HoldersDevice, Device>({
  name: "holders_device",
  noun: devices,
  entriesOf: (device) => [deviceKey(device)],
  entryFor({ code, kind, name }, state) {
    const entitlement = state.get(entitlements, code);
    return entitlement && deviceKey({ customerId: entitlement.customer?.id ?? null, kind, name });
  },
});

/** The device that is this machine. */
export const machine = lookup<Machine, Device>({
  name: "machine",
  noun: devices,
  entriesOf: ({ customerId, kind, fingerprint }) =>
    customerId === null || fingerprint === null ? [] : [machineKey({ customerId, kind, fingerprint })],
  entryFor: machineKey,
});

function machineKey({ customerId, kind, fingerprint }: Machine): string {
  return `${customerId} ${kind} ${fingerprint}`;
}

/** The device that has this name, or that is this machine. */
export function deviceIn(state: State, named: CustomersDevice | Machine): Device | undefined {
  return (isMachine(named) ? state.find(machine, named) : state.find(customersDevice, named))[0];
}
