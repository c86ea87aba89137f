import { bindingsOf, holdingOf, holdings } from "../binding.ts";
import { deliveriesOf } from "../delivery.ts";
import { type Device, type DeviceName, devices, holdersDevice } from "../device.ts";
import { type EntitlementNamed, entitlements, namedEntitlement, replacedCodes } from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import type { BoundEntitlement } from "./bind.ts";
import { ending } from "./deliveries.ts";

interface Rebind extends EntitlementNamed {
  /** The device that gives its slot up. */
  readonly from: DeviceName;
  /** The device of the same holder that gets the slot. */
  readonly to: DeviceName;
  /** Whether an unknown device is added to the holder. Otherwise it is refused. */
  readonly register: boolean;
}

/**
 * Moves the slot of an entitlement from one device to another, and ends the deliveries to the former. It is possible
 * also when the time of the entitlement is over. `not_bound`: the former does not hold it.
 */
export const rebind = verb<Rebind, BoundEntitlement>()({
  name: "rebind",
  permission: "manage_entitlements",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "device_not_found",
    "device_invalid",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "device_disabled",
    "not_bound",
    "already_bound",
  ],
  logs: ["entitlement_unbound", "entitlement_bound"],

  needs: ({ productId, code, to: { kind, identity } }) => ({
    lock: [entitlements.at(code), holdersDevice.at({ code, kind, identity }), deliveriesOf.at(code)],
    read: [products.at(productId), holdingOf.at(code), replacedCodes.at(code)],
    fresh: [[devices, 1]],
  }),

  decide(state, command, { nowMs, fresh }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const { code, from, register } = command;
    const { kind, name, identity } = command.to;
    const bindings = bindingsOf(state, code);
    const isFrom = (device: Device) => device.kind === from.kind && device.identity === from.identity;
    const held = bindings.find(({ device }) => isFrom(device));
    const [known] = state.find(holdersDevice, { code, kind, identity });
    const refusal = strongest([
      known === undefined && !register && "device_not_found",
      identity === null && "device_invalid",
      product.retiredAtMs !== null && "product_retired",
      entitlement.revokedAtMs !== null && "entitlement_revoked",
      entitlement.suspendedAtMs !== null && "entitlement_suspended",
      known !== undefined && known.disabledAtMs !== null && "device_disabled",
      held === undefined && "not_bound",
      bindings.some(({ device }) => device.id === known?.id) && "already_bound",
    ]);
    if (refusal !== undefined) return refuse(refusal);
    if (held === undefined) return refuse("not_bound");

    const customerId = entitlement.customer?.id ?? null;
    const added = { customerId, registeredAtMs: nowMs, fingerprint: null, disabledAtMs: null };
    const device: Device = known ?? { id: fresh(devices), kind, name, identity, ...added };
    const after = bindings.map((one) => (one === held ? { slot: one.slot, device, boundAtMs: nowMs } : one));
    const ended = state.find(deliveriesOf, code).filter(({ deviceId }) => deviceId === held.device.id);
    return accept(
      { product, entitlement, bindings: after },
      [
        ...(known === undefined ? [put(devices, device)] : []),
        ...ending(ended, nowMs),
        put(holdings, { entitlementId: entitlement.id, bindings: after }),
      ],
      [
        { ...aboutEntitlement("entitlement_unbound", entitlement, nowMs), deviceId: held.device.id },
        { ...aboutEntitlement("entitlement_bound", entitlement, nowMs), deviceId: device.id },
      ],
    );
  },
});
