import type { ActionDraft } from "../action.ts";
import type { CommandOf, ProductNamed, Refused, Values, Verb } from "../command.ts";
import type { Product } from "../product.ts";
import type { Refusal } from "../refusal.ts";
import type { Change, Circumstances, Decision, Needs, State } from "../state.ts";

/** What there is to know about one verb. Both functions are pure: no I/O, no clock, no randomness. */
export interface Rule<V extends Verb> {
  /** The rows that the command names; `codes` are those that were drawn for it. */
  needs(command: CommandOf<V>, codes: readonly string[]): Needs;
  /** What becomes of the command. Refusals are values; nothing is thrown. */
  decide(state: State, command: CommandOf<V>, circumstances: Circumstances): Decision<V>;
}

/** A decision that turns the command down and leaves everything as it is, but for what the log says. */
export function refuse(refusal: Refusal, actions: readonly ActionDraft[] = []): Decision & { outcome: Refused } {
  return { outcome: { ok: false, refusal }, changes: [], actions };
}

/** The product that a command names; `undefined` also for one of another kind than the command is about. */
export function namedProduct(state: State, { productId, kind }: ProductNamed): Product | undefined {
  const product = state.product(productId);
  return kind === undefined || product?.kind === kind ? product : undefined;
}

/** The next of the numbers that were drawn for a command. A missing one is a mistake in the verb's own needs. */
export function take(drawn: readonly number[]): number {
  const [number] = drawn;
  if (number === undefined) throw new Error("a command takes a number that its needs do not name");
  return number;
}

/** A decision that carries the command out. */
export function accept<V extends Verb>(
  value: Values[V],
  changes: readonly Change[],
  actions: readonly ActionDraft[],
): Decision<V> {
  return { outcome: { ok: true, value }, changes, actions };
}
