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
  /** Decimal digits, as text, since more than 15 do not fit a double. The first may be zero. */
  digits(count: number): string;
  /** A decimal digit from 1 to 9. */
  firstDigit(): string;
  bytes(count: number): Uint8Array;
  /** A code of the format that a dialect has brought under this name. Throws for a name that none has brought. */
  code(format: string): string;
}

/** How codes of one format are drawn. */
export interface CodeFormat {
  /** Stands in commands, and so in the hashes of their content: it never changes. */
  readonly name: string;
  draw(random: Pick<Random, "bytes">): string;
}

/** What decisions are given because they may not make it themselves: the time, the principal, unused numbers and codes. */
export interface Context {
  readonly nowMs: number;
  readonly principal: Principal;
  /** Network address of the caller. */
  readonly address: string | null;
  /** The codes that were drawn for the command. */
  readonly drawn: readonly string[];
  /** A number that no row of this noun has. Throws when the needs of the command do not name as many. */
  fresh(noun: AnyNoun): number;
}

/** What became of a command: its outcome, what changes, and what the log will say. */
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

/** A decision that turns the command down and leaves everything as it is, but for what the log says. */
export function refuse<const R extends Refusal, const Kind extends string = never>(
  refusal: R,
  entries: readonly LogEntryDraft<Kind>[] = [],
  effects: readonly Effect[] = [],
): Decision<never, R, Kind> {
  return { outcome: { ok: false, refusal }, effects, entries };
}
