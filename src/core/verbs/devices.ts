import { holdingsOn } from "../binding.ts";
import { type Delivery, deliveriesOn } from "../delivery.ts";
import { customersDevice, type Device, type DeviceName, deviceMetadata, devices, machine } from "../device.ts";
import { aboutDevice, type LogEntryDraft } from "../log-entry.ts";
import { isMetadata, keptMetadata, type Metadata } from "../metadata.ts";
import { mayActFor } from "../principal.ts";
import { strongest } from "../refusal.ts";
import { type Effect, put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { ending } from "./deliveries.ts";

interface ChangedDevice {
  readonly device: Device;
  /** Whether the command changed anything. */
  readonly changed: boolean;
}

interface RegisterDevice {
  readonly customerId: number;
  readonly device: DeviceName;
  readonly fingerprint: string;
}

/**
 * Registers a customer's machine under a name. If the machine has the name already, the command succeeds and changes
 * nothing. A new name, or one that was released from its machine, becomes the name of this machine. A machine that has
 * another name, under which it holds nothing, can take over a released name. Its other name is released then.
 *
 * Names that differ only in the case of letters are one name. It keeps its first spelling, and other spellings are
 * refused.
 */
export const registerDevice = verb<RegisterDevice, ChangedDevice>()({
  name: "register_device",
  permission: "use_entitlements",
  refusals: ["not_permitted", "device_invalid", "fingerprint_differs", "fingerprint_taken", "device_disabled"],
  logs: ["device_registered", "device_released"],

  needs({ customerId, device: { kind, identity }, fingerprint }) {
    const byName = { customerId, kind, identity };
    const byMachine = { customerId, kind, fingerprint };
    return {
      lock: [customersDevice.at(byName), machine.at(byMachine), deliveriesOn.at(byName, byMachine)],
      read: [holdingsOn.at(byName, byMachine)],
      fresh: [[devices, 1]],
    };
  },

  decide(state, { customerId, device: { kind, name, identity }, fingerprint }, { nowMs, principal, fresh }) {
    if (!mayActFor(principal, customerId)) return refuse("not_permitted");
    if (identity === null) return refuse("device_invalid");
    const byName = { customerId, kind, identity };
    const byMachine = { customerId, kind, fingerprint };
    const [named] = state.find(customersDevice, byName);
    const [known] = state.find(machine, byMachine);
    const isSame = named !== undefined && named.id === known?.id;
    const isOtherSpelling = named !== undefined && named.name !== name;
    const isReleased = named !== undefined && named.fingerprint === null;
    const holdsNothing = () => state.find(holdingsOn, byMachine).length === 0;
    const mayLeave = known !== undefined && isReleased && known.disabledAtMs === null && holdsNothing();
    const refusal = strongest([
      named !== undefined && !isSame && (!isReleased || isOtherSpelling) && "fingerprint_differs",
      known !== undefined && !mayLeave && (!isSame || isOtherSpelling) && "fingerprint_taken",
      named !== undefined && named.disabledAtMs !== null && "device_disabled",
    ]);
    if (refusal !== undefined) return refuse(refusal);
    if (isSame) return accept({ device: named, changed: false });
    const added = { customerId, registeredAtMs: nowMs, fingerprint, disabledAtMs: null };
    const device: Device =
      named === undefined ? { id: fresh(devices), kind, name, identity, ...added } : { ...named, fingerprint };
    const left = known === undefined ? undefined : release(known, state.find(deliveriesOn, byMachine), nowMs);
    return accept(
      { device, changed: true },
      [
        ...(left?.effects ?? []),
        put(devices, device),
        // A delivery that was requested while no machine had the name is not for this machine.
        ...ending(state.find(deliveriesOn, byName), nowMs),
      ],
      [...(left?.entries ?? []), aboutDevice("device_registered", device.id, nowMs)],
    );
  },
});

interface ChangeDevice {
  readonly customerId: number;
  readonly device: DeviceName;
  /** Metadata replace all that there are; `null` for none. */
  readonly change: "release" | "disable" | "enable" | { readonly metadata: Metadata | null };
}

/**
 * Releases a device from its machine, disables it, enables it again, or changes what the integrator keeps of it. If it is in that state already, the command
 * succeeds and changes nothing. A released device keeps its name and its bindings, and becomes the next machine that
 * registers under its name. Deliveries for its former machine end.
 */
export const changeDevice = verb<ChangeDevice, ChangedDevice>()({
  name: "change_device",
  permission: "manage_entitlements",
  refusals: ["device_not_found", "text_invalid"],
  logs: ["device_released", "device_disabled", "device_enabled", "device_changed"],

  needs({ customerId, device: { kind, identity }, change }) {
    const byName = { customerId, kind, identity };
    const locked = customersDevice.at(byName);
    return { lock: change === "release" ? [locked, deliveriesOn.at(byName)] : [locked] };
  },

  decide(state, { customerId, device: { kind, identity }, change }, { nowMs }) {
    const byName = { customerId, kind, identity };
    const [before] = state.find(customersDevice, byName);
    if (before === undefined) return refuse("device_not_found");
    if (typeof change === "object") {
      if (change.metadata !== null && !isMetadata(change.metadata)) return refuse("text_invalid");
      const metadata = keptMetadata(change.metadata);
      return accept(
        { device: before, changed: true },
        [put(deviceMetadata, { deviceId: before.id, metadata })],
        [{ ...aboutDevice("device_changed", before.id, nowMs), detail: { metadata } }],
      );
    }
    const isDone = {
      release: before.fingerprint === null,
      disable: before.disabledAtMs !== null,
      enable: before.disabledAtMs === null,
    };
    if (isDone[change]) return accept({ device: before, changed: false });
    if (change === "release") {
      const { device, effects, entries } = release(before, state.find(deliveriesOn, byName), nowMs);
      return accept({ device, changed: true }, effects, entries);
    }
    const device: Device = { ...before, disabledAtMs: change === "disable" ? nowMs : null };
    const logKind = change === "disable" ? "device_disabled" : "device_enabled";
    return accept({ device, changed: true }, [put(devices, device)], [aboutDevice(logKind, device.id, nowMs)]);
  },
});

/** Releases a device from its machine. */
function release(
  before: Device,
  delivered: readonly Delivery[],
  nowMs: number,
): { device: Device; effects: readonly Effect[]; entries: readonly LogEntryDraft<"device_released">[] } {
  const device: Device = { ...before, fingerprint: null };
  return {
    device,
    effects: [put(devices, device), ...ending(delivered, nowMs)],
    entries: [aboutDevice("device_released", device.id, nowMs)],
  };
}
