import { entitlements } from "./entitlement.ts";
import type { Metadata } from "./metadata.ts";
import { lookup, noun, type State } from "./state.ts";

/**
 * The name of a customer's device. The dialect to which the kind belongs makes it, since each kind has its own form.
 */
export interface DeviceName {
  /** One word of a protocol, such as `machine` or `system`. */
  readonly kind: string;
  readonly name: string;
  /**
   * Unique among the devices of one customer and kind. `null` for a text that cannot name a device of this kind: such a
   * name finds no device and is given to none.
   */
  readonly identity: string | null;
}

/** A kind of devices. The dialect to which it belongs says how they are named. */
export interface DeviceKind {
  readonly kind: string;
  named(name: string): DeviceName;
}

const deviceNameLengthMax = 255;

/** Names a device of one of these kinds, or of another kind: there a name is any text without blanks around it. */
export function nameDevice(kinds: readonly DeviceKind[], kind: string, name: string): DeviceName {
  const known = kinds.find((one) => one.kind === kind);
  if (known !== undefined) return known.named(name);
  const trimmed = name.trim().normalize("NFC");
  const isFit = trimmed !== "" && trimmed.length <= deviceNameLengthMax;
  return { kind, name: trimmed, identity: isFit ? trimmed : null };
}

/** A machine or a phone that can hold entitlements for its customer. */
export interface Device extends DeviceName {
  readonly id: number;
  /** `null` when its entitlements were sold to nobody in particular. */
  readonly customerId: number | null;
  readonly registeredAtMs: number;
  /**
   * A digest that identifies the machine behind the name; `null` when no machine is known. The database has a keyed
   * hash of it only. So it is loaded only when a command names the same fingerprint; otherwise it is {@link
   * otherFingerprint}.
   */
  readonly fingerprint: string | null;
  /** Set while the device may get no further entitlements. */
  readonly disabledAtMs: number | null;
}

/** Stands for a known fingerprint that no command of the batch named. */
export const otherFingerprint = "other";

/** A device, among those of one customer. */
export type DeviceIdentity = Pick<DeviceName, "kind" | "identity">;

/** A device of the customer who holds the entitlement with this code. */
export interface HoldersDevice extends DeviceIdentity {
  readonly code: string;
}

/** A device of a customer; `null` for nobody in particular. */
export interface CustomersDevice extends DeviceIdentity {
  readonly customerId: number | null;
}

/** The device of a customer that is this machine. */
export interface Machine {
  readonly customerId: number;
  readonly kind: string;
  readonly fingerprint: string;
}

export function isMachine(device: CustomersDevice | Machine): device is Machine {
  return "fingerprint" in device;
}

/** The key of a device among the devices of the organization. */
export function deviceKey({ customerId, kind, identity }: CustomersDevice): string {
  return `${customerId ?? ""} ${kind} ${identity}`;
}

/** Devices, by `deviceKey`. */
export const devices = noun<string, Device>({ name: "device", keyOf: deviceKey });

/** What the integrator keeps of a device. */
export interface DeviceMetadata {
  readonly deviceId: number;
  /** `null` when there is none. */
  readonly metadata: Metadata | null;
}

/** Metadata, by the number of the device. They are only ever put. */
export const deviceMetadata = noun<number, DeviceMetadata>({
  name: "device_metadata",
  keyOf: ({ deviceId }) => deviceId,
});

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
  entryFor({ code, kind, identity }, state) {
    const entitlement = state.get(entitlements, code);
    return entitlement && deviceKey({ customerId: entitlement.customer?.id ?? null, kind, identity });
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
