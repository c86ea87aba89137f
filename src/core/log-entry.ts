import type { Entitlement } from "./entitlement.ts";
import type { GateName } from "./gate.ts";
import type { Principal } from "./principal.ts";
import type { Refusal } from "./refusal.ts";

/** The changes by name: the old and the new value, or the value alone. A secret itself is never told. */
export type LogDetail = Readonly<Record<string, Plain>>;
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** A log entry as a verb writes it. The engine adds the principal and the time of recording. */
export interface LogEntryDraft<Kind extends string = string> {
  /** Each verb declares its kinds. */
  readonly kind: Kind;
  /** `null` for an entry about a device alone, or about the set-up of the organization. */
  readonly productId: number | null;
  readonly entitlementId: number | null;
  /** The code that the command named, even if no entitlement has it. */
  readonly code: string | null;
  /** Present when the entry is about one device. */
  readonly deviceId?: number;
  readonly detail?: LogDetail;
  /** When it happened: now, or the reported time of an offline scan. */
  readonly occurredAtMs: number;
  /** `null` when the command was carried out. */
  readonly refusal: Refusal | null;
}

/** A log entry as it is stored. */
export interface LogEntry extends LogEntryDraft {
  /** Ascends in the order of commits. So a reader that has seen `n` misses nothing by asking for entries above `n`. */
  readonly id: number;
  readonly recordedAtMs: number;
  /** In entries that 0.1.0 wrote, customers, terminals and jobs are anonymous. */
  readonly principal: Pick<Principal, "kind" | "id">;
  /** The gate at which the principal stood; `null` when it had none. */
  readonly gate: GateName | null;
  /** The access key that was presented, in clear; `null` when there was none. */
  readonly accessKey: string | null;
  readonly address: string | null;
  /** The protocol through which it came in; `null` for the terminal, for jobs and for older entries. */
  readonly channel: string | null;
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
