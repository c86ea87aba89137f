import { type CustomersDevice, type Device, deviceIn, type Machine } from "./device.ts";
import { entitlements } from "./entitlement.ts";
import { lookup, noun, type State } from "./state.ts";

/** An entitlement held by a device, in one of the slots that it has. */
export interface Binding {
  /** Counted from 0. */
  readonly slot: number;
  readonly device: Device;
  readonly boundAtMs: number;
}

/** The largest number of slots of a product or an entitlement. */
export const slotsMax = 100;

/** The lowest slot that no binding takes; `undefined` when all are taken. */
export function freeSlot(bindings: readonly Binding[], slots: number): number | undefined {
  const taken = new Set(bindings.map(({ slot }) => slot));
  for (let slot = 0; slot < slots; slot++) if (!taken.has(slot)) return slot;
  return undefined;
}

/** All bindings of an entitlement, in the order of their slots. */
export interface Holding {
  readonly entitlementId: number;
  readonly bindings: readonly Binding[];
}

/** Holdings, by the number of the entitlement. A row replaces all bindings of the entitlement. */
export const holdings = noun<number, Holding>({ name: "holding", keyOf: ({ entitlementId }) => entitlementId });

/** The holding of the entitlement with this code. */
export const holdingOf = lookup<string, Holding>({
  name: "holding_of",
  noun: holdings,
  entriesOf: ({ entitlementId }) => [entitlementId],
  entryFor: (code, state) => state.get(entitlements, code)?.id,
});

/** The bindings of the entitlement with this code. */
export function bindingsOf(state: State, code: string): readonly Binding[] {
  return state.find(holdingOf, code)[0]?.bindings ?? [];
}

/**
 * The holdings of a device, which is asked for by name or as a machine. A command that may give a machine a name asks
 * for both, since the same batch may have given it before.
 */
export const holdingsOn = lookup<CustomersDevice | Machine, Holding>({
  name: "holdings_on",
  noun: holdings,
  entriesOf: ({ bindings }) => bindings.map(({ device }) => device.id),
  entryFor: (device, state) => deviceIn(state, device)?.id,
});
