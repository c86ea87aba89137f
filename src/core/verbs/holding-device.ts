import { type Binding, bindingsOf } from "../binding.ts";
import { type Device, type DeviceIdentity, holdersDevice } from "../device.ts";
import { type EntitlementNamed, namedEntitlement, type ProductEntitlement } from "../entitlement.ts";
import { mayActFor, type Principal } from "../principal.ts";
import type { State } from "../state.ts";

/** A request of a customer for content of its own, for one of its devices. */
interface ContentRequest extends EntitlementNamed {
  readonly customerId: number;
  readonly device: DeviceIdentity;
}

interface HoldingDevice extends ProductEntitlement {
  readonly device: Device;
  /** `undefined` when the device does not hold the entitlement. */
  readonly held: Binding | undefined;
}

/**
 * The entitlement and the device that a request for content names, or the reason why there is none. An entitlement of
 * another customer counts as not found.
 */
export function holdingDevice(
  state: State,
  command: ContentRequest,
  principal: Principal,
): HoldingDevice | Extract<ReturnType<typeof namedEntitlement>, string> | "device_not_found" {
  const found = namedEntitlement(state, command);
  if (typeof found === "string") return found;
  const { code, customerId } = command;
  const isHolders = found.entitlement.customer?.id === customerId;
  if (!isHolders || !mayActFor(principal, customerId)) return "entitlement_not_found";
  const { kind, identity } = command.device;
  const [device] = state.find(holdersDevice, { code, kind, identity });
  if (device === undefined) return "device_not_found";
  return { ...found, device, held: bindingsOf(state, code).find((binding) => binding.device.id === device.id) };
}

/** The reasons for which such a device gets no content, whatever the edition. */
export function contentRefusals({ product, entitlement, device }: HoldingDevice) {
  return [
    product.retiredAtMs !== null && "product_retired",
    entitlement.revokedAtMs !== null && "entitlement_revoked",
    entitlement.suspendedAtMs !== null && "entitlement_suspended",
    device.disabledAtMs !== null && "device_disabled",
  ] as const;
}
