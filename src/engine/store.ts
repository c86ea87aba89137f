import type { Outcome } from "../core/command.ts";
import type { LogEntryDraft } from "../core/log-entry.ts";
import type { Principal } from "../core/principal.ts";
import type { AnyLookup, AnyNoun, Lookup, Noun } from "../core/state.ts";
import type { RowChanges, Rows } from "./working-set.ts";

/** A transaction commits or fails within this time, as long as the store answers. */
export const transactionMaxMs = 5_000;

/** Keeps the state for the engine. One call is one transaction. */
export interface Store {
  /**
   * Locks and loads the rows that `needs` names, calls `decide` with them, writes its result, and commits. The writes
   * are durable when the promise is fulfilled.
   *
   * Rows are locked in one global order and stay locked to the end. So two processes neither deadlock nor decide on the
   * same state. `decide` is called at most once. Nothing is written if it throws.
   *
   * In these cases nothing was written: it rejects with {@link StoreBusy} when too many others use the store; with
   * {@link WriteConflict} when another transaction was in the way for too long or this one took too long, so that
   * another attempt or a smaller batch may help; with the error that `decide` threw; and with any other error for a
   * violated constraint or a bug. It rejects with {@link StoreUnavailable} when the store cannot be reached or does not
   * answer in time. It is then unknown whether the writes were made.
   */
  transact(organizationId: number, needs: BatchNeeds, decide: (loaded: Loaded) => Writes): Promise<void>;
}

/** The store is away: it cannot be reached, or does not answer. */
export class StoreUnavailable extends Error {
  override readonly name: string = "StoreUnavailable";
}

/** The store answers, but too much waits for it, or others hold the rows. Nothing was written. */
export class StoreBusy extends StoreUnavailable {
  override readonly name = "StoreBusy";
}

export class WriteConflict extends Error {
  override readonly name = "WriteConflict";
}

/** The rows that a batch names, and how many unused numbers it may use. */
export interface BatchNeeds {
  /**
   * Whether rows that another transaction holds are skipped and reported in `busy`. Otherwise the store waits for them.
   * A row that cannot be skipped, such as a new code that another transaction adds too, soon ends the batch with a
   * conflict.
   */
  readonly skipsBusy: boolean;
  /** When the batch began, in milliseconds since the epoch. It is decided then or within `transactionMaxMs`. */
  readonly beganAtMs: number;
  /** The rows that are locked, by noun. */
  readonly lock: ReadonlyMap<AnyNoun, Asked>;
  /** The rows that are only looked at, by noun. */
  readonly read: ReadonlyMap<AnyNoun, Asked>;
  /** The new numbers to draw, by noun. */
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

  /** The questions of a lookup. Equal questions are repeated. */
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

/** The name of an idempotency record: the principal and its key. */
export interface IdempotencyName {
  readonly principal: string;
  readonly key: string;
}

/** The first answer to a command with an idempotency key, and the hash of the command. */
export interface IdempotencyRecord extends IdempotencyName {
  readonly contentHash: Buffer;
  readonly outcome: Outcome;
}

export interface Loaded {
  /** The rows that exist, each at most once. */
  readonly rows: readonly Rows[];
  /** The rows that another transaction holds. They were skipped and are not in `rows`. */
  readonly busy: readonly Rows[];
  readonly answers: readonly IdempotencyRecord[];
  /** As many numbers as the needs name. */
  readonly fresh: ReadonlyMap<AnyNoun, readonly number[]>;
}

/** A log entry, ready to be written. The store draws its number. */
export interface LogEntryRecord extends LogEntryDraft {
  readonly principal: Principal;
  readonly address: string | null;
  readonly channel: string | null;
  readonly recordedAtMs: number;
}

/** All changes of a batch. */
export interface Writes {
  readonly changes: ReadonlyMap<AnyNoun, RowChanges>;
  readonly entries: readonly LogEntryRecord[];
  readonly answers: readonly IdempotencyRecord[];
}
