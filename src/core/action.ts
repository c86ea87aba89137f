import type { Principal } from "./principal.ts";
import type { Refusal } from "./refusal.ts";

/** What a line of the log tells. */
export const actionKinds = [
  "product_created",
  "product_changed",
  "product_retired",
  "product_stocked",
  "entitlement_issued",
  "entitlement_sold",
  "entitlement_topped_up",
  "entitlement_redeemed",
  "entitlement_revoked",
  "entitlement_bound",
  "entitlement_unbound",
  "edition_added",
  "device_registered",
  "device_released",
  "device_disabled",
  "device_enabled",
  "delivery_requested",
  "delivery_ready",
  "delivery_ended",
] as const;
export type ActionKind = (typeof actionKinds)[number];

/** What changed, by name: the old and the new value, or the value alone. Of a secret it says only that it changed. */
export type ActionDetail = Readonly<Record<string, Plain>>;
type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** A line of the log as a verb writes it; the engine adds who did it, and when it was written down. */
export interface ActionDraft {
  readonly kind: ActionKind;
  /** `null` for what is about a device alone. */
  readonly productId: number | null;
  readonly entitlementId: number | null;
  /** The code that was named, also when there is no entitlement of that code. */
  readonly code: string | null;
  /** The device that it is about, if it is about one. */
  readonly deviceId?: number;
  /** When it happened: now, or for a scan made offline the time that the scanner reports. */
  readonly occurredAtMs: number;
  /** Why it was not done; `null` when it was. */
  readonly refusal: Refusal | null;
  readonly detail?: ActionDetail;
}

/** One line of the log. */
export interface Action extends ActionDraft {
  /** Ascends in the order of commits, so that whoever has seen `n` misses nothing by asking for what is above `n`. */
  readonly id: number;
  readonly recordedAtMs: number;
  /** Who did it. In lines that 0.1.0 wrote, customers, terminals and jobs are anonymous. */
  readonly principal: Pick<Principal, "kind" | "id">;
  /** The access key that was presented, in clear; `null` when there was none. */
  readonly accessKey: string | null;
  readonly address: string | null;
}
