/**
 * A kind of row. A noun has its name and the key of its rows here. The store has the statements that load, lock and
 * write them.
 */
export interface Noun<K, R> {
  /** In the singular: `entitlement`. */
  readonly name: string;
  /**
   * Whether batches that lock the same row take turns in this process instead of waiting for each other in the
   * database. It is meant for rows that nearly every command of a kind changes, such as the product of a sale.
   */
  readonly takesTurns: boolean;
  /** The row to which a row belongs, and with which it is removed. */
  readonly partOf?: PartOf<R>;
  keyOf(row: R): K;
  /** Names the rows with these keys. */
  at(...keys: readonly K[]): Named;
}

interface PartOf<R> {
  readonly noun: AnyNoun;
  keyOf(row: R): unknown;
}

/** Finds rows of a noun in another way than by key: the stock of a product, the device of a machine. */
export interface Lookup<Q, R> {
  readonly name: string;
  readonly noun: Noun<unknown, R>;
  /** Nouns whose rows of the same key are loaded with the rows that are found. */
  readonly brings: readonly Noun<unknown, unknown>[];
  /** The entries under which a row is found; none for a row that answers no question. */
  entriesOf(row: R): readonly (string | number)[];
  /** The entry that answers a question in this state; `undefined` when there is no answer. */
  entryFor(question: Q, state: State): string | number | undefined;
  /** The order of the rows that are found. Without it they come in any order. */
  compare?(a: R, b: R): number;
  /** Names the rows that answer these questions. */
  at(...questions: readonly Q[]): Named;
  /** A name for the question that tells it from others, for commands that wait for a row. */
  nameOf(question: Q): string;
  /** How many rows may answer a question, for the weight of a command. */
  rowsOf(question: Q): number;
}

export type AnyNoun = Noun<unknown, unknown>;
export type AnyLookup = Lookup<unknown, unknown>;

/** Rows that a command names, by their keys or by questions of a lookup. */
export interface Named {
  readonly by: AnyNoun | AnyLookup;
  readonly asked: readonly unknown[];
}

export function isLookup(by: AnyNoun | AnyLookup): by is AnyLookup {
  return "noun" in by;
}

/** The members of a definition: `at` is made for it, and members with a default may be absent. */
type WithDefaults<T extends { at: unknown }, Optional extends keyof T> = Omit<T, "at" | Optional> &
  Partial<Pick<T, Optional>>;

/** Defines a noun. */
export function noun<K, R>(spec: WithDefaults<Noun<K, R>, "takesTurns">): Noun<K, R> {
  const made: Noun<K, R> = {
    takesTurns: false,
    ...spec,
    at: (...asked) => ({ by: made, asked }),
  };
  return made;
}

/** Defines a lookup. */
export function lookup<Q, R>(spec: WithDefaults<Lookup<Q, R>, "brings" | "nameOf" | "rowsOf">): Lookup<Q, R> {
  const made: Lookup<Q, R> = {
    brings: [],
    nameOf: (question) => JSON.stringify(question),
    rowsOf: () => 1,
    ...spec,
    at: (...asked) => ({ by: made, asked }),
  };
  return made;
}

/** The rows that a command named, as the commands before it left them. Other rows are absent. */
export interface State {
  get<K, R>(noun: Noun<K, R>, key: K): R | undefined;
  /** The rows that answer a question. */
  find<Q, R>(lookup: Lookup<Q, R>, question: Q): readonly R[];
}

/** The rows that a command names. They are locked and loaded before the decision. */
export interface Needs {
  /** Rows that the command may change. They stay locked until the transaction ends. */
  readonly lock?: readonly Named[];
  /** Rows that the command only looks at, or may add. */
  readonly read?: readonly Named[];
  /**
   * Rows that lead to other rows after the command, such as an entitlement to the devices of a new holder. Those are
   * loaded for the batch before the command is decided, so a later command that locks one of these rows waits for the end
   * of the batch.
   */
  readonly closes?: readonly Named[];
  /** The new numbers that the command may use, by noun. */
  readonly fresh?: readonly (readonly [noun: AnyNoun, count: number])[];
}

/** One effect on the state. */
export type Effect =
  | { readonly noun: AnyNoun; readonly put: unknown }
  | { readonly noun: AnyNoun; readonly remove: unknown };

/** Adds a row, or replaces the row with the same key. */
export function put<R>(noun: Noun<unknown, R>, row: R): Effect {
  return { noun, put: row };
}

/** Removes the row with this key and the rows that belong to it. */
export function remove<K>(noun: Noun<K, unknown>, key: K): Effect {
  return { noun, remove: key };
}
