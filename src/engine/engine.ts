import type { Command, Outcome, VerbName } from "../core/command.ts";
import type { Permission } from "../core/permission.ts";
import { may, type Principal, reaches } from "../core/principal.ts";
import type { Needs, State } from "../core/state.ts";
import type { CodeFormat } from "../core/verb.ts";
import { verbOf } from "../core/verbs/index.ts";
import { type CommandResult, decideBatch, prepare } from "./batch.ts";
import { CommandQueue, type LineKind, lineKinds, type Waiting } from "./command-queue.ts";
import { needsOfBatch, turnsOf, weightOf } from "./needs.ts";
import { randomCodes } from "./random.ts";
import { type Store, StoreBusy, StoreUnavailable, WriteConflict } from "./store.ts";

/**
 * Commands of one organization that may wait. Further ones are rejected, so that a stalled database fills no memory.
 */
export const organizationWaitingMax = 20_000;
/** The same over all organizations of the process. */
export const waitingCommandsMax = 40_000;
/** The same in rows that the commands name: a command that makes thousands of cards takes more memory. */
export const waitingRowsMax = 1_000_000;
/**
 * How long a command may wait for its last attempt. Then it is rejected and never carried out. The caller is told that
 * the database is busy.
 */
export const commandWaitMaxMs = 8_000;
/** The interval at which commands with a passed deadline are rejected. */
const overdueEveryMs = 100;
/**
 * Batches of one organization that run at once: while one waits for its commit to reach the disk, the next is locked
 * and decided. Bulk work and probes have one more lane each.
 */
export const lanes = 2;
/**
 * So many commands start a batch at once, while further requests are still being read. The database then works at the
 * same time as this process: with 96 callers over HTTP, 14 to 16 % more redemptions a second in three paired runs.
 */
export const earlyBatchCommands = 24;
/** Batches of bulk work that run at once in the process, so that bulk work does not use up the connections. */
export const bulkLanesMax = 2;

/** A command with the principal that gives it. */
export interface Envelope<C extends Command = Command> {
  readonly organizationId: number;
  readonly command: C;
  readonly principal: Principal;
  /** The network address of the caller, for the log; `null` for none. */
  readonly address: string | null;
  /** The name of the protocol through which it comes, for the log; absent for none. */
  readonly channel?: string;
  /**
   * A second command with the same key gets the first answer and does nothing; see `isIdempotencyKey`. A refusal that
   * may pass is not repeated.
   */
  readonly idempotencyKey?: string | undefined;
  /** Looked at on the locked rows, right before the decision: without it, two people who edit one thing could both win. */
  readonly precondition?: ((state: State) => boolean) | undefined;
  /** Nobody waits for the outcome after this moment on the clock of `performance.now`, so it is not begun later. */
  readonly deadlineMs?: number;
}

/** The precondition of a command did not hold. Nothing was done. */
export class PreconditionFailed extends Error {}

/** The only way to change anything. */
export interface Engine {
  /**
   * Carries out one command. Resolves with its outcome once that is durable; a refusal is an outcome too. A principal
   * without the permission of the verb, or that does not reach the product of the command, is refused with
   * `not_permitted`, before anything is read.
   *
   * Rejects with `StoreBusy` when too many commands wait, or when its rows stayed busy until its deadline: the command
   * was not carried out and never will be. Rejects with `StoreUnavailable` when the database is away. It is then
   * unknown whether the command was carried out; an idempotency key makes it safe to repeat. Rejects with
   * `PreconditionFailed` when the precondition did not hold, and then nothing was done.
   */
  execute<C extends Command>(envelope: Envelope<C>): Promise<Outcome<C["verb"]>>;
  /** Resolves when every waiting command has been answered. */
  drain(): Promise<void>;
  /** The commands that wait at the moment. */
  load(): EngineLoad;
}

/** Commands that wait, over all organizations. */
export interface EngineLoad {
  /** For their turn. */
  readonly waiting: number;
  /** For a row that another transaction holds. */
  readonly waitingForRows: number;
}

/** Gets the events of the engine, for metrics. */
export interface EngineObserver {
  batchDone?(batch: { commands: number; durationMs: number }): void;
  /** A batch is tried again, whole or in halves, after a conflict or an error. */
  batchRetried?(reason: "conflict" | "broken"): void;
  commandDone?(verb: VerbName, outcome: Outcome): void;
  commandFailed?(verb: VerbName, error: unknown): void;
  /** A command waits for a row that another transaction holds. */
  commandHeldUp?(verb: VerbName): void;
}

export interface EngineOptions {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Formats of random codes, besides digits. */
  readonly codeFormats?: readonly CodeFormat[];
  readonly observer?: EngineObserver;
  readonly lanes?: number;
  readonly earlyBatchCommands?: number;
  readonly commandWaitMaxMs?: number;
}

/** The commands of one organization. */
interface Queue {
  readonly organizationId: number;
  readonly commands: CommandQueue;
  readonly running: Record<LineKind, number>;
  scheduled: boolean;
  /** Whether bulk work is first at the next start, so that it takes turns with the other lines. */
  bulkFirst: boolean;
}

/** The deadline of a command in the batch passed before the decision. Nothing was written. */
class Overdue extends Error {}

/**
 * Requests that arrive together are decided together: the waiting commands of an organization form one batch, and a
 * batch is one transaction. New commands wait while batches run, and form the next batch. So batches grow with the
 * load, and a lone command does not wait.
 *
 * A batch waits a short time for busy rows. If that is not enough, it is tried again without the commands that name
 * them. These wait apart.
 */
export function createEngine(options: EngineOptions): Engine {
  const { store, clock, observer = {} } = options;
  const random = randomCodes(options.codeFormats);
  const lanesOf: Record<LineKind, number> = { ordinary: options.lanes ?? lanes, bulk: 1, probe: 1 };
  const waitMaxMs = options.commandWaitMaxMs ?? commandWaitMaxMs;
  const earlyMin = options.earlyBatchCommands ?? earlyBatchCommands;
  const queues = new Map<number, Queue>();
  /** Organizations whose bulk work waits for a bulk lane, in the order of their turns. */
  const bulkTurns = new Set<Queue>();
  const drained: (() => void)[] = [];
  let bulkRunning = 0;
  let unanswered = 0;
  let unansweredRows = 0;
  let looksForOverdue = false;

  function execute(envelope: Envelope): Promise<Outcome> {
    let needs: Needs;
    try {
      const verb = verbOf(envelope.command);
      if (!isPermitted(envelope.principal, verb.permission) || !isReached(envelope)) {
        const refused: Outcome = { ok: false, refusal: "not_permitted" };
        observer.commandDone?.(envelope.command.verb, refused);
        return Promise.resolve(refused);
      }
      needs = verb.needs(envelope.command, []);
    } catch (error) {
      return Promise.reject(failed(envelope, error));
    }
    const rows = weightOf(needs);
    const queue = queueOf(envelope.organizationId);
    const isFull =
      queue.commands.waiting + queue.commands.waitingForRows >= organizationWaitingMax ||
      unanswered >= waitingCommandsMax ||
      (unansweredRows + rows > waitingRowsMax && unanswered > 0);
    if (isFull) {
      forgetIdle(queue);
      return Promise.reject(failed(envelope, new StoreBusy("too many commands wait for the database")));
    }
    unanswered++;
    unansweredRows += rows;
    const deadlineMs = Math.min(performance.now() + waitMaxMs, envelope.deadlineMs ?? Number.POSITIVE_INFINITY);
    return new Promise<Outcome>((answer, fail) => {
      queue.commands.add({ envelope, needs, rows, turns: turnsOf(needs), deadlineMs, answer, fail, probes: undefined });
      schedule(queue);
    });
  }

  /** Counts a command as answered. */
  function finished({ rows }: Waiting): void {
    unanswered--;
    unansweredRows -= rows;
    if (unanswered === 0) for (const resolve of drained.splice(0)) resolve();
  }

  function queueOf(organizationId: number): Queue {
    let queue = queues.get(organizationId);
    if (queue === undefined) {
      const made: Queue = {
        organizationId,
        commands: new CommandQueue(() => schedule(made)),
        running: { ordinary: 0, bulk: 0, probe: 0 },
        scheduled: false,
        bulkFirst: false,
      };
      queues.set(organizationId, made);
      queue = made;
    }
    return queue;
  }

  /** Starts batches after the sockets that are readable now have been read, so that their requests are in them. */
  function schedule(queue: Queue): void {
    if (queue.commands.lengthOf("ordinary") >= earlyMin && mayStart(queue, "ordinary")) {
      start(queue, "ordinary");
    }
    if (queue.scheduled) return;
    if (!lineKinds.some((kind) => mayStart(queue, kind))) {
      if (!queue.commands.isEmpty) lookForOverdue();
      return;
    }
    queue.scheduled = true;
    setImmediate(() => {
      queue.scheduled = false;
      queue.bulkFirst = !queue.bulkFirst;
      const kinds = queue.bulkFirst ? lineKinds : lineKinds.toReversed();
      for (const kind of kinds) if (mayStart(queue, kind)) start(queue, kind);
      schedule(queue);
    });
  }

  function mayStart(queue: Queue, kind: LineKind): boolean {
    if (!queue.commands.has(kind) || queue.running[kind] >= lanesOf[kind]) return false;
    if (kind !== "bulk" || bulkRunning < bulkLanesMax) return true;
    bulkTurns.add(queue);
    return false;
  }

  function start(queue: Queue, kind: LineKind): void {
    const batch = queue.commands.take(kind);
    if (batch.length === 0) return;
    queue.running[kind]++;
    if (kind === "bulk") bulkRunning++;
    const skipsBusy = kind === "probe" || queue.commands.knowsBusyRows;
    void runBatch(queue, batch, skipsBusy).finally(() => {
      queue.running[kind]--;
      queue.commands.ended(batch);
      if (kind === "bulk") {
        bulkRunning--;
        giveBulkTurn();
      }
      schedule(queue);
      forgetIdle(queue);
    });
  }

  function giveBulkTurn(): void {
    const [next] = bulkTurns;
    if (next === undefined) return;
    bulkTurns.delete(next);
    schedule(next);
  }

  function forgetIdle(queue: Queue): void {
    const isRunning = lineKinds.some((kind) => queue.running[kind] > 0);
    if (!isRunning && queue.commands.isEmpty && !queue.scheduled) queues.delete(queue.organizationId);
  }

  /**
   * Runs a batch to its end: every command is answered, has failed, or waits for a busy row. Resolves with an error
   * when the store is away or has no free connection: nothing more is to be tried then.
   */
  async function runBatch(
    queue: Queue,
    batch: readonly Waiting[],
    skipsBusy: boolean,
  ): Promise<StoreUnavailable | undefined> {
    const nowMs = performance.now();
    const inTime = batch.filter(({ deadlineMs }) => deadlineMs > nowMs);
    for (const one of batch) if (one.deadlineMs <= nowMs) fail(queue, one, tooLate());
    if (inTime.length === 0) return undefined;
    let results: readonly CommandResult[];
    try {
      results = await runTransaction(queue, inTime, skipsBusy);
    } catch (error) {
      return handleFailure(queue, inTime, skipsBusy, error);
    }
    // The batch is on disk now, so nothing of it may be tried again, whatever goes wrong.
    observer.batchDone?.({ commands: inTime.length, durationMs: performance.now() - nowMs });
    for (const [index, one] of inTime.entries()) settle(queue, one, results[index]);
    return undefined;
  }

  async function handleFailure(
    queue: Queue,
    batch: readonly Waiting[],
    skipsBusy: boolean,
    error: unknown,
  ): Promise<StoreUnavailable | undefined> {
    if (error instanceof Overdue) return runBatch(queue, batch, skipsBusy);
    if (error instanceof StoreUnavailable) {
      for (const one of batch) fail(queue, one, error);
      return error;
    }
    const isConflict = error instanceof WriteConflict;
    const [only, ...others] = batch;
    const isAlone = only !== undefined && others.length === 0;
    if (isAlone && !isConflict) {
      fail(queue, only, error);
      return undefined;
    }
    observer.batchRetried?.(isConflict ? "conflict" : "broken");
    // A row is usually busy. The commands that do not name it are then carried out at once.
    if (isConflict && !skipsBusy) return runBatch(queue, batch, true);
    if (isAlone) {
      holdUp(queue, only);
      return undefined;
    }
    // In halves, so that a few attempts find the one command that breaks the batch.
    const middle = Math.ceil(batch.length / 2);
    const second = batch.slice(middle);
    const away = await runBatch(queue, batch.slice(0, middle), skipsBusy);
    if (away === undefined) return runBatch(queue, second, skipsBusy);
    for (const one of second) fail(queue, one, away);
    return away;
  }

  /** Decides a batch and commits. Resolves with a result for each command, in their order. */
  async function runTransaction(
    queue: Queue,
    batch: readonly Waiting[],
    skipsBusy: boolean,
  ): Promise<readonly CommandResult[]> {
    const prepared = batch.map(({ envelope, needs }) => prepare(envelope, needs, random));
    let results: readonly CommandResult[] = [];
    await store.transact(queue.organizationId, needsOfBatch(prepared, skipsBusy, clock()), (loaded) => {
      const nowMs = performance.now();
      if (batch.some(({ deadlineMs }) => deadlineMs <= nowMs)) throw new Overdue();
      const decided = decideBatch(prepared, loaded, clock());
      results = decided.results;
      return decided.writes;
    });
    return results;
  }

  function settle(queue: Queue, one: Waiting, result: CommandResult | undefined): void {
    if (result === undefined) fail(queue, one, new Error("the store committed without a decision"));
    else if ("busy" in result) holdUp(queue, one, result.busy);
    else if ("isPreconditionFailed" in result) fail(queue, one, new PreconditionFailed());
    else answer(queue, one, result.outcome);
  }

  function holdUp(queue: Queue, one: Waiting, busyName?: string): void {
    observer.commandHeldUp?.(one.envelope.command.verb);
    queue.commands.waitForRow(one, busyName);
  }

  function answer(queue: Queue, one: Waiting, outcome: Outcome): void {
    queue.commands.settled(one);
    observer.commandDone?.(one.envelope.command.verb, outcome);
    one.answer(outcome);
    finished(one);
  }

  function fail(queue: Queue, one: Waiting, error: unknown): void {
    queue.commands.gaveUp(one);
    one.fail(failed(one.envelope, error));
    finished(one);
  }

  /** Counts an error and returns it. */
  function failed({ command }: Envelope, error: unknown): unknown {
    observer.commandFailed?.(command.verb, error);
    return error;
  }

  /** Rejects commands whose deadline has passed, even while no batch starts. */
  function lookForOverdue(): void {
    if (looksForOverdue) return;
    looksForOverdue = true;
    setTimeout(() => {
      looksForOverdue = false;
      const nowMs = performance.now();
      for (const queue of queues.values()) {
        for (const one of queue.commands.takeOverdue(nowMs)) fail(queue, one, tooLate());
        schedule(queue);
        forgetIdle(queue);
      }
    }, overdueEveryMs);
  }

  return {
    // `decide` promises the outcome of the command's own verb. A queue of all verbs cannot express that.
    execute: <C extends Command>(envelope: Envelope<C>) => execute(envelope) as Promise<Outcome<C["verb"]>>,
    drain: () => (unanswered === 0 ? Promise.resolve() : new Promise((resolve) => drained.push(resolve))),
    load() {
      const all = [...queues.values()].map(({ commands }) => commands);
      return {
        waiting: all.reduce((sum, { waiting }) => sum + waiting, 0),
        waitingForRows: all.reduce((sum, { waitingForRows }) => sum + waitingForRows, 0),
      };
    },
  };
}

function isPermitted(principal: Principal, permission: Permission | readonly Permission[]): boolean {
  return typeof permission === "string" ? may(principal, permission) : permission.some((one) => may(principal, one));
}

/** A principal that reaches some products only may do nothing that is about no product in particular. */
function isReached({ principal, command }: Envelope): boolean {
  return reaches(principal, "productId" in command ? command.productId : undefined);
}

function tooLate(): StoreBusy {
  return new StoreBusy("the command waited too long for the database");
}
