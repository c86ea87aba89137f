import type { Device } from "../core/device.ts";
import type { Metadata } from "../core/metadata.ts";
import type { Page, PageRequest } from "./pages.ts";

/** Devices of customers. */
export interface DeviceQueries {
  /** A customer's devices of a kind, in the order of their names. All at once: a customer has a few. */
  ofCustomer(organizationId: number, customerId: number, kind: string): Promise<readonly Device[]>;
  /** Devices of a kind, in the order in which they were registered. */
  ofKind(organizationId: number, filter: KindOfDevices, page: PageRequest<ListedDevice>): Promise<Page<ListedDevice>>;
  /** The keyed hash of a device's fingerprint in hex; `undefined` while no machine is known. */
  fingerprintHash(organizationId: number, deviceId: number): Promise<string | undefined>;
  /** The customer's device that is this machine. */
  byFingerprint(organizationId: number, customerId: number, fingerprint: string): Promise<Device | undefined>;
  /** With its owner and what the integrator keeps of it. */
  findById(organizationId: number, id: number): Promise<FoundDevice | undefined>;
  /** The devices of customers of this owner, of all or of one, ascending by number; those of nobody are the house's. */
  list(organizationId: number, filter: DeviceFilter, page: PageRequest<Device>): Promise<Page<Device>>;
  /** What the integrator keeps of the device with this number; `null` when there is nothing. */
  metadataOf(organizationId: number, deviceId: number): Promise<Metadata | null>;
}

export interface DeviceFilter {
  /** The owner of the customers; see `ownerScope`. */
  readonly ownerId: number | null;
  readonly customerId?: number;
  readonly kind?: string;
}

export interface FoundDevice {
  readonly device: Device;
  /** The owner of its customer; `null` for the house. */
  readonly ownerId: number | null;
  readonly metadata: Metadata | null;
}

/** An absent member leaves no device out. */
export interface KindOfDevices {
  readonly kind: string;
  readonly customerId?: number;
  /** A part of its name, or of the name of its customer, in any case of letters. */
  readonly text?: string;
}

export interface ListedDevice extends Device {
  readonly customerName: string | null;
  /** How many entitlements it holds. */
  readonly holds: number;
}
