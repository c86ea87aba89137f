import type { JobLimits } from "../../core/job.ts";
import type { AnyNoun, Noun } from "../../core/state.ts";
import type { Asked, Writes } from "../../engine/store.ts";
import type { RowChanges, Rows } from "../../engine/working-set.ts";
import type { Secrets } from "../secrets.ts";
import type { RowLock, SqlExecutor } from "../statement.ts";
import type { SealedPin } from "./pin.ts";

/** The context of a batch before it has a connection. */
export interface Preparation {
  readonly secrets: Secrets;
  readonly organizationId: number;
  /** Pins that were sealed for this batch. */
  readonly sealedPins: Map<string, SealedPin>;
}

/** The transaction of a batch. */
export interface Transaction extends Preparation {
  readonly sql: SqlExecutor;
  /** On the clock of the engine. The batch is decided then or soon after. */
  readonly beganAtMs: number;
  /** By the name of a task. */
  readonly jobLimits: ReadonlyMap<string, JobLimits> | undefined;
}

/**
 * How the rows of a noun are stored. The functions send their statements when they are called, before they wait for
 * anything, so the statements of a batch are carried out in the order of the calls.
 */
export interface StoredNoun<K, R> {
  readonly noun: Noun<K, R>;
  /** The sequence of its numbers; absent: it has none. */
  readonly sequence?: string;
  /** Whether its rows have locks of their own. */
  readonly locksRows?: boolean;
  /** Whether commands may remove its rows. */
  readonly removesRows?: boolean;
  /** Work before the batch takes a connection, so that it holds no lock meanwhile. */
  prepare?(preparation: Preparation, asked: Asked): Promise<void>;
  /** Reads rows that need no lock; called before the first lock is taken. */
  readAhead?(transaction: Transaction, asked: Asked): Promise<readonly Rows[]>;
  /** Loads the rows that are asked for, and perhaps rows of other nouns. Absent: rows are only added. */
  load?(transaction: Transaction, asked: Asked, lock: RowLock): Promise<readonly Rows[]>;
  /**
   * Starts the statements that write the changes, one after the other. New rows go in by their unique key: when two
   * batches add the same rows, one waits and there is no deadlock. Absent: commands do not change its rows.
   */
  write?(transaction: Transaction, changes: RowChanges<K, R>, writes: Writes): Iterable<Promise<unknown>>;
}

export type AnyStoredNoun = StoredNoun<unknown, unknown>;

const noChanges: RowChanges<never, never> = { added: [], changed: [], removed: [] };

/** The changes of a noun. */
export function changesOf<K, R>({ changes }: Writes, noun: Noun<K, R>): RowChanges<K, R> {
  return (changes.get(noun) ?? noChanges) as RowChanges<K, R>;
}

/** The rows of a noun that commands only add. Throws for any other change: it would be lost. */
export function onlyAdded<R>(noun: AnyNoun, { added, changed, removed }: RowChanges<unknown, R>): readonly R[] {
  if (changed.length + removed.length > 0) throw new Error(`a ${noun.name} can only be added`);
  return added;
}

/** Starts a statement for rows, unless there are none. */
export function* unlessEmpty<R>(
  rows: readonly R[],
  start: (rows: readonly R[]) => Promise<unknown>,
): Iterable<Promise<unknown>> {
  if (rows.length > 0) yield start(rows);
}

/**
 * The text that inserts rows with numbers. A number that was not drawn from the sequence moves the sequence on, so that
 * it is not drawn later. One transaction at a time does so, and looks again when it is its turn: otherwise the smaller
 * of two numbers could set the sequence back.
 */
export function numberedInsert(insert: string, sequence: string): string {
  return `with added as (
${insert}
returning id
), ahead as materialized (
  select added.id, pg_advisory_xact_lock(hashtext('${sequence}'))
  from (select max(id) as id from added) as added, ${sequence} s
  where added.id > s.last_value or added.id = s.last_value and not s.is_called
)
select setval('${sequence}', ahead.id) from ahead where ahead.id >= (select last_value from ${sequence})`;
}
