import type { Device } from "./device.ts";

/** An entitlement held by a device, in one of the slots that its product has. */
export interface Binding {
  /** Counted from 0. */
  readonly slot: number;
  readonly device: Device;
  readonly boundAtMs: number;
}

/** Slots that a product may have. */
export const slotsMax = 100;

/** The lowest slot that no binding takes; `undefined` when all are taken. */
export function freeSlot(bindings: readonly Binding[], slots: number): number | undefined {
  const taken = new Set(bindings.map(({ slot }) => slot));
  for (let slot = 0; slot < slots; slot++) if (!taken.has(slot)) return slot;
  return undefined;
}
