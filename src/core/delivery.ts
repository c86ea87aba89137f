import { type CustomersDevice, deviceIn, type Machine } from "./device.ts";
import { entitlements } from "./entitlement.ts";
import { lookup, noun } from "./state.ts";

/** One build of an edition for one device that holds the entitlement. */
export interface Delivery {
  readonly id: number;
  readonly entitlementId: number;
  readonly deviceId: number;
  readonly editionId: number;
  readonly requestedAtMs: number;
  /** The result of the build; `null` while it is being prepared. */
  readonly built: BuiltDelivery | null;
  /**
   * When it stopped being offered, for one of these reasons: it expired, its build failed, a newer delivery was
   * requested, or its device became another machine or lost the entitlement.
   */
  readonly endedAtMs: number | null;
}

export interface BuiltDelivery {
  /** The name under which it is downloaded, `.zip` included. */
  readonly fileName: string;
  readonly bytes: number;
  /** In hex. */
  readonly sha1: string;
  readonly sha256: string;
  readonly readyAtMs: number;
  /** It can be downloaded until then. Its file is removed afterwards. */
  readonly expiresAtMs: number;
}

/** Whether a delivery is being prepared, or can be downloaded at this moment. */
export function isLive({ built, endedAtMs }: Pick<Delivery, "built" | "endedAtMs">, atMs: number): boolean {
  return endedAtMs === null && (built === null || atMs < built.expiresAtMs);
}

/** Deliveries, by their numbers. */
export const deliveries = noun<number, Delivery>({ name: "delivery", keyOf: ({ id }) => id });

/** The deliveries of the entitlement with this code that have not ended. */
export const deliveriesOf = lookup<string, Delivery>({
  name: "deliveries_of",
  noun: deliveries,
  entriesOf: ({ entitlementId, endedAtMs }) => (endedAtMs === null ? [entitlementId] : []),
  entryFor: (code, state) => state.get(entitlements, code)?.id,
});

/** The deliveries to a device that have not ended. The device is asked for by name or as a machine. */
export const deliveriesOn = lookup<CustomersDevice | Machine, Delivery>({
  name: "deliveries_on",
  noun: deliveries,
  entriesOf: ({ deviceId, endedAtMs }) => (endedAtMs === null ? [deviceId] : []),
  entryFor: (device, state) => deviceIn(state, device)?.id,
});
