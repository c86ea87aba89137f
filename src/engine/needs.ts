import { type AnyLookup, type AnyNoun, isLookup, type Named, type Needs } from "../core/state.ts";
import { Asked, type BatchNeeds, type IdempotencyName } from "./store.ts";

/** The weight of a command: the rows that it may touch, without its log entries. Weights limit a batch. */
export function weightOf({ lock = [], read = [], fresh = [] }: Needs): number {
  let weight = 0;
  for (const named of lock) weight += rowsOf(named);
  for (const named of read) weight += rowsOf(named);
  for (const [, count] of fresh) weight += count;
  return weight;
}

function rowsOf({ by, asked }: Named): number {
  if (!isLookup(by)) return asked.length;
  let rows = 0;
  for (const question of asked) rows += by.rowsOf(question);
  return rows;
}

/** The name of a row or a question. Commands that share the name of a busy row wait for it together. */
export function nameOf(by: AnyNoun | AnyLookup, asked: unknown): string {
  return `${by.name} ${isLookup(by) ? by.nameOf(asked) : asked}`;
}

/**
 * The names of the rows that a command adds or locks. Added rows are first: they are busy when another transaction adds
 * the same row, which shows only in the attempt.
 */
export function namesOf({ lock = [], read = [], fresh = [] }: Needs): string[] {
  const added = fresh.map(([noun]) => noun);
  const names: string[] = [];
  for (const { by, asked } of read) {
    if (!isLookup(by) && added.includes(by)) for (const key of asked) names.push(nameOf(by, key));
  }
  for (const { by, asked } of lock) for (const one of asked) names.push(nameOf(by, one));
  return names;
}

/** The names of the rows that a command locks and for which batches take turns. */
export function turnsOf({ lock = [] }: Needs): string[] {
  const turns: string[] = [];
  for (const { by, asked } of lock) {
    if (!isLookup(by) && by.takesTurns) for (const key of asked) turns.push(nameOf(by, key));
  }
  return turns;
}

/** All rows that these commands name. A row that one of them locks is not read too. */
export function needsOfBatch(
  commands: readonly { readonly needs: Needs; readonly answer: IdempotencyName | undefined }[],
  skipsBusy: boolean,
  beganAtMs: number,
): BatchNeeds {
  const lock = new Map<AnyNoun, Asked>();
  const read = new Map<AnyNoun, Asked>();
  const fresh = new Map<AnyNoun, number>();
  const answers = new Map<string, IdempotencyName>();
  for (const { needs, answer } of commands) {
    for (const named of needs.lock ?? []) collect(lock, named);
    for (const named of needs.read ?? []) collect(read, named);
    for (const [noun, count] of needs.fresh ?? []) fresh.set(noun, (fresh.get(noun) ?? 0) + count);
    if (answer !== undefined) answers.set(idempotencyName(answer), answer);
  }
  for (const [noun, locked] of lock) for (const key of locked.keys(noun)) read.get(noun)?.removeKey(key);
  for (const asked of [lock, read]) for (const [noun, one] of asked) if (one.isEmpty) asked.delete(noun);
  return { skipsBusy, beganAtMs, lock, read, fresh, answers: [...answers.values()] };
}

function collect(all: Map<AnyNoun, Asked>, { by, asked }: Named): void {
  const noun = isLookup(by) ? by.noun : by;
  let one = all.get(noun);
  if (one === undefined) {
    one = new Asked();
    all.set(noun, one);
  }
  if (isLookup(by)) one.addQuestions(by, asked);
  else for (const key of asked) one.addKey(key);
}

/** A name for an idempotency key that is unique among all principals. */
export function idempotencyName({ principal, key }: IdempotencyName): string {
  return `${principal} ${key}`;
}
