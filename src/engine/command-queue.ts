import type { Outcome } from "../core/command.ts";
import type { Needs } from "../core/state.ts";
import type { Envelope } from "./engine.ts";
import { namesOf } from "./needs.ts";

/** Commands that one transaction decides at most. */
export const batchCommandsMax = 256;
/**
 * Rows that the commands of one transaction name at most; a command that names more has one of its own. Measured on an
 * idle machine, 2,000 rows take 0.1 s.
 */
const batchRowsMax = 2_000;
/** A command that names as many rows is bulk work and waits with its like, so that nobody at a door waits for it. */
const bulkRowsMin = 200;

/** After how long a command whose rows were busy is tried again for the first time; each time it is twice as long. */
const firstPauseMs = 10;
const pauseMaxMs = 200;

/** The ways in which commands wait: `probe` for those whose rows were busy when they were tried before. */
export const lineKinds = ["bulk", "ordinary", "probe"] as const;
export type LineKind = (typeof lineKinds)[number];

/** A command that waits, or is under way. */
export interface Waiting {
  readonly envelope: Envelope;
  /** Without what is drawn for it. */
  readonly needs: Needs;
  readonly rows: number;
  /** The rows of which batches take turns and that it locks. */
  readonly turns: readonly string[];
  /** It is not begun later, and not written. On the clock of `performance.now`. */
  readonly deadlineMs: number;
  readonly answer: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
  /** The busy row that it was sent to look for. */
  probes: string | undefined;
}

/** Commands that share a busy row, in the order of their arrival. One of them at a time looks whether it is free. */
interface BusyRow {
  readonly commands: Waiting[];
  pauseMs: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * The commands of one organization that wait. Those whose rows another transaction holds wait apart from the others, by
 * row, so that nobody who does not need the row waits for it. Commands that lock a product that a batch under way locks
 * wait for its end, so that no batch waits for another one of ours: measured on a busy machine, where a batch takes
 * half a second, two thousand tickets of one event were sold in half the time.
 */
export class CommandQueue {
  readonly #lines: Record<LineKind, Waiting[]> = { bulk: [], ordinary: [], probe: [] };
  readonly #busyRows = new Map<string, BusyRow>();
  /** Rows of which batches take turns, as far as one is under way, and the commands that wait for its end. */
  readonly #turns = new Map<string, Waiting[]>();
  readonly #onProbe: () => void;

  /** `onProbe` is called when a busy row is to be tried again. */
  constructor(onProbe: () => void) {
    this.#onProbe = onProbe;
  }

  add(one: Waiting): void {
    this.#lineOf(one).push(one);
  }

  #lineOf({ rows, probes }: Waiting): Waiting[] {
    if (probes !== undefined) return this.#lines.probe;
    return this.#lines[rows >= bulkRowsMin ? "bulk" : "ordinary"];
  }

  has(kind: LineKind): boolean {
    return this.#lines[kind].length > 0;
  }

  /** How many wait in the lines. */
  get waiting(): number {
    const { ordinary, bulk, probe } = this.#lines;
    let count = ordinary.length + bulk.length + probe.length;
    for (const commands of this.#turns.values()) count += commands.length;
    return count;
  }

  /** How many wait for a busy row. */
  get waitingForRows(): number {
    let count = 0;
    for (const { commands } of this.#busyRows.values()) count += commands.length;
    return count;
  }

  get isEmpty(): boolean {
    return this.waiting === 0 && this.#busyRows.size === 0 && this.#turns.size === 0;
  }

  /** Whether some row is known to be busy: then others may be, and no batch waits for one. */
  get knowsBusyRows(): boolean {
    return this.#busyRows.size > 0;
  }

  /** The next batch of a line, to be given to `ended` later; empty when everything in it has to wait apart. */
  take(kind: LineKind): Waiting[] {
    const line = this.#lines[kind];
    const batch: Waiting[] = [];
    let rows = 0;
    let seen = 0;
    for (const one of line) {
      const apart = (kind === "probe" ? undefined : this.#busyRowOf(one)?.commands) ?? firstOf(this.#turns, one.turns);
      if (apart === undefined) {
        if (batch.length === batchCommandsMax || (batch.length > 0 && rows + one.rows > batchRowsMax)) break;
        batch.push(one);
        rows += one.rows;
      } else {
        apart.push(one);
      }
      seen++;
    }
    line.splice(0, seen);
    for (const { turns } of batch) for (const name of turns) this.#turns.set(name, []);
    return batch;
  }

  /** Tells that a batch is over: who waited for its products is next. */
  ended(batch: readonly Waiting[]): void {
    for (const { turns } of batch) {
      for (const name of turns) {
        const waited = this.#turns.get(name) ?? [];
        this.#turns.delete(name);
        this.#putInFront(waited);
      }
    }
  }

  #putInFront(commands: readonly Waiting[]): void {
    const byLine = Map.groupBy(commands, (one) => this.#lineOf(one));
    for (const [line, ofLine] of byLine) line.unshift(...ofLine);
  }

  #busyRowOf({ needs }: Waiting): BusyRow | undefined {
    return this.#busyRows.size === 0 ? undefined : firstOf(this.#busyRows, namesOf(needs));
  }

  /** Has a command wait until a row is free; without a name, for the first that it names. */
  waitForRow(one: Waiting, busyName?: string): void {
    const name = busyName ?? namesOf(one.needs)[0] ?? one.envelope.command.verb;
    const isProbe = one.probes === name;
    if (!isProbe) this.settled(one);
    one.probes = undefined;
    let row = this.#busyRows.get(name);
    if (row === undefined) {
      row = { commands: [], pauseMs: firstPauseMs, timer: undefined };
      this.#busyRows.set(name, row);
      this.#probeLater(name, row);
    } else if (isProbe) {
      row.pauseMs = Math.min(2 * row.pauseMs, pauseMaxMs);
      this.#probeLater(name, row);
    }
    if (isProbe) row.commands.unshift(one);
    else row.commands.push(one);
  }

  #probeLater(name: string, row: BusyRow): void {
    row.timer = setTimeout(() => {
      row.timer = undefined;
      const probe = row.commands.shift();
      if (probe === undefined) {
        this.#busyRows.delete(name);
        return;
      }
      probe.probes = name;
      this.#lines.probe.push(probe);
      this.#onProbe();
    }, row.pauseMs);
  }

  /** Tells that a command was carried out. If it looked for a busy row, that is free, and who waited for it is next. */
  settled(one: Waiting): void {
    if (one.probes === undefined) return;
    const row = this.#busyRows.get(one.probes);
    this.#busyRows.delete(one.probes);
    one.probes = undefined;
    if (row === undefined) return;
    clearTimeout(row.timer);
    this.#putInFront(row.commands);
  }

  /** Tells that a command waits no more. If it looked for a busy row, the next one does. */
  gaveUp({ probes: name }: Waiting): void {
    const row = name === undefined ? undefined : this.#busyRows.get(name);
    if (name !== undefined && row !== undefined) this.#probeLater(name, row);
  }

  /** Takes out every command whose time is over. */
  takeOverdue(nowMs: number): Waiting[] {
    const overdue: Waiting[] = [];
    const rows = [...this.#busyRows.values()].map(({ commands }) => commands);
    const lists = [...Object.values(this.#lines), ...this.#turns.values(), ...rows];
    for (const list of lists) {
      if (!list.some(({ deadlineMs }) => deadlineMs <= nowMs)) continue;
      const inTime = list.filter(({ deadlineMs }) => deadlineMs > nowMs);
      overdue.push(...list.filter(({ deadlineMs }) => deadlineMs <= nowMs));
      list.splice(0, list.length, ...inTime);
    }
    return overdue;
  }
}

/** The value under the first of these names that has one. */
function firstOf<T>(values: ReadonlyMap<string, T>, names: readonly string[]): T | undefined {
  const name = names.find((one) => values.has(one));
  return name === undefined ? undefined : values.get(name);
}
