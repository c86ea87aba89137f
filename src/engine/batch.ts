import type { Outcome } from "../core/command.ts";
import { principalName } from "../core/principal.ts";
import { products } from "../core/product.ts";
import { type AnyNoun, isLookup, type Needs } from "../core/state.ts";
import type { Random } from "../core/verb.ts";
import { verbOf } from "../core/verbs/index.ts";
import type { Envelope } from "./engine.ts";
import { contentHash, isKept } from "./idempotency.ts";
import { idempotencyName, nameOf } from "./needs.ts";
import type { IdempotencyRecord, Loaded, LogEntryRecord, Writes } from "./store.ts";
import { WorkingSet } from "./working-set.ts";

/** An envelope with its random codes, the rows that it names, and its idempotency key. */
export interface Prepared {
  readonly envelope: Envelope;
  readonly drawn: readonly string[];
  readonly needs: Needs;
  readonly answer: Omit<IdempotencyRecord, "outcome"> | undefined;
}

/** Draws the random codes of a command, anew for each attempt. `needs` are its needs without these codes. */
export function prepare(envelope: Envelope, needs: Needs, random: Random): Prepared {
  const { command, principal, address, idempotencyKey: key } = envelope;
  const verb = verbOf(command);
  const drawn = verb.draw?.(command, random) ?? [];
  const answer =
    key === undefined
      ? undefined
      : { principal: principalName(principal, address), key, contentHash: contentHash(command) };
  return { envelope, drawn, needs: drawn.length === 0 ? needs : verb.needs(command, drawn), answer };
}

/** The outcome of a command, the name of a row that another transaction holds, or that its precondition failed. */
export type CommandResult =
  | { readonly outcome: Outcome }
  | { readonly busy: string }
  | { readonly isPreconditionFailed: true };

/**
 * Decides the commands one after the other, each on the state that the previous one left. A command that locks a busy
 * row is not decided.
 */
export function decideBatch(
  commands: readonly Prepared[],
  loaded: Loaded,
  nowMs: number,
): { results: readonly CommandResult[]; writes: Writes } {
  const state = new WorkingSet(loaded.rows);
  const answers = new Map(loaded.answers.map((answer) => [idempotencyName(answer), answer]));
  const answersNew: IdempotencyRecord[] = [];
  let entries: LogEntryRecord[] = [];
  const numbersFor = numbersOf(loaded.fresh);
  const busyName = busyNames(loaded);

  const results = commands.map((prepared): CommandResult => {
    const busy = busyName?.(prepared.needs);
    return busy === undefined ? decideOne(prepared) : { busy };
  });
  return { results, writes: { changes: state.changes(), entries, answers: answersNew } };

  function decideOne({ envelope, drawn, needs, answer }: Prepared): CommandResult {
    const kept = answer === undefined ? undefined : answers.get(idempotencyName(answer));
    if (answer !== undefined && kept !== undefined) {
      const isSame = kept.contentHash.equals(answer.contentHash);
      return { outcome: isSame ? kept.outcome : { ok: false, refusal: "idempotency_key_reused" } };
    }
    const { command, principal, address, channel = null, precondition } = envelope;
    if (precondition?.(state) === false) return { isPreconditionFailed: true };
    const context = { nowMs, principal, address, drawn, fresh: numbersFor(needs) };
    const { outcome, effects, entries: drafts } = verbOf(command).decide(state, command, context);
    state.apply(effects);
    // Deleting a product also drops the log entries that this batch wrote about it.
    for (const effect of effects) {
      if (effect.noun !== products || "put" in effect) continue;
      entries = entries.filter(({ productId }) => productId !== effect.remove);
    }
    for (const draft of drafts) entries.push({ ...draft, principal, address, channel, recordedAtMs: nowMs });
    // The verb of the command made this outcome. The type of a look-up cannot express that.
    const decided = outcome as Outcome;
    if (answer !== undefined && isKept(decided)) {
      const first: IdempotencyRecord = { ...answer, outcome: decided };
      answers.set(idempotencyName(answer), first);
      answersNew.push(first);
    }
    return { outcome: decided };
  }
}

/** Finds the name of the first row that a command locks and another transaction holds. Absent when no row is held. */
function busyNames({ rows, busy }: Loaded): ((needs: Needs) => string | undefined) | undefined {
  if (busy.length === 0) return undefined;
  // All rows answer questions, busy or not: the way to a busy device may lead through an entitlement that is free.
  const all = new WorkingSet([...rows, ...busy]);
  const held = new WorkingSet(busy);
  return ({ lock = [] }) => {
    for (const { by, asked } of lock) {
      for (const one of asked) {
        const isHeld = isLookup(by)
          ? all.find(by, one).some((row) => held.get(by.noun, by.noun.keyOf(row)) !== undefined)
          : held.get(by, one) !== undefined;
        if (isHeld) return nameOf(by, one);
      }
    }
    return undefined;
  };
}

/** Hands out the numbers that were drawn for the batch. Each command gets as many as its needs name. */
function numbersOf(fresh: Loaded["fresh"]): (needs: Needs) => (noun: AnyNoun) => number {
  const given = new Map<AnyNoun, number>();
  return ({ fresh: counts = [] }) => {
    const left = new Map<AnyNoun, { next: number; readonly end: number }>();
    for (const [noun, count] of counts) {
      const next = given.get(noun) ?? 0;
      given.set(noun, next + count);
      left.set(noun, { next, end: next + count });
    }
    return (noun) => {
      const range = left.get(noun);
      const number = range === undefined || range.next === range.end ? undefined : fresh.get(noun)?.[range.next++];
      if (number === undefined)
        throw new Error(`a command takes a number of a ${noun.name} that its needs do not name`);
      return number;
    };
  };
}
