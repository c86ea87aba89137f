import type { Refusal } from "./refusal.ts";
import type { Verb } from "./verb.ts";
import type { verbs } from "./verbs/index.ts";

export type VerbName = keyof typeof verbs;
type Spec<V extends VerbName> = (typeof verbs)[V];

/** The input of a verb. */
export type InputOf<V extends VerbName> =
  Spec<V> extends Verb<string, infer Input, unknown, Refusal, string> ? Input : never;

/** The answer of a verb that was carried out. It is plain data, so that it can be stored and repeated. */
export type ValueOf<V extends VerbName> = {
  [One in V]: Spec<One> extends Verb<string, never, infer Value, Refusal, string> ? Value : never;
}[V];

/** Every reason for which a command of this verb can be refused. */
export type RefusalOf<V extends VerbName> = Spec<V>["refusals"][number] | "idempotency_key_reused" | "not_permitted";

/** A verb with its input. */
export type Command = { [V in VerbName]: { readonly verb: V } & InputOf<V> }[VerbName];
export type CommandOf<V extends VerbName> = Extract<Command, { readonly verb: V }>;

export interface Refused<R extends Refusal = Refusal> {
  readonly ok: false;
  readonly refusal: R;
}

/** The answer to a command of this verb, or the reason why it was refused. */
export type Outcome<V extends VerbName = VerbName> =
  | { readonly ok: true; readonly value: ValueOf<V> }
  | Refused<RefusalOf<V>>;

/** The kinds of log entries that commands write. */
export type LogKind = Spec<VerbName>["logs"][number];
