import type { Device } from "../core/device.ts";
import type { Metadata } from "../core/metadata.ts";

/** Devices of customers. */
export interface DeviceQueries {
  /** A customer's devices of a kind, in the order of their names. All at once: a customer has a few. */
  ofCustomer(organizationId: number, customerId: number, kind: string): Promise<readonly Device[]>;
  /** The keyed hash of a device's fingerprint in hex; `undefined` while no machine is known. */
  fingerprintHash(organizationId: number, deviceId: number): Promise<string | undefined>;
  /** The customer's device that is this machine. */
  byFingerprint(organizationId: number, customerId: number, fingerprint: string): Promise<Device | undefined>;
  /** What the integrator keeps of the device with this number; `null` when there is nothing. */
  metadataOf(organizationId: number, deviceId: number): Promise<Metadata | null>;
}
