import { type Device, otherFingerprint } from "../../core/device.ts";

export const deviceColumns =
  "d.id, d.customer_id, d.kind, d.name, d.identity, d.registered_at, d.fingerprint_hash is not null, d.disabled_at";

export type DeviceRow = [
  id: number,
  customerId: number | null,
  kind: string,
  name: string,
  identity: string | null,
  registeredAtMs: number,
  hasFingerprint: boolean,
  disabledAtMs: number | null,
];

/** A device; nobody asked about its fingerprint. */
export function toDevice([
  id,
  customerId,
  kind,
  name,
  identity,
  registeredAtMs,
  hasFingerprint,
  disabledAtMs,
]: DeviceRow): Device {
  const fingerprint = hasFingerprint ? otherFingerprint : null;
  return { id, customerId, kind, name, identity, registeredAtMs, fingerprint, disabledAtMs };
}
