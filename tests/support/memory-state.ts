import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { holdings } from "../../src/core/binding.ts";
import { cards, isFree, pins, stock } from "../../src/core/card.ts";
import type { Command, Outcome } from "../../src/core/command.ts";
import { customerMetadata, customerPasswords, customers, customerTerms } from "../../src/core/customer.ts";
import { type Device, deviceMetadata, devices, machine, otherFingerprint } from "../../src/core/device.ts";
import { editions, editionsOf } from "../../src/core/edition.ts";
import {
  type Conflict,
  conflicts,
  conflictsOfScan,
  type Entitlement,
  entitlements,
  type Redemption,
} from "../../src/core/entitlement.ts";
import { jobs } from "../../src/core/job.ts";
import { tokens } from "../../src/core/operator.ts";
import { phoneSecrets, primaryPhones } from "../../src/core/phone-device.ts";
import { accessKeys, products } from "../../src/core/product.ts";
import { rates } from "../../src/core/sale.ts";
import { secondStart } from "../../src/core/second.ts";
import {
  type AnyLookup,
  type AnyNoun,
  type Effect,
  isLookup,
  type Lookup,
  type Named,
  type Needs,
  type Noun,
  put,
  remove,
  type State,
} from "../../src/core/state.ts";
import { type Use, type UsesAsked, uses, usesSince } from "../../src/core/use.ts";
import type { Context, Decision } from "../../src/core/verb.ts";
import { verbOf } from "../../src/core/verbs/index.ts";
import { WorkingSet } from "../../src/engine/working-set.ts";

/** The whole state of an organization in memory, for tests of the rules alone. Its rows are frozen. */
export class MemoryState implements State {
  readonly #rows = new WorkingSet([]);

  constructor() {
    this.apply([put(rates, { byDefault: "EUR", rate: new Map([["EUR", 1_000_000_000n]]) })]);
  }

  get<K, R>(noun: Noun<K, R>, key: K): R | undefined {
    return this.#rows.get(noun, key);
  }

  find<Q, R>(lookup: Lookup<Q, R>, question: Q): readonly R[] {
    return this.#rows.find(lookup, question);
  }

  /** Every row of a noun, in the order in which they were added. */
  all<R>(noun: Noun<unknown, R>): R[] {
    return this.#rows.all(noun);
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#rows.apply([...this.#cascade(effect), frozen(this.#asStored(effect))]);
  }

  /** As the store does: the rows that belong to a product are removed with it. */
  #cascade(effect: Effect): Effect[] {
    if (effect.noun !== products || "put" in effect) return [];
    const id = effect.remove as number;
    return [remove(accessKeys, id), ...this.find(editionsOf, id).map((edition) => remove(editions, edition.id))];
  }

  /** As the store does: a fingerprint that no command named stays as it is. */
  #asStored(effect: Effect): Effect {
    if (effect.noun !== devices || !("put" in effect)) return effect;
    const device = effect.put as Device;
    if (device.fingerprint !== otherFingerprint) return effect;
    const known = this.all(devices).find(({ id }) => id === device.id);
    return put(devices, { ...device, fingerprint: known?.fingerprint ?? null });
  }
}

/** The context of a decision. Tests may leave out the random codes. New numbers follow the ones in use. */
export interface DecisionContext extends Pick<Context, "nowMs" | "principal" | "address"> {
  readonly drawn?: readonly string[];
}

export type DecisionOnCommand = Decision & { readonly outcome: Outcome };

/**
 * Decides a command as the engine does, and checks the promises of every rule: it makes the same decision twice, changes
 * none of its inputs, reads only rows that its needs name, changes only rows that they lock, and uses only the refusals
 * and log entries that its verb declares.
 */
export function decideStrictly(
  state: MemoryState,
  command: Command,
  { nowMs, principal, address, drawn = [] }: DecisionContext,
): DecisionOnCommand {
  frozen(command);
  const verb = verbOf(command);
  const needs = verb.needs(command, drawn);
  const named = new NamedRows(state, needs, nowMs);
  const decideOnce = () =>
    verb.decide(named, command, frozen({ nowMs, principal, address, drawn, fresh: freshNumbers(state, needs) }));
  const decision = decideOnce();
  assert.deepEqual(decideOnce(), decision, "the same decision twice");
  for (const effect of decision.effects) checkEffect(effect, state, needs, nowMs);
  const { outcome, entries } = decision;
  if (!outcome.ok) assert.ok(verb.refusals.includes(outcome.refusal), `${verb.name} declares ${outcome.refusal}`);
  for (const { kind } of entries) assert.ok(verb.logs.includes(kind), `${verb.name} declares the log entry ${kind}`);
  return decision as DecisionOnCommand;
}

/** Numbers above the ones in use, as many as the needs name. */
function freshNumbers(state: MemoryState, { fresh = [] }: Needs): Context["fresh"] {
  const left = new Map(fresh.map(([noun, count]) => [noun, { next: lastNumber(state, noun) + 1, count }]));
  return (noun) => {
    const range = left.get(noun);
    assert.ok(range !== undefined && range.count-- > 0, `a number of a ${noun.name} is named`);
    return range.next++;
  };
}

function lastNumber(state: MemoryState, noun: AnyNoun): number {
  return Math.max(0, ...state.all(noun).map((row) => (row as { readonly id: number }).id));
}

/** Nouns whose rows are only ever put and have no number. */
const added: readonly AnyNoun[] = [
  conflicts,
  jobs,
  tokens,
  pins,
  customerPasswords,
  customerMetadata,
  customerTerms,
  deviceMetadata,
  phoneSecrets,
  primaryPhones,
];

function checkEffect(effect: Effect, state: MemoryState, needs: Needs, nowMs: number): void {
  const { noun } = effect;
  const key = "put" in effect ? noun.keyOf(effect.put) : effect.remove;
  const before = state.get(noun, key);
  const isNumbered = "put" in effect && isFresh(noun, effect.put, state, needs);
  if (before === undefined) {
    assert.ok(
      isNumbered || added.includes(noun) || isNamed(state, needs, nowMs, noun, key),
      `a new ${noun.name} is named`,
    );
    return;
  }
  assert.ok(isLocked(state, needs, nowMs, noun, key), `the ${noun.name} ${key} that changes is locked`);
}

/** Whether a row has a number that was drawn for the command. */
function isFresh(noun: AnyNoun, row: unknown, state: MemoryState, { fresh = [] }: Needs): boolean {
  const count = fresh.find(([one]) => one === noun)?.[1] ?? 0;
  const { id } = row as { readonly id?: number };
  const last = lastNumber(state, noun);
  return id !== undefined && id > last && id <= last + count;
}

function isNamed(
  state: MemoryState,
  { lock = [], read = [] }: Needs,
  nowMs: number,
  noun: AnyNoun,
  key: unknown,
): boolean {
  if (noun === accessKeys)
    return isNamed(state, { lock }, nowMs, products, key) || state.get(products, key as number) === undefined;
  if (noun === holdings) return isLocked(state, { lock }, nowMs, noun, key);
  if (noun === uses) return isLocked(state, { lock }, nowMs, noun, key);
  if (noun === cards) return isLocked(state, { lock }, nowMs, entitlements, key);
  return [...lock, ...read].some((named) => names(state, named, nowMs, noun, key));
}

/** Whether a row is locked, or the row to which it belongs. */
function isLocked(
  state: MemoryState,
  { lock = [], read = [] }: Needs,
  nowMs: number,
  noun: AnyNoun,
  key: unknown,
): boolean {
  if (noun === accessKeys) return isLocked(state, { lock }, nowMs, products, key);
  // A later command may overwrite the display name of a customer without a lock.
  if (noun === customers) return [...lock, ...read].some((named) => names(state, named, nowMs, noun, key));
  if (noun === holdings || noun === uses) {
    const entitlementId = noun === uses ? Number(String(key).split(" ")[0]) : key;
    const entitlement = state.all(entitlements).find(({ id }) => id === entitlementId);
    return entitlement !== undefined && isLocked(state, { lock }, nowMs, entitlements, entitlement.code);
  }
  return lock.some((named) => names(state, named, nowMs, noun, key));
}

/** Whether this names the row with this key. */
function names(state: MemoryState, { by, asked }: Named, nowMs: number, noun: AnyNoun, key: unknown): boolean {
  if (!isLookup(by)) return by === noun && asked.includes(key);
  if (by.noun !== noun && !by.brings.includes(noun)) return false;
  return asked.some((question) => found(state, by, question, nowMs).some((row) => by.noun.keyOf(row) === key));
}

/** The rows that are sure to be loaded for a question. */
function found(state: MemoryState, by: AnyLookup, question: unknown, nowMs: number): readonly unknown[] {
  const rows = state.find(by, question);
  if (by !== (stock as AnyLookup)) return rows;
  return rows.filter((row) => isFree(row as Entitlement, nowMs)).slice(0, (question as { count: number }).count);
}

/** Shows a rule the rows that its command names, and fails when it reads another row. */
class NamedRows implements State {
  readonly #state: MemoryState;
  readonly #needs: Needs;
  readonly #named: readonly Named[];
  readonly #nowMs: number;

  constructor(state: MemoryState, needs: Needs, nowMs: number) {
    this.#state = state;
    this.#needs = needs;
    this.#nowMs = nowMs;
    this.#named = [...(needs.lock ?? []), ...(needs.read ?? [])];
  }

  get<K, R>(noun: Noun<K, R>, key: K): R | undefined {
    const isNamedHere = this.#named.some((named) => names(this.#state, named, this.#nowMs, noun, key));
    assert.ok(isNamedHere, `the ${noun.name} ${key} is named`);
    return this.#asLoaded(noun, this.#state.get(noun, key));
  }

  find<Q, R>(lookup: Lookup<Q, R>, question: Q): readonly R[] {
    const asked = this.#named.filter(({ by }) => by === (lookup as AnyLookup)).flatMap((named) => named.asked);
    assert.ok(
      asked.some((one) => isDeepStrictEqual(one, question)),
      `${lookup.name} ${JSON.stringify(question)} is named`,
    );
    // The rows that lead to the answer must be named too.
    lookup.entryFor(question, this);
    const rows = found(this.#state, lookup as AnyLookup, question, this.#nowMs) as readonly R[];
    return rows
      .filter((row) => this.#isLoaded(row) && isSince(lookup, question, row))
      .map((row) => this.#asLoaded(lookup.noun, row) ?? row);
  }

  /** Only conflicts of the named seconds are sure to be loaded, so the others are hidden. */
  #isLoaded(row: unknown): boolean {
    const scans = this.#named.filter(({ by }) => by === (conflictsOfScan as AnyLookup)).flatMap(({ asked }) => asked);
    if (scans.length === 0 || typeof row !== "object" || row === null || !("lost" in row)) return true;
    const seconds = new Set(scans.map((scan) => (scan as { secondMs: number }).secondMs));
    const isOfSecond = (one: Redemption | null) =>
      one !== null && seconds.has(secondStart(one.reportedAtMs ?? one.atMs));
    const { kept, lost, displaced } = row as Conflict;
    return isOfSecond(lost) || (displaced && isOfSecond(kept));
  }

  /** A device has its fingerprint only if the command names the same one. */
  #asLoaded<R>(noun: Noun<unknown, R>, row: R | undefined): R | undefined {
    if ((noun as AnyNoun) !== devices || row === undefined) return row;
    const device = row as Device;
    if (device.fingerprint === null) return row;
    const asked = (this.#needs.lock ?? [])
      .filter(({ by }) => by === (machine as AnyLookup))
      .flatMap((one) => one.asked);
    const isAsked = asked.some((one) => (one as { fingerprint: string }).fingerprint === device.fingerprint);
    return isAsked ? row : ({ ...device, fingerprint: otherFingerprint } as R);
  }
}

/** Only uses since the named moment are sure to be loaded, so the others are hidden. */
function isSince(lookup: AnyLookup, question: unknown, row: unknown): boolean {
  if (lookup !== (usesSince as AnyLookup)) return true;
  const { atMs, reportedAtMs } = row as Use;
  return Math.max(atMs, reportedAtMs ?? atMs) >= (question as UsesAsked).fromMs;
}

/** The value, deeply frozen. */
export function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const field of Object.values(value)) frozen(field);
  }
  return value;
}
