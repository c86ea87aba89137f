import type { Caller } from "../core/caller.ts";
import { principalOf } from "../core/caller.ts";
import type { Command, Outcome, Verb } from "../core/command.ts";
import type { CustomersDevice, Fresh, FreshCounts, HoldersDevice, Needs, ReportedScan } from "../core/state.ts";
import { decide, needsOf } from "../core/verbs/index.ts";
import { drawCodes } from "./draw.ts";
import { contentHash } from "./idempotency.ts";
import {
  type ActionRecord,
  type BatchNeeds,
  type KeptAnswer,
  type Loaded,
  type Store,
  StoreUnavailable,
  WriteConflict,
  type Writes,
} from "./store.ts";
import { WorkingSet } from "./working-set.ts";

/** Commands that one transaction decides at most. */
export const batchCommandsMax = 256;
/** Commands of one organization that may wait; the next one is turned away, so that a stalled database fills no memory. */
export const waitingCommandsMax = 20_000;
/**
 * A command that has waited so long is turned away without being carried out: whoever asked has been told, or is about
 * to be told, that the database is away.
 */
export const commandWaitMaxMs = 8_000;
/**
 * Batches of one organization that are under way at once: while one waits for its commit to reach the disk, the next is
 * locked and decided.
 */
export const lanes = 2;
/** How often a command that met another transaction is tried again before it is given up. */
export const conflictRetriesMax = 5;

/** A command and what is known of who gives it. */
export interface Order<C extends Command = Command> {
  readonly organizationId: number;
  readonly command: C;
  readonly caller: Caller;
  /** Network address of the caller, for the log. */
  readonly address: string | null;
  /** Repeats the first answer instead of acting again; see `isIdempotencyKey`. */
  readonly idempotencyKey?: string;
}

/** The only way to change anything. */
export interface Engine {
  /**
   * Carries out one command and resolves with its outcome once that is durable; a refusal is an outcome too. Rejects
   * with `StoreUnavailable` when the database is away, or too many commands wait or for too long; what became of the command is then
   * unknown, and an idempotency key makes it safe to ask again.
   */
  execute<C extends Command>(order: Order<C>): Promise<Outcome<C["verb"]>>;
  /** Resolves when every command that was accepted has been answered. */
  drain(): Promise<void>;
}

/** What the engine tells whoever watches it. */
export interface EngineObserver {
  batchDone?(batch: { commands: number; durationMs: number }): void;
  commandDone?(verb: Verb, outcome: Outcome): void;
  commandFailed?(verb: Verb, error: unknown): void;
}

export interface EngineOptions {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly observer?: EngineObserver;
  readonly lanes?: number;
  readonly commandWaitMaxMs?: number;
}

interface Waiting {
  readonly order: Order;
  /** On the clock of `performance.now`. */
  readonly sinceMs: number;
  readonly answer: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

interface Queue {
  readonly waiting: Waiting[];
  running: number;
  scheduled: boolean;
}

/**
 * Requests that arrive together are decided together: the commands of an organization that wait form one batch, and a
 * batch is one transaction. While batches are under way new commands wait and form the next, so batches grow with the
 * load and a lone command waits for nobody.
 */
export function createEngine(options: EngineOptions): Engine {
  const { store, clock, observer = {} } = options;
  const lanesMax = options.lanes ?? lanes;
  const waitMaxMs = options.commandWaitMaxMs ?? commandWaitMaxMs;
  const queues = new Map<number, Queue>();
  const drained: (() => void)[] = [];
  let unanswered = 0;

  function execute(order: Order): Promise<Outcome> {
    const queue = queueOf(order.organizationId);
    if (queue.waiting.length >= waitingCommandsMax) {
      return Promise.reject(new StoreUnavailable("too many commands wait for the database"));
    }
    unanswered++;
    return new Promise<Outcome>((answer, fail) => {
      queue.waiting.push({ order, sinceMs: performance.now(), answer, fail });
      schedule(order.organizationId, queue);
    }).finally(() => {
      unanswered--;
      if (unanswered === 0) for (const resolve of drained.splice(0)) resolve();
    });
  }

  function queueOf(organizationId: number): Queue {
    let queue = queues.get(organizationId);
    if (queue === undefined) {
      queue = { waiting: [], running: 0, scheduled: false };
      queues.set(organizationId, queue);
    }
    return queue;
  }

  /** Starts a batch after the sockets that are readable now have been read, so that their requests are in it. */
  function schedule(organizationId: number, queue: Queue): void {
    if (queue.scheduled || queue.running >= lanesMax || queue.waiting.length === 0) return;
    queue.scheduled = true;
    setImmediate(() => {
      queue.scheduled = false;
      const batch = nextBatch(queue);
      if (batch.length === 0) return;
      queue.running++;
      void runBatch(organizationId, batch).finally(() => {
        queue.running--;
        schedule(organizationId, queue);
      });
      schedule(organizationId, queue);
    });
  }

  /** The commands that have waited longest, without those that have waited too long. */
  function nextBatch({ waiting }: Queue): readonly Waiting[] {
    const oldestMs = performance.now() - waitMaxMs;
    const firstInTime = waiting.findIndex(({ sinceMs }) => sinceMs >= oldestMs);
    const tooLate = waiting.splice(0, firstInTime === -1 ? waiting.length : firstInTime);
    for (const one of tooLate) fail(one, new StoreUnavailable("the command waited too long for the database"));
    return waiting.splice(0, batchCommandsMax);
  }

  async function runBatch(organizationId: number, batch: readonly Waiting[]): Promise<void> {
    try {
      await runTransaction(organizationId, batch);
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        for (const one of batch) fail(one, error);
      } else {
        // One command broke the batch, and nothing of it was written: each is tried alone, so that it harms no other.
        for (const one of batch) await runAlone(organizationId, one);
      }
    }
  }

  async function runAlone(organizationId: number, one: Waiting): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await runTransaction(organizationId, [one]);
        return;
      } catch (error) {
        if (!(error instanceof WriteConflict) || attempt >= conflictRetriesMax) {
          fail(one, error);
          return;
        }
      }
    }
  }

  async function runTransaction(organizationId: number, batch: readonly Waiting[]): Promise<void> {
    const startedAtMs = performance.now();
    const orders = batch.map(({ order }) => prepare(order));
    let outcomes: readonly Outcome[] = [];
    await store.transact(organizationId, needsOfBatch(orders), (loaded) => {
      const decided = decideBatch(orders, loaded, clock());
      outcomes = decided.outcomes;
      return decided.writes;
    });
    observer.batchDone?.({ commands: batch.length, durationMs: performance.now() - startedAtMs });
    for (const [index, one] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) throw new Error("the store committed without a decision");
      observer.commandDone?.(one.order.command.verb, outcome);
      one.answer(outcome);
    }
  }

  function fail(one: Waiting, error: unknown): void {
    observer.commandFailed?.(one.order.command.verb, error);
    one.fail(error);
  }

  return {
    // That an outcome is of its command's own verb is what `decide` promises; a queue of all verbs cannot express it.
    execute: <C extends Command>(order: Order<C>) => execute(order) as Promise<Outcome<C["verb"]>>,
    drain: () => (unanswered === 0 ? Promise.resolve() : new Promise((resolve) => drained.push(resolve))),
  };
}

/** An order with what was drawn for it and the rows that it names. */
interface Prepared {
  readonly order: Order;
  readonly codes: readonly string[];
  readonly needs: Needs;
  readonly answer: { readonly principal: string; readonly key: string; readonly contentHash: Buffer } | undefined;
}

function prepare(order: Order): Prepared {
  const codes = drawCodes(order.command);
  const answer =
    order.idempotencyKey === undefined
      ? undefined
      : {
          principal: principalOf(order.caller),
          key: order.idempotencyKey,
          contentHash: contentHash(order.command),
        };
  return { order, codes, needs: needsOf(order.command, codes), answer };
}

function needsOfBatch(orders: readonly Prepared[]): BatchNeeds {
  const products = new Set<number>();
  const productsRead = new Set<number>();
  const accessKeysOf = new Set<number>();
  const codes = new Set<string>();
  const customers = new Set<string>();
  const bindingsOf = new Set<string>();
  const scans: ReportedScan[] = [];
  const devices: (HoldersDevice | CustomersDevice)[] = [];
  const editionsOf = new Set<number>();
  const deliveriesOf = new Set<string>();
  const answers = new Map<string, { principal: string; key: string }>();
  const cards = new Set<string>();
  const stock = new Map<number, number>();
  const secrets = new Map<number, string[]>();
  let rates = false;
  const fresh = noneOfEach();
  for (const { needs, answer } of orders) {
    for (const id of needs.products ?? []) products.add(id);
    for (const id of needs.productsRead ?? []) productsRead.add(id);
    for (const id of needs.accessKeysOf ?? []) accessKeysOf.add(id);
    for (const code of needs.codes ?? []) codes.add(code);
    for (const identity of needs.customers ?? []) customers.add(identity);
    for (const code of needs.bindingsOf ?? []) bindingsOf.add(code);
    scans.push(...(needs.scans ?? []));
    devices.push(...(needs.devices ?? []));
    for (const id of needs.editionsOf ?? []) editionsOf.add(id);
    for (const code of needs.deliveriesOf ?? []) deliveriesOf.add(code);
    if (answer !== undefined) answers.set(answerName(answer), answer);
    for (const code of needs.cards ?? []) cards.add(code);
    if (needs.stock !== undefined) add(stock, needs.stock.productId, needs.stock.count);
    if (needs.secrets !== undefined) push(secrets, needs.secrets.digits, needs.secrets.drawn);
    rates ||= needs.rates ?? false;
    for (const noun of freshNouns) fresh[noun] += needs.fresh?.[noun] ?? 0;
  }
  for (const id of products) productsRead.delete(id);
  // Others of the batch may take what they name out of the stock: so many more are loaded that there is enough anyhow.
  for (const [productId, count] of stock) stock.set(productId, count + cards.size + codes.size);
  return {
    products: [...products],
    productsRead: [...productsRead],
    accessKeysOf: [...accessKeysOf],
    codes: [...codes],
    customers: [...customers],
    cards: [...cards],
    stock,
    rates,
    secrets,
    scans,
    bindingsOf: [...bindingsOf],
    devices,
    editionsOf: [...editionsOf],
    deliveriesOf: [...deliveriesOf],
    answers: [...answers.values()],
    fresh,
  };
}

const freshNouns = [
  "products",
  "entitlements",
  "customers",
  "sales",
  "payments",
  "devices",
  "editions",
  "deliveries",
] as const satisfies (keyof FreshCounts)[];

function noneOfEach(): Record<keyof FreshCounts, number> {
  return { products: 0, entitlements: 0, customers: 0, sales: 0, payments: 0, devices: 0, editions: 0, deliveries: 0 };
}

function add(counts: Map<number, number>, key: number, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

function push(lists: Map<number, string[]>, key: number, items: readonly string[]): void {
  lists.set(key, [...(lists.get(key) ?? []), ...items]);
}

/** Decides the orders one after the other, each on the state that the one before it left. */
function decideBatch(
  orders: readonly Prepared[],
  loaded: Loaded,
  nowMs: number,
): { outcomes: readonly Outcome[]; writes: Writes } {
  const state = new WorkingSet(loaded);
  const answers = new Map(loaded.answers.map((answer) => [answerName(answer), answer]));
  const answersNew: KeptAnswer[] = [];
  let actions: ActionRecord[] = [];
  const takeFresh = freshTaker(loaded);

  const outcomes = orders.map(({ order, codes, needs, answer }): Outcome => {
    const kept = answer === undefined ? undefined : answers.get(answerName(answer));
    if (answer !== undefined && kept !== undefined) {
      return kept.contentHash.equals(answer.contentHash)
        ? kept.outcome
        : { ok: false, refusal: "idempotency_key_reused" };
    }
    const { command, caller, address } = order;
    const decision = decide(state, command, { nowMs, caller, address, fresh: takeFresh(needs, codes) });
    state.apply(decision.changes);
    // What this batch has said of a product goes with it, as the store does with what was said before.
    for (const change of decision.changes) {
      if (change.change === "delete_product") {
        actions = actions.filter(({ productId }) => productId !== change.productId);
      }
    }
    for (const action of decision.actions) actions.push({ ...action, caller, address, recordedAtMs: nowMs });
    if (answer !== undefined) {
      const first: KeptAnswer = { ...answer, outcome: decision.outcome };
      answers.set(answerName(answer), first);
      answersNew.push(first);
    }
    return decision.outcome;
  });
  return { outcomes, writes: { ...state.writes(), actions, answers: answersNew } };
}

function answerName({ principal, key }: { principal: string; key: string }): string {
  return `${principal} ${key}`;
}

/** Hands out the numbers that were drawn for the batch, each once. */
function freshTaker({ fresh }: Loaded): (needs: Needs, codes: readonly string[]) => Fresh {
  const taken = noneOfEach();
  const next = (noun: keyof FreshCounts, count = 0) => {
    const from = taken[noun];
    taken[noun] += count;
    return fresh[noun].slice(from, from + count);
  };
  return (needs, codes) => ({
    products: next("products", needs.fresh?.products),
    entitlements: next("entitlements", needs.fresh?.entitlements),
    customers: next("customers", needs.fresh?.customers),
    sales: next("sales", needs.fresh?.sales),
    payments: next("payments", needs.fresh?.payments),
    devices: next("devices", needs.fresh?.devices),
    editions: next("editions", needs.fresh?.editions),
    deliveries: next("deliveries", needs.fresh?.deliveries),
    codes,
  });
}
