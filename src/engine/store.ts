import type { Outcome } from "../core/command.ts";
import type { LogEntryDraft } from "../core/log-entry.ts";
import type { Principal } from "../core/principal.ts";
import type { AnyLookup, AnyNoun, Lookup, Noun } from "../core/state.ts";
import type { RowChanges, Rows } from "./working-set.ts";

/** A transaction ends within this time, whatever becomes of it, as long as the store answers. */
export const transactionMaxMs = 5_000;

/** What the engine asks of whatever keeps the state. One call is one transaction. */
export interface Store {
  /**
   * Locks and loads the rows that `needs` names, hands them to `decide`, writes what it returns, and commits. When the
   * promise is fulfilled, the writes are durable.
   *
   * The rows stay locked from the load to the end, in one global order, so that two processes neither deadlock nor
   * decide on the same state. `decide` is called at most once; nothing is written if it throws.
   *
   * Rejects with {@link StoreBusy} when too many others use the store, and with {@link WriteConflict} when another
   * transaction was in the way for too long or this one took too long: trying again, or less at once, may help. Rejects
   * with what `decide` has thrown, and with any other error for a broken rule or a bug. In all these cases nothing was
   * written. Rejects with {@link StoreUnavailable} when the store cannot be reached or does not answer in time; whether
   * the writes were made is then unknown.
   */
  transact(organizationId: number, needs: BatchNeeds, decide: (loaded: Loaded) => Writes): Promise<void>;
}

/** The store is away: it cannot be reached, or does not answer. */
export class StoreUnavailable extends Error {
  override readonly name: string = "StoreUnavailable";
}

/** The store is there, but has no time: too much waits for it, or others hold what is asked for. Nothing was done. */
export class StoreBusy extends StoreUnavailable {
  override readonly name = "StoreBusy";
}

export class WriteConflict extends Error {
  override readonly name = "WriteConflict";
}

/** The rows that a batch names, and how many unused numbers it may use. */
export interface BatchNeeds {
  /**
   * Whether rows that another transaction holds are passed over, and told in `busy`, instead of waited for. What cannot
   * be passed over, such as a new code that another is adding too, ends the batch with a conflict very soon.
   */
  readonly skipsBusy: boolean;
  /** The rows that are locked, by noun. */
  readonly lock: ReadonlyMap<AnyNoun, Asked>;
  /** The rows that are only looked at, by noun. */
  readonly read: ReadonlyMap<AnyNoun, Asked>;
  /** How many numbers to draw of each noun. */
  readonly fresh: ReadonlyMap<AnyNoun, number>;
  readonly answers: readonly IdempotencyName[];
}

/** The rows of one noun that a batch names. */
export class Asked {
  readonly #keys = new Set<unknown>();
  readonly #questions = new Map<AnyLookup, unknown[]>();

  /** The keys that are named, each once. */
  keys<K>(_noun: Noun<K, unknown>): readonly K[] {
    return [...this.#keys] as K[];
  }

  /** The questions of a lookup, as often as they were asked. */
  questions<Q>(lookup: Lookup<Q, unknown>): readonly Q[] {
    return (this.#questions.get(lookup) ?? []) as Q[];
  }

  addKey(key: unknown): void {
    this.#keys.add(key);
  }

  removeKey(key: unknown): void {
    this.#keys.delete(key);
  }

  addQuestions(lookup: AnyLookup, questions: readonly unknown[]): void {
    const known = this.#questions.get(lookup);
    if (known === undefined) this.#questions.set(lookup, [...questions]);
    else known.push(...questions);
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#questions.size === 0;
  }
}

/** The name under which an answer is kept: a principal's idempotency key. */
export interface IdempotencyName {
  readonly principal: string;
  readonly key: string;
}

/** The first answer to a request with an idempotency key, and what was asked. */
export interface IdempotencyRecord extends IdempotencyName {
  readonly contentHash: Buffer;
  readonly outcome: Outcome;
}

export interface Loaded {
  /** The rows that are there, each at most once. */
  readonly rows: readonly Rows[];
  /** The rows that another transaction holds and that were passed over. They are not among the others. */
  readonly busy: readonly Rows[];
  readonly answers: readonly IdempotencyRecord[];
  /** As many numbers as were asked for. */
  readonly fresh: ReadonlyMap<AnyNoun, readonly number[]>;
}

/** A line of the log, ready to be written; its number is drawn by the store. */
export interface LogEntryRecord extends LogEntryDraft {
  readonly principal: Principal;
  readonly address: string | null;
  readonly recordedAtMs: number;
}

/** All that a batch changes. */
export interface Writes {
  readonly changes: ReadonlyMap<AnyNoun, RowChanges>;
  readonly entries: readonly LogEntryRecord[];
  readonly answers: readonly IdempotencyRecord[];
}
