import type { LogEntryDraft } from "./log-entry.ts";
import type { Permission } from "./permission.ts";
import type { Principal } from "./principal.ts";
import type { Refusal } from "./refusal.ts";
import type { AnyNoun, Effect, Needs, State } from "./state.ts";

/** Everything there is to know about one verb. All functions are pure: no I/O, no clock, no randomness. */
export interface Verb<Name extends string, Input, Value, R extends Refusal, Kind extends string> {
  readonly name: Name;
  /** The permission that the caller needs; of several, one suffices. The engine checks it before the decision. */
  readonly permission: Permission | readonly Permission[];
  /** Every reason for which the decision may refuse the command. */
  readonly refusals: readonly R[];
  /** The kinds of log entries that the decision writes. */
  readonly logs: readonly Kind[];
  /** Draws the random codes from which the decision may choose. A verb without it gets none. */
  draw?(input: Input, random: Random): readonly string[];
  /** Names the rows that the command needs. `drawn` are its random codes. `weightOf` tells how much that weighs. */
  needs(input: Input, drawn: readonly string[]): Needs;
  /** Decides the command. A refusal is a value. Throws only for a bug. */
  decide(state: State, input: Input, context: Context): Decision<Value, NoInfer<R>, NoInfer<Kind>>;
}

/** Defines a verb: `verb<Input, Value>()({ name, permission, refusals, … })`. */
export function verb<Input, Value>() {
  return <const Name extends string, const R extends Refusal, const Kind extends string>(
    spec: Verb<Name, Input, Value, R, Kind>,
  ) => spec;
}

/** A secure source of random codes. */
export interface Random {
  /** Decimal digits as text, since more than 15 do not fit into a double. The first may be zero. */
  digits(count: number): string;
  /** A decimal digit from 1 to 9. */
  firstDigit(): string;
  bytes(count: number): Uint8Array;
  /** A code of the format with this name. Throws for a name that no dialect has brought. */
  code(format: string): string;
}

/** A format of random codes. */
export interface CodeFormat {
  /** It never changes, since it stands in commands and so in the hashes of their content. */
  readonly name: string;
  draw(random: Pick<Random, "bytes">): string;
}

/** The inputs of a decision that are not in the command: time, principal, random codes and unused numbers. */
export interface Context {
  readonly nowMs: number;
  readonly principal: Principal;
  /** Network address of the caller. */
  readonly address: string | null;
  /** The codes that were drawn for the command. */
  readonly drawn: readonly string[];
  /** A number that no row of this noun has. Throws when the command uses more numbers than its needs name. */
  fresh(noun: AnyNoun): number;
}

/** The outcome of a command, its effects and its log entries. */
export interface Decision<Value = unknown, R extends Refusal = Refusal, Kind extends string = string> {
  readonly outcome: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: R };
  readonly effects: readonly Effect[];
  readonly entries: readonly LogEntryDraft<Kind>[];
}

/** A decision that carries the command out. */
export function accept<Value, const Kind extends string = never>(
  value: Value,
  effects: readonly Effect[] = [],
  entries: readonly LogEntryDraft<Kind>[] = [],
): Decision<Value, never, Kind> {
  return { outcome: { ok: true, value }, effects, entries };
}

/** A decision that refuses the command. Only a refused redemption has effects: it may leave a conflict. */
export function refuse<const R extends Refusal, const Kind extends string = never>(
  refusal: R,
  entries: readonly LogEntryDraft<Kind>[] = [],
  effects: readonly Effect[] = [],
): Decision<never, R, Kind> {
  return { outcome: { ok: false, refusal }, effects, entries };
}
