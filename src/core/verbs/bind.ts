import { type Binding, freeSlot } from "../binding.ts";
import type { BoundEntitlement, CommandOf, Refused, Values } from "../command.ts";
import { canonicalDeviceName, type Device, deviceIdentity } from "../device.ts";
import { type Entitlement, refuseTime } from "../entitlement.ts";
import type { Product } from "../product.ts";
import { strongest } from "../refusal.ts";
import type { Change, Decision, State } from "../state.ts";
import { ending } from "./deliveries.ts";
import { accept, type Rule, refuse, take } from "./rule.ts";

/**
 * Lets a device of the holder hold an entitlement, in the slot that is named or in the first free one. A device that
 * holds it already, in that slot if one is named, is a success that changes nothing.
 *
 * Refused with `product_not_found`, `entitlement_not_found` (also for an entitlement of another product),
 * `device_not_found`, `device_invalid`, `slot_not_found`, `product_retired`, `entitlement_revoked`, `device_disabled`,
 * `slot_taken`, `already_bound`, `slots_taken`, `not_yet_valid` or `no_longer_valid`.
 */
export const bind: Rule<"bind"> = {
  needs: ({ productId, code, device }) => ({
    productsRead: [productId],
    codes: [code],
    bindingsOf: [code],
    devices: [{ code, ...device }],
    fresh: { devices: 1 },
  }),

  decide(state, command, { nowMs, fresh }) {
    const product = state.product(command.productId);
    if (product === undefined) return refuse("product_not_found");
    const entitlement = state.entitlement(command.code);
    if (entitlement === undefined || entitlement.productId !== product.id) return refuse("entitlement_not_found");
    const { kind, name } = command.device;
    const customerId = entitlement.customer?.id ?? null;
    const known = state.device(customerId, kind, name);
    const bindings = state.bindings(entitlement.id);
    const refused = refuseBinding(command, product, entitlement, known, bindings, nowMs);
    if (refused !== undefined) return refused;

    const held = bindings.find(({ device }) => device.id === known?.id);
    if (held !== undefined) return accept<"bind">({ product, entitlement, bindings, changed: false }, [], []);
    const changes: Change[] = [];
    let device: Device;
    if (known !== undefined) device = known;
    else {
      const id = take(fresh.devices);
      device = { id, customerId, kind, name, registeredAtMs: nowMs, fingerprint: null, disabledAtMs: null };
      changes.push({ change: "put_device", device });
    }
    const slot = command.slot ?? freeSlot(bindings, product.slots) ?? 0;
    const after = [...bindings, { slot, device, boundAtMs: nowMs }].sort((a, b) => a.slot - b.slot);
    const value = { product, entitlement, bindings: after, changed: true };
    return bound<"bind">("entitlement_bound", value, device, changes, nowMs);
  },
};

function refuseBinding(
  { device: { kind, name }, register, slot }: CommandOf<"bind">,
  product: Product,
  entitlement: Entitlement,
  device: Device | undefined,
  bindings: readonly Binding[],
  nowMs: number,
): (Decision & { outcome: Refused }) | undefined {
  const held = bindings.find((binding) => binding.device.id === device?.id);
  const inSlot = bindings.find((binding) => binding.slot === slot);
  const moment = refuseTime(product, entitlement, nowMs);
  const reason = strongest([
    ...(device === undefined && !register ? (["device_not_found"] as const) : []),
    ...(canonicalDeviceName(kind, name) !== name ? (["device_invalid"] as const) : []),
    ...(slot !== undefined && !(Number.isInteger(slot) && slot >= 0 && slot < product.slots)
      ? (["slot_not_found"] as const)
      : []),
    ...(product.retiredAtMs !== null ? (["product_retired"] as const) : []),
    ...(entitlement.revokedAtMs !== null ? (["entitlement_revoked"] as const) : []),
    ...(device !== undefined && device.disabledAtMs !== null ? (["device_disabled"] as const) : []),
    ...(inSlot !== undefined && inSlot !== held ? (["slot_taken"] as const) : []),
    ...(held !== undefined && slot !== undefined && held.slot !== slot ? (["already_bound"] as const) : []),
    ...(held === undefined && freeSlot(bindings, product.slots) === undefined ? (["slots_taken"] as const) : []),
    ...(moment === undefined ? [] : [moment]),
  ]);
  return reason === undefined ? undefined : refuse(reason);
}

/**
 * Takes an entitlement from the device that is named, or from every device that holds it, and ends what was delivered
 * there; that none does is a success that changes nothing. Refused with `product_not_found`, `entitlement_not_found` or, when a device is named that does
 * not hold it, `not_bound`.
 */
export const unbind: Rule<"unbind"> = {
  needs: ({ productId, code }) => ({
    productsRead: [productId],
    codes: [code],
    bindingsOf: [code],
    deliveriesOf: [code],
  }),

  decide(state: State, command, { nowMs }) {
    const product = state.product(command.productId);
    if (product === undefined) return refuse("product_not_found");
    const entitlement = state.entitlement(command.code);
    if (entitlement === undefined || entitlement.productId !== product.id) return refuse("entitlement_not_found");
    const before = state.bindings(entitlement.id);
    const { device: named } = command;
    const isNamed = (device: Device) =>
      named === undefined || (device.kind === named.kind && deviceIdentity(device) === deviceIdentity(named));
    const bindings = before.filter(({ device }) => !isNamed(device));
    if (bindings.length === before.length) {
      if (named !== undefined) return refuse("not_bound");
      return accept<"unbind">({ product, entitlement, bindings }, [], []);
    }
    const kept = new Set(bindings.map(({ device }) => device.id));
    const freed = before.filter(({ device }) => !kept.has(device.id)).map(({ device }) => device);
    const ended = state.deliveries(entitlement.id).filter(({ deviceId }) => !kept.has(deviceId));
    const value = { product, entitlement, bindings };
    const about = freed.length === 1 ? freed[0] : undefined;
    return bound<"unbind">("entitlement_unbound", value, about, ending(ended, nowMs), nowMs);
  },
};

/** A decision after which these are the bindings of the entitlement; the device is the one that it is about, if it is one. */
function bound<V extends "bind" | "unbind">(
  kind: "entitlement_bound" | "entitlement_unbound",
  value: Values[V] & BoundEntitlement,
  device: Device | undefined,
  changes: readonly Change[],
  nowMs: number,
): Decision<V> {
  const { product, entitlement, bindings } = value;
  return {
    outcome: { ok: true, value },
    changes: [...changes, { change: "put_bindings", entitlementId: entitlement.id, bindings }],
    actions: [
      {
        kind,
        productId: product.id,
        entitlementId: entitlement.id,
        code: entitlement.code,
        ...(device === undefined ? {} : { deviceId: device.id }),
        occurredAtMs: nowMs,
        refusal: null,
      },
    ],
  };
}
