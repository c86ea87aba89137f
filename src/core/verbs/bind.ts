import { type Binding, bindingsOf, freeSlot, holdingOf, holdings } from "../binding.ts";
import { deliveriesOf } from "../delivery.ts";
import { type Device, type DeviceName, devices, holdersDevice } from "../device.ts";
import {
  type Entitlement,
  entitlements,
  namedEntitlement,
  type ProductEntitlement,
  refuseTime,
  replacedCodes,
  slotsOf,
} from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { mayActFor } from "../principal.ts";
import { type Product, products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { type Effect, put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { ending } from "./deliveries.ts";

/** An entitlement with the devices that hold it, in the order of their slots. */
export interface BoundEntitlement extends ProductEntitlement {
  readonly bindings: readonly Binding[];
}

interface Bind {
  readonly productId: number;
  readonly code: string;
  readonly device: DeviceName;
  /** Whether an unknown device is added to the holder. Otherwise it is refused. */
  readonly register: boolean;
  /** Counted from 0. When absent, the first free slot is taken. */
  readonly slot?: number;
}

interface Bound extends BoundEntitlement {
  /** Whether the device did not hold the entitlement before. */
  readonly changed: boolean;
}

/**
 * Binds an entitlement to a device of its holder, in the named slot or in the first free one. If the device already
 * holds it, in the named slot if there is one, the command succeeds and changes nothing. An entitlement of another
 * product counts as not found. For a customer, so does an entitlement that it does not hold.
 */
export const bind = verb<Bind, Bound>()({
  name: "bind",
  permission: ["manage_entitlements", "use_entitlements"],
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "device_not_found",
    "device_invalid",
    "slot_not_found",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "device_disabled",
    "slot_taken",
    "already_bound",
    "slots_taken",
    "not_yet_valid",
    "no_longer_valid",
  ],
  logs: ["entitlement_bound"],

  needs: ({ productId, code, device: { kind, identity } }) => ({
    lock: [entitlements.at(code), holdersDevice.at({ code, kind, identity })],
    read: [products.at(productId), holdingOf.at(code), replacedCodes.at(code)],
    fresh: [[devices, 1]],
  }),

  decide(state, command, { nowMs, principal, fresh }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const { code } = command;
    const customerId = entitlement.customer?.id ?? null;
    if (!mayActFor(principal, customerId)) return refuse("entitlement_not_found");
    const { kind, name, identity } = command.device;
    const [known] = state.find(holdersDevice, { code, kind, identity });
    const bindings = bindingsOf(state, code);
    const refusal = refuseBinding(command, product, entitlement, known, bindings, nowMs);
    if (refusal !== undefined) return refuse(refusal);

    const held = bindings.find(({ device }) => device.id === known?.id);
    if (held !== undefined) return accept({ product, entitlement, bindings, changed: false });
    const added = { customerId, registeredAtMs: nowMs, fingerprint: null, disabledAtMs: null };
    const device: Device = known ?? { id: fresh(devices), kind, name, identity, ...added };
    const effects: Effect[] = known === undefined ? [put(devices, device)] : [];
    const slot = command.slot ?? freeSlot(bindings, slotsOf(product, entitlement)) ?? 0;
    const after = [...bindings, { slot, device, boundAtMs: nowMs }].sort((a, b) => a.slot - b.slot);
    return accept(
      { product, entitlement, bindings: after, changed: true },
      [...effects, put(holdings, { entitlementId: entitlement.id, bindings: after })],
      [{ ...aboutEntitlement("entitlement_bound", entitlement, nowMs), deviceId: device.id }],
    );
  },
});

function refuseBinding(
  { device: { identity }, register, slot }: Bind,
  product: Product,
  entitlement: Entitlement,
  device: Device | undefined,
  bindings: readonly Binding[],
  nowMs: number,
) {
  const held = bindings.find((binding) => binding.device.id === device?.id);
  const inSlot = bindings.find((binding) => binding.slot === slot);
  const slots = slotsOf(product, entitlement);
  const isSlot = slot === undefined || (Number.isInteger(slot) && slot >= 0 && slot < slots);
  return strongest([
    device === undefined && !register && "device_not_found",
    identity === null && "device_invalid",
    !isSlot && "slot_not_found",
    product.retiredAtMs !== null && "product_retired",
    entitlement.revokedAtMs !== null && "entitlement_revoked",
    entitlement.suspendedAtMs !== null && "entitlement_suspended",
    device !== undefined && device.disabledAtMs !== null && "device_disabled",
    inSlot !== undefined && inSlot !== held && "slot_taken",
    held !== undefined && slot !== undefined && held.slot !== slot && "already_bound",
    held === undefined && freeSlot(bindings, slots) === undefined && "slots_taken",
    refuseTime(product, entitlement, nowMs),
  ]);
}

interface Unbind {
  readonly productId: number;
  readonly code: string;
  /** When absent, every device loses the entitlement. */
  readonly device?: DeviceName;
}

/**
 * Takes an entitlement from the named device, or from every device that holds it, and ends its deliveries there.
 * Without a named device the command succeeds even if no device holds the entitlement. `not_bound`: the named device
 * does not hold it. An entitlement of another product counts as not found.
 */
export const unbind = verb<Unbind, BoundEntitlement>()({
  name: "unbind",
  permission: "manage_entitlements",
  refusals: ["product_not_found", "entitlement_not_found", "code_replaced", "not_bound"],
  logs: ["entitlement_unbound"],

  needs: ({ productId, code }) => ({
    lock: [entitlements.at(code), deliveriesOf.at(code)],
    read: [products.at(productId), holdingOf.at(code), replacedCodes.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const before = bindingsOf(state, command.code);
    const { device: named } = command;
    const isNamed = (device: Device) =>
      named === undefined || (device.kind === named.kind && device.identity === named.identity);
    const bindings = before.filter(({ device }) => !isNamed(device));
    if (bindings.length === before.length) {
      return named === undefined ? accept({ product, entitlement, bindings }) : refuse("not_bound");
    }
    const kept = new Set(bindings.map(({ device }) => device.id));
    const freed = before.filter(({ device }) => !kept.has(device.id)).map(({ device }) => device);
    const ended = state.find(deliveriesOf, command.code).filter(({ deviceId }) => !kept.has(deviceId));
    const [device] = freed;
    const about = aboutEntitlement("entitlement_unbound", entitlement, nowMs);
    return accept(
      { product, entitlement, bindings },
      [...ending(ended, nowMs), put(holdings, { entitlementId: entitlement.id, bindings })],
      [device !== undefined && freed.length === 1 ? { ...about, deviceId: device.id } : about],
    );
  },
});
