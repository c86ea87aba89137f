import type { ActionDraft, ActionKind } from "../action.ts";
import type { CommandOf } from "../command.ts";
import { canonicalDeviceName, type Device } from "../device.ts";
import { strongest } from "../refusal.ts";
import type { Change } from "../state.ts";
import { accept, type Rule, refuse, take } from "./rule.ts";

/**
 * Makes a customer's machine known under a name. The same machine under the same name is a success that changes
 * nothing; a name without a machine, be it new or released, becomes that of this machine. A machine that is known under
 * another name, under which it holds nothing, leaves that one for a name that was released; the other is released then.
 *
 * Names that differ in the case of letters alone are one name, in the spelling that came first: in another spelling it
 * is refused. Refused with `device_invalid`, `fingerprint_differs`, `fingerprint_taken` or `device_disabled`.
 */
export const registerDevice: Rule<"register_device"> = {
  needs: ({ customerId, device, fingerprint }) => ({
    devices: [{ customerId, ...device, fingerprint }],
    deliveriesOn: [{ customerId, ...device, fingerprint }],
    fresh: { devices: 1 },
  }),

  decide(state, { customerId, device: { kind, name }, fingerprint }, { nowMs, fresh }) {
    if (canonicalDeviceName(kind, name) !== name) return refuse("device_invalid");
    const named = state.device(customerId, kind, name);
    const machine = state.deviceOf(customerId, kind, fingerprint);
    const isSame = named !== undefined && named.id === machine?.id;
    const isOtherSpelling = named !== undefined && named.name !== name;
    const isReleased = named !== undefined && named.fingerprint === null;
    const mayLeave =
      machine !== undefined && isReleased && machine.disabledAtMs === null && !state.isHolding(machine.id);
    const refusal = strongest([
      ...(named !== undefined && !isSame && (!isReleased || isOtherSpelling) ? (["fingerprint_differs"] as const) : []),
      ...(machine !== undefined && !mayLeave && (!isSame || isOtherSpelling) ? (["fingerprint_taken"] as const) : []),
      ...(named !== undefined && named.disabledAtMs !== null ? (["device_disabled"] as const) : []),
    ]);
    if (refusal !== undefined) return refuse(refusal);
    if (isSame) return accept<"register_device">({ device: named, changed: false }, [], []);
    const device: Device =
      named === undefined
        ? {
            id: take(fresh.devices),
            customerId,
            kind,
            name,
            registeredAtMs: nowMs,
            fingerprint,
            disabledAtMs: null,
          }
        : { ...named, fingerprint };
    const left = machine === undefined ? undefined : released(machine, nowMs);
    // What was requested while nobody was there is not for this machine either.
    const ended: readonly Change[] =
      named === undefined ? [] : [{ change: "end_deliveries", deviceId: device.id, endedAtMs: nowMs }];
    return accept<"register_device">(
      { device, changed: true },
      [...(left?.changes ?? []), { change: "put_device", device }, ...ended],
      [...(left?.actions ?? []), deviceAction("device_registered", device, nowMs)],
    );
  },
};

/**
 * Frees a device from its machine, bars it, or lets it in again; what is so already is a success that changes nothing.
 * A released device keeps its name and what it holds, and becomes the next machine that registers under its name; what
 * was delivered for the machine that it was is ended. Refused with `device_not_found`.
 */
export const changeDevice: Rule<"change_device"> = {
  needs: ({ customerId, device, change }) => ({
    devices: [{ customerId, ...device }],
    ...(change === "release" ? { deliveriesOn: [{ customerId, ...device }] } : {}),
  }),

  decide(state, { customerId, device: { kind, name }, change }, { nowMs }) {
    const before = state.device(customerId, kind, name);
    if (before === undefined) return refuse("device_not_found");
    const changed = carryOut[change](before, nowMs);
    if (changed === undefined) return accept<"change_device">({ device: before, changed: false }, [], []);
    return accept<"change_device">({ device: changed.device, changed: true }, changed.changes, changed.actions);
  },
};

interface Changed {
  readonly device: Device;
  readonly changes: readonly Change[];
  readonly actions: readonly ActionDraft[];
}

/** Each change; `undefined` when the device is so already. */
const carryOut: Record<CommandOf<"change_device">["change"], (device: Device, nowMs: number) => Changed | undefined> = {
  release: (device, nowMs) => (device.fingerprint === null ? undefined : released(device, nowMs)),
  disable: (device, nowMs) =>
    device.disabledAtMs === null ? changedTo("device_disabled", { ...device, disabledAtMs: nowMs }, nowMs) : undefined,
  enable: (device, nowMs) =>
    device.disabledAtMs === null ? undefined : changedTo("device_enabled", { ...device, disabledAtMs: null }, nowMs),
};

function released(before: Device, nowMs: number): Changed {
  const { device, changes, actions } = changedTo("device_released", { ...before, fingerprint: null }, nowMs);
  return {
    device,
    changes: [...changes, { change: "end_deliveries", deviceId: device.id, endedAtMs: nowMs }],
    actions,
  };
}

function changedTo(kind: ActionKind, device: Device, nowMs: number): Changed {
  return { device, changes: [{ change: "put_device", device }], actions: [deviceAction(kind, device, nowMs)] };
}

function deviceAction(kind: ActionKind, device: Device, occurredAtMs: number): ActionDraft {
  return { kind, productId: null, entitlementId: null, code: null, deviceId: device.id, occurredAtMs, refusal: null };
}
