import type { ActionKind } from "../action.ts";
import { canonicalDeviceName, type Device } from "../device.ts";
import { strongest } from "../refusal.ts";
import type { Change } from "../state.ts";
import { accept, type Rule, refuse, take } from "./rule.ts";

/**
 * Makes a customer's machine known under a name. The same machine under the same name is a success that changes
 * nothing; a name without a machine, be it new or released, becomes that of this machine, and what was delivered for the
 * machine before is ended. Refused with `device_invalid`, `fingerprint_differs`, `fingerprint_taken` or
 * `device_disabled`.
 */
export const registerDevice: Rule<"register_device"> = {
  needs: ({ customerId, device, fingerprint }) => ({
    devices: [{ customerId, ...device, fingerprint }],
    deliveriesOn: [{ customerId, ...device }],
    fresh: { devices: 1 },
  }),

  decide(state, { customerId, device: { kind, name }, fingerprint }, { nowMs, fresh }) {
    if (canonicalDeviceName(kind, name) !== name) return refuse("device_invalid");
    const named = state.device(customerId, kind, name);
    const machine = state.deviceOf(customerId, kind, fingerprint);
    const isSame = named !== undefined && named.id === machine?.id;
    const refusal = strongest([
      ...(named !== undefined && named.fingerprint !== null && !isSame ? (["fingerprint_differs"] as const) : []),
      ...(machine !== undefined && !isSame ? (["fingerprint_taken"] as const) : []),
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
    const ended: readonly Change[] =
      named === undefined ? [] : [{ change: "end_deliveries", deviceId: device.id, endedAtMs: nowMs }];
    return accept<"register_device">(
      { device, changed: true },
      [{ change: "put_device", device }, ...ended],
      [deviceAction("device_registered", device, nowMs)],
    );
  },
};

/**
 * Frees a device from its machine, bars it, or lets it in again; what is so already is a success that changes nothing.
 * A released device keeps its name and what it holds, and becomes the next machine that registers under its name.
 * Refused with `device_not_found`.
 */
export const changeDevice: Rule<"change_device"> = {
  needs: ({ customerId, device }) => ({
    devices: [{ customerId, ...device }],
  }),

  decide(state, { customerId, device: { kind, name }, change }, { nowMs }) {
    const before = state.device(customerId, kind, name);
    if (before === undefined) return refuse("device_not_found");
    const device = changed(before, change, nowMs);
    if (device === undefined) return accept<"change_device">({ device: before, changed: false }, [], []);
    return accept<"change_device">(
      { device, changed: true },
      [{ change: "put_device", device }],
      [deviceAction(actionOf[change], device, nowMs)],
    );
  },
};

const actionOf = { release: "device_released", disable: "device_disabled", enable: "device_enabled" } as const;

/** The device after the change; `undefined` when it is so already. */
function changed(device: Device, change: keyof typeof actionOf, nowMs: number): Device | undefined {
  switch (change) {
    case "release":
      return device.fingerprint === null ? undefined : { ...device, fingerprint: null };
    case "disable":
      return device.disabledAtMs === null ? { ...device, disabledAtMs: nowMs } : undefined;
    case "enable":
      return device.disabledAtMs === null ? undefined : { ...device, disabledAtMs: null };
  }
}

function deviceAction(kind: ActionKind, device: Device, occurredAtMs: number) {
  return { kind, productId: null, entitlementId: null, code: null, deviceId: device.id, occurredAtMs, refusal: null };
}
