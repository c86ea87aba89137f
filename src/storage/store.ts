import type pg from "pg";
import type { JobLimits } from "../core/job.ts";
import type { AnyNoun } from "../core/state.ts";
import {
  type Asked,
  type BatchNeeds,
  type Loaded,
  type Store,
  StoreBusy,
  StoreUnavailable,
  WriteConflict,
  type Writes,
} from "../engine/store.ts";
import type { Rows } from "../engine/working-set.ts";
import { translateError } from "./database.ts";
import { insertIdempotencyRecords, readIdempotencyRecords } from "./idempotency-records.ts";
import { insertLogEntries } from "./log.ts";
import { storedNouns } from "./nouns/index.ts";
import type { AnyStoredNoun, Preparation, Transaction } from "./nouns/stored.ts";
import type { Secrets } from "./secrets.ts";
import { query, type RowLock, type SqlExecutor } from "./statement.ts";
import { bigint, columns, text } from "./table.ts";

export interface StoreOptions {
  readonly pool: pg.Pool;
  readonly secrets: Secrets;
  /** By the name of a task; see `insertJobs`. */
  readonly jobLimits?: ReadonlyMap<string, JobLimits>;
  /**
   * Leaves the locks out. Only for the tests that show the consequences: a code honoured twice, a capacity exceeded.
   */
  readonly withoutLocks?: boolean;
}

/** How long a batch that skips busy rows waits for a lock that cannot be skipped. */
const skippingLockTimeoutMs = 20;
// Named, since a role can have another default: each statement must see all commits before its own beginning.
const beginWaiting = "begin isolation level read committed";
const beginSkipping = `${beginWaiting}; set local lock_timeout = ${skippingLockTimeoutMs}`;

/** The state in PostgreSQL; what it promises stands at {@link Store}. */
export function createStore({ pool, secrets, jobLimits, withoutLocks = false }: StoreOptions): Store {
  const lockOf = ({ skipsBusy }: BatchNeeds): RowLock => {
    if (withoutLocks) return "none";
    return skipsBusy ? "skip" : "wait";
  };

  return {
    async transact(organizationId, needs, decide) {
      const preparation: Preparation = { secrets, organizationId, sealedPins: new Map() };
      for (const [stored, asked] of [...storedIn(needs.lock), ...storedIn(needs.read)]) {
        if (stored.prepare !== undefined) await stored.prepare(preparation, asked);
      }
      const client = await pool.connect().catch((error) => {
        throw translateError(error);
      });
      let useless: Error | undefined;
      let decisionError: unknown;
      let firstError: unknown;
      const noteError = (error: unknown) => {
        firstError ??= error;
      };
      // After an error the server refuses the statements that follow, and a refusal may be heard of before the error.
      const sql: SqlExecutor = {
        query<R extends unknown[]>(query: pg.QueryArrayConfig) {
          const result = client.query<R>(query);
          result.catch(noteError);
          return result;
        },
      };
      const transaction: Transaction = { ...preparation, sql, beganAtMs: needs.beganAtMs, jobLimits };
      const begun: Promise<unknown>[] = [];
      try {
        const loading = sentTogether(client, () => {
          begun.push(client.query(needs.skipsBusy ? beginSkipping : beginWaiting));
          return load(transaction, needs, lockOf(needs));
        });
        const [loaded] = await Promise.all([loading, ...begun]);
        let writes: Writes;
        try {
          writes = decide(loaded);
        } catch (error) {
          decisionError = error;
          throw error;
        }
        sentTogether(client, () => {
          // A statement that cannot be sent throws here, so no commit follows it.
          for (const statement of write(transaction, writes)) begun.push(statement);
          begun.push(client.query("commit").then(checkCommit));
        });
        await Promise.all(begun);
      } catch (error) {
        for (const statement of begun) statement.catch(() => {});
        if (decisionError !== undefined) {
          useless = await rollBack(client);
          throw decisionError;
        }
        const translated = translateError(firstError ?? error);
        // A server that is away is not asked for a rollback; it rolls back by itself.
        useless = isAway(translated) ? translated : await rollBack(client);
        throw translated instanceof StoreBusy ? new WriteConflict(translated.message, { cause: error }) : translated;
      } finally {
        client.release(useless);
      }
    },
  };
}

/** The nouns of a map with their values, in the global order. Throws when a noun is not stored. */
function storedIn<V>(byNoun: ReadonlyMap<AnyNoun, V>): (readonly [stored: AnyStoredNoun, value: V])[] {
  const found: (readonly [AnyStoredNoun, V])[] = [];
  if (byNoun.size === 0) return found;
  for (const stored of storedNouns) {
    const value = byNoun.get(stored.noun);
    if (value !== undefined) found.push([stored, value]);
  }
  if (found.length < byNoun.size) throw new Error(`not stored: one of ${[...byNoun.keys()].map(({ name }) => name)}`);
  return found;
}

/**
 * Sends all statements at once; the server carries them out in this order. Rows that are only read come after all
 * locks, so that they are not older than the locks.
 */
async function load(transaction: Transaction, needs: BatchNeeds, lock: RowLock): Promise<Loaded> {
  const { sql, secrets, organizationId } = transaction;
  const locked = storedIn(needs.lock);
  const read = storedIn(needs.read);
  const loadOne = ([stored, asked]: readonly [AnyStoredNoun, Asked], rowLock: RowLock) => {
    if (stored.load === undefined) throw new Error(`rows of ${stored.noun.name} are only written`);
    return stored.load(transaction, asked, rowLock);
  };
  const numbers = drawNumbers(sql, needs.fresh);
  const parts = [
    ...read.map(([stored, asked]) => stored.readAhead?.(transaction, asked) ?? []),
    ...locked.map((one) => loadOne(one, lock)),
    ...read.map((one) => loadOne(one, "none")),
  ];
  const answers = needs.answers.length === 0 ? [] : readIdempotencyRecords(sql, secrets, organizationId, needs.answers);
  // The same query without locks finds the rows that were skipped.
  const again = needs.skipsBusy ? locked.filter(([{ locksRows }]) => locksRows).map((one) => loadOne(one, "none")) : [];
  const [fresh, rows, known, all] = await Promise.all([numbers, Promise.all(parts), answers, Promise.all(again)]);
  const loaded = rows.flat();
  return { rows: loaded, busy: all.length === 0 ? [] : passedOver(all.flat(), loaded), answers: known, fresh };
}

/** The rows that exist and were not loaded. */
function passedOver(all: readonly Rows[], loaded: readonly Rows[]): Rows[] {
  const keysOf = new Map<AnyNoun, Set<unknown>>();
  for (const { noun, rows } of loaded) {
    const keys = keysOf.get(noun) ?? new Set();
    keysOf.set(noun, keys);
    for (const row of rows) keys.add(noun.keyOf(row));
  }
  const busy: Rows[] = [];
  for (const { noun, rows } of all) {
    const others = [...rows].filter((row) => keysOf.get(noun)?.has(noun.keyOf(row)) !== true);
    if (others.length > 0) busy.push({ noun, rows: others });
  }
  return busy;
}

/** Starts the statements one by one, in the order in which they are to be carried out. */
function* write(transaction: Transaction, { changes, entries, answers }: Writes): Generator<Promise<unknown>> {
  const { sql, secrets, organizationId } = transaction;
  const writes = { changes, entries, answers };
  for (const [stored, change] of storedIn(changes)) {
    if (stored.write === undefined) throw new Error(`rows of ${stored.noun.name} are only read`);
    if (change.removed.length > 0 && stored.removesRows !== true) {
      throw new Error(`a ${stored.noun.name} cannot be removed`);
    }
    yield* stored.write(transaction, change, writes);
  }
  if (answers.length > 0) yield insertIdempotencyRecords(sql, secrets, organizationId, answers);
  if (entries.length > 0) yield insertLogEntries(sql, organizationId, entries);
}

/**
 * Sends the statements that `start` starts in one system call; the driver makes one for each statement. The engine
 * without HTTP then redeems with 19.6 to 20.4 µs of this process instead of 22.6 to 24.0 (the least of seven runs,
 * twice, alternating).
 */
function sentTogether<T>({ connection }: pg.PoolClient, start: () => T): T {
  connection.stream.cork();
  try {
    return start();
  } finally {
    connection.stream.uncork();
  }
}

/** Resolves with the error when the rollback fails: the connection is then of no further use. */
function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  return client.query("rollback").then(() => undefined, translateError);
}

const isAway = (error: Error) => error instanceof StoreUnavailable && !(error instanceof StoreBusy);

/** The server answers the commit of a failed transaction with success, and names it a rollback. */
function checkCommit({ command }: pg.QueryResult): void {
  if (command !== "COMMIT") throw new Error("a transaction was rolled back at its commit");
}

const numberedNouns = storedNouns.filter(({ sequence }) => sequence !== undefined);
const draw = query(
  "draw_numbers",
  columns({ name: text(), number: bigint() }),
  numberedNouns
    .map(
      ({ noun, sequence }, at) => `select '${noun.name}', nextval('${sequence}') from generate_series(1, $${at + 1})`,
    )
    .join("\nunion all "),
);

/** Draws numbers from the sequences of the nouns. */
async function drawNumbers(sql: SqlExecutor, counts: BatchNeeds["fresh"]): Promise<Loaded["fresh"]> {
  const values = numberedNouns.map(({ noun }) => counts.get(noun) ?? 0);
  if (values.every((count) => count === 0)) return new Map();
  const drawn = await draw(sql, ...values);
  const byName = Map.groupBy(drawn, ({ name }) => name);
  return new Map(numberedNouns.map(({ noun }) => [noun, (byName.get(noun.name) ?? []).map(({ number }) => number)]));
}
