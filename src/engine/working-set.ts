import type { AnyLookup, AnyNoun, Effect, Lookup, Noun, State } from "../core/state.ts";

/** Rows of one noun. */
export interface Rows {
  readonly noun: AnyNoun;
  readonly rows: Iterable<unknown>;
}

/** Writes `rows(products, […])`, so that the compiler sees that the rows are of the noun. */
export function rows<R>(noun: Noun<unknown, R>, of: Iterable<R>): Rows {
  return { noun, rows: of };
}

/** The changes of a batch to the rows of one noun. */
export interface RowChanges<K = unknown, R = unknown> {
  readonly added: readonly R[];
  readonly changed: readonly R[];
  readonly removed: readonly K[];
}

interface Table {
  readonly before: Map<unknown, unknown>;
  now: Map<unknown, unknown>;
  readonly touched: Set<unknown>;
  readonly removed: Set<unknown>;
  readonly indexes: Map<AnyLookup, Index>;
}

/**
 * The rows of one batch while it is decided. Each command sees the effects of the commands before it. In the end it
 * tells the differences from the loaded rows.
 */
export class WorkingSet implements State {
  readonly #tables = new Map<AnyNoun, Table>();

  constructor(loaded: readonly Rows[]) {
    for (const { noun, rows } of loaded) {
      const { before } = this.#table(noun);
      for (const row of rows) before.set(noun.keyOf(row), row);
    }
    for (const table of this.#tables.values()) table.now = new Map(table.before);
  }

  #table(noun: AnyNoun): Table {
    let table = this.#tables.get(noun);
    if (table === undefined) {
      table = { before: new Map(), now: new Map(), touched: new Set(), removed: new Set(), indexes: new Map() };
      this.#tables.set(noun, table);
    }
    return table;
  }

  get<K, R>(noun: Noun<K, R>, key: K): R | undefined {
    return this.#tables.get(noun)?.now.get(key) as R | undefined;
  }

  find<Q, R>(lookup: Lookup<Q, R>, question: Q): readonly R[] {
    const table = this.#tables.get(lookup.noun);
    if (table === undefined) return [];
    const entry = lookup.entryFor(question, this);
    if (entry === undefined) return [];
    let index = table.indexes.get(lookup);
    if (index === undefined) {
      index = new Index(lookup);
      for (const [key, row] of table.now) index.add(key, row);
      table.indexes.set(lookup, index);
    }
    return index.find(entry) as readonly R[];
  }

  /** Every row of a noun. */
  all<R>(noun: Noun<unknown, R>): R[] {
    return [...(this.#tables.get(noun)?.now.values() ?? [])] as R[];
  }

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) {
      const table = this.#table(effect.noun);
      const key = "put" in effect ? effect.noun.keyOf(effect.put) : effect.remove;
      table.touched.add(key);
      const old = table.now.get(key);
      if (old !== undefined) for (const index of table.indexes.values()) index.remove(key, old);
      if ("put" in effect) {
        table.now.set(key, effect.put);
        for (const index of table.indexes.values()) index.add(key, effect.put);
      } else {
        table.now.delete(key);
        if (table.before.has(key)) table.removed.add(key);
        this.#forgetPartsOf(effect.noun, key);
      }
    }
  }

  /** The store removes a row with its parts, so the parts need no writes. */
  #forgetPartsOf(whole: AnyNoun, wholeKey: unknown): void {
    for (const [{ partOf }, table] of this.#tables) {
      if (partOf?.noun !== whole) continue;
      for (const [key, row] of table.now) {
        if (partOf.keyOf(row) !== wholeKey) continue;
        for (const index of table.indexes.values()) index.remove(key, row);
        table.now.delete(key);
        table.touched.delete(key);
      }
    }
  }

  /**
   * The differences from the loaded rows, by noun. A loaded row that was put again makes no difference. A row that was
   * removed and put again is removed and added.
   */
  changes(): ReadonlyMap<AnyNoun, RowChanges> {
    const changes = new Map<AnyNoun, RowChanges>();
    for (const [noun, { before, now, touched, removed }] of this.#tables) {
      const added: unknown[] = [];
      const changed: unknown[] = [];
      for (const key of touched) {
        const old = before.get(key);
        const row = now.get(key);
        if (row === undefined || row === old) continue;
        if (old === undefined || removed.has(key)) added.push(row);
        else changed.push(row);
      }
      if (added.length + changed.length + removed.size > 0) {
        changes.set(noun, { added, changed, removed: [...removed] });
      }
    }
    return changes;
  }
}

/** The rows of a noun under the entries of a lookup. It is built when a rule asks for the first time. */
class Index {
  readonly #lookup: AnyLookup;
  readonly #byEntry = new Map<string | number, Map<unknown, unknown>>();
  /** Rows in the order of the lookup. Some may have been removed since. */
  readonly #sorted = new Map<string | number, readonly unknown[]>();

  constructor(lookup: AnyLookup) {
    this.#lookup = lookup;
  }

  add(key: unknown, row: unknown): void {
    for (const entry of this.#lookup.entriesOf(row)) {
      const found = this.#byEntry.get(entry);
      if (found === undefined) this.#byEntry.set(entry, new Map([[key, row]]));
      else found.set(key, row);
      this.#sorted.delete(entry);
    }
  }

  remove(key: unknown, row: unknown): void {
    for (const entry of this.#lookup.entriesOf(row)) this.#byEntry.get(entry)?.delete(key);
  }

  find(entry: string | number): readonly unknown[] {
    const found = this.#byEntry.get(entry);
    if (found === undefined) return [];
    const { compare, noun } = this.#lookup;
    if (compare === undefined) return [...found.values()];
    let sorted = this.#sorted.get(entry);
    if (sorted === undefined) {
      sorted = [...found.values()].sort(compare);
    } else if (sorted.length > found.size) {
      const isThere = (row: unknown) => found.get(noun.keyOf(row)) === row;
      // A sale takes rows from the front, so it looks at no others.
      sorted = sorted.slice(sorted.findIndex(isThere));
      if (sorted.length > found.size) sorted = sorted.filter(isThere);
    }
    this.#sorted.set(entry, sorted);
    return sorted;
  }
}
