import type { Binding } from "../../core/binding.ts";
import { type DeviceRow, deviceColumns, toDevice } from "./devices.ts";

export const bindingColumns = `b.slot, b.bound_at, ${deviceColumns}`;

export type BindingRow = [slot: number, boundAtMs: number, ...DeviceRow];

export function toBinding([slot, boundAtMs, ...device]: BindingRow): Binding {
  return { slot, boundAtMs, device: toDevice(device) };
}
