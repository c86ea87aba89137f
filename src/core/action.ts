import type { Entitlement } from "./entitlement.ts";
import type { Refusal } from "./refusal.ts";

/** One line of the log, as far as the rules know it; who did it and when it was written down is added by the engine. */
export interface ActionDraft<Kind extends string = string> {
  /** What it tells; each verb declares its kinds. */
  readonly kind: Kind;
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
}

/** One line of the log. */
export interface Action extends ActionDraft {
  /** Ascends in the order of commits, so that whoever has seen `n` misses nothing by asking for what is above `n`. */
  readonly id: number;
  readonly recordedAtMs: number;
  /** The access key that was presented, in clear; `null` when there was none. */
  readonly accessKey: string | null;
  readonly operatorId: number | null;
  readonly address: string | null;
}

/** A log entry about a product as a whole. */
export function aboutProduct<const Kind extends string>(
  kind: Kind,
  productId: number,
  occurredAtMs: number,
): ActionDraft<Kind> {
  return { kind, productId, entitlementId: null, code: null, occurredAtMs, refusal: null };
}

/** A log entry about an entitlement. */
export function aboutEntitlement<const Kind extends string>(
  kind: Kind,
  { productId, id, code }: Pick<Entitlement, "id" | "productId" | "code">,
  occurredAtMs: number,
): ActionDraft<Kind> {
  return { kind, productId, entitlementId: id, code, occurredAtMs, refusal: null };
}

/** A log entry about a device alone. */
export function aboutDevice<const Kind extends string>(
  kind: Kind,
  deviceId: number,
  occurredAtMs: number,
): ActionDraft<Kind> {
  return { kind, productId: null, entitlementId: null, code: null, deviceId, occurredAtMs, refusal: null };
}
