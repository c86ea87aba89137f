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
  /** What was built; `null` while it is being prepared. */
  readonly built: BuiltDelivery | null;
  /**
   * When it stopped being offered: its time was over, the build failed, a newer one was requested, its device is another
   * machine now or does not hold the entitlement any more.
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
  /** Until when it can be downloaded; its file is removed afterwards. */
  readonly expiresAtMs: number;
}

/** Whether a delivery is being prepared or can be downloaded at this moment. */
export function isLive({ built, endedAtMs }: Pick<Delivery, "built" | "endedAtMs">, atMs: number): boolean {
  return endedAtMs === null && (built === null || atMs < built.expiresAtMs);
}

/** Deliveries, by their numbers. */
export const deliveries = noun<number, Delivery>({ name: "delivery", keyOf: ({ id }) => id });

/** What was delivered of the entitlement with this code and has not ended. */
export const deliveriesOf = lookup<string, Delivery>({
  name: "deliveries_of",
  noun: deliveries,
  entriesOf: ({ entitlementId, endedAtMs }) => (endedAtMs === null ? [entitlementId] : []),
  entryFor: (code, state) => state.get(entitlements, code)?.id,
});

/** What was delivered to a device, named by its name or as a machine, and has not ended. */
export const deliveriesOn = lookup<CustomersDevice | Machine, Delivery>({
  name: "deliveries_on",
  noun: deliveries,
  entriesOf: ({ deviceId, endedAtMs }) => (endedAtMs === null ? [deviceId] : []),
  entryFor: (device, state) => deviceIn(state, device)?.id,
});
