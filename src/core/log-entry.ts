import type { Entitlement } from "./entitlement.ts";
import type { Principal } from "./principal.ts";
import type { Refusal } from "./refusal.ts";

/** What changed, by name: the old and the new value, or the value alone. Of a secret it says only that it changed. */
export type LogDetail = Readonly<Record<string, Plain>>;
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** A line of the log as a verb writes it; the engine adds who did it, and when it was written down. */
export interface LogEntryDraft<Kind extends string = string> {
  /** What it tells; each verb declares its kinds. */
  readonly kind: Kind;
  /** `null` for what is about a device alone, or about how the organization is set up. */
  readonly productId: number | null;
  readonly entitlementId: number | null;
  /** The code that was named, also when there is no entitlement of that code. */
  readonly code: string | null;
  /** The device that it is about, if it is about one. */
  readonly deviceId?: number;
  readonly detail?: LogDetail;
  /** When it happened: now, or for a scan made offline the time that the scanner reports. */
  readonly occurredAtMs: number;
  /** Why it was not done; `null` when it was. */
  readonly refusal: Refusal | null;
}

/** One line of the log. */
export interface LogEntry extends LogEntryDraft {
  /** Ascends in the order of commits, so that whoever has seen `n` misses nothing by asking for what is above `n`. */
  readonly id: number;
  readonly recordedAtMs: number;
  /** Who did it. In lines that 0.1.0 wrote, customers, terminals and jobs are anonymous. */
  readonly principal: Pick<Principal, "kind" | "id">;
  /** The access key that was presented, in clear; `null` when there was none. */
  readonly accessKey: string | null;
  readonly address: string | null;
}

const done = { productId: null, entitlementId: null, code: null, refusal: null };

/** A log entry about a product as a whole. */
export function aboutProduct<const Kind extends string>(kind: Kind, productId: number, occurredAtMs: number) {
  return { ...done, kind, productId, occurredAtMs } satisfies LogEntryDraft;
}

/** A log entry about an entitlement. */
export function aboutEntitlement<const Kind extends string>(
  kind: Kind,
  { productId, id, code }: Pick<Entitlement, "id" | "productId" | "code">,
  occurredAtMs: number,
) {
  return { ...done, kind, productId, entitlementId: id, code, occurredAtMs } satisfies LogEntryDraft;
}

/** A log entry about the settings, operators, customers or hosts of the organization. */
export function aboutSetup<const Kind extends string>(kind: Kind, detail: LogDetail, occurredAtMs: number) {
  return { ...done, kind, detail, occurredAtMs } satisfies LogEntryDraft;
}

/** A log entry about a device alone. */
export function aboutDevice<const Kind extends string>(kind: Kind, deviceId: number, occurredAtMs: number) {
  return { ...done, kind, deviceId, occurredAtMs } satisfies LogEntryDraft;
}
