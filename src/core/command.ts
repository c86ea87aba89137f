import type { Refusal } from "./refusal.ts";
import type { Verb } from "./verb.ts";
import type { verbs } from "./verbs/index.ts";

export type VerbName = keyof typeof verbs;
type Spec<V extends VerbName> = (typeof verbs)[V];

/** What a command of this verb says. */
export type InputOf<V extends VerbName> =
  Spec<V> extends Verb<string, infer Input, unknown, Refusal, string> ? Input : never;

/** What a carried out command answers. Plain data, so that it can be kept and repeated. */
export type ValueOf<V extends VerbName> = {
  [One in V]: Spec<One> extends Verb<string, never, infer Value, Refusal, string> ? Value : never;
}[V];

/** Every reason for which a command of this verb can be turned down. */
export type RefusalOf<V extends VerbName> = Spec<V>["refusals"][number] | "idempotency_key_reused" | "not_permitted";

/** One command, told apart by its verb. */
export type Command = { [V in VerbName]: { readonly verb: V } & InputOf<V> }[VerbName];
export type CommandOf<V extends VerbName> = Extract<Command, { readonly verb: V }>;

export interface Refused<R extends Refusal = Refusal> {
  readonly ok: false;
  readonly refusal: R;
}

/** What became of a command of this verb. */
export type Outcome<V extends VerbName = VerbName> =
  | { readonly ok: true; readonly value: ValueOf<V> }
  | Refused<RefusalOf<V>>;

/** The kinds of log entries that commands write. */
export type LogKind = Spec<VerbName>["logs"][number];
