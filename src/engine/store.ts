import type { ActionDraft } from "../core/action.ts";
import type { Binding } from "../core/binding.ts";
import type { Card } from "../core/card.ts";
import type { Outcome } from "../core/command.ts";
import type { Customer } from "../core/customer.ts";
import type { Delivery } from "../core/delivery.ts";
import type { Device } from "../core/device.ts";
import type { Edition } from "../core/edition.ts";
import type { Conflict, Entitlement } from "../core/entitlement.ts";
import type { JobDraft } from "../core/job.ts";
import type { NewToken } from "../core/operator.ts";
import type { Principal } from "../core/principal.ts";
import type { Product } from "../core/product.ts";
import type { Payment, Sale } from "../core/sale.ts";
import type { CustomersDevice, FreshCounts, HoldersDevice, Rates, ReportedScan } from "../core/state.ts";

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

/** The rows that a batch names, each at most once, and how many unused numbers it may use. */
export interface BatchNeeds {
  /**
   * Whether rows that another transaction holds are passed over, and told in `busy`, instead of waited for. What cannot
   * be passed over, such as a new code that another is adding too, ends the batch with a conflict very soon.
   */
  readonly skipsBusy: boolean;
  readonly products: readonly number[];
  readonly productsRead: readonly number[];
  readonly accessKeysOf: readonly number[];
  readonly codes: readonly string[];
  readonly customers: readonly string[];
  /** Codes that are named as cards: locked like `codes`, and loaded with pin and balance. */
  readonly cards: readonly string[];
  /** How many to take from each product's stock; such a product is among `products`. */
  readonly stock: ReadonlyMap<number, number>;
  readonly rates: boolean;
  /** Pins that were drawn, by their length. */
  readonly secrets: ReadonlyMap<number, readonly string[]>;
  /** Scans whose conflicts are loaded; their codes are among `codes`. */
  readonly scans: readonly ReportedScan[];
  /** Codes of which the bindings are loaded. */
  readonly bindingsOf: readonly string[];
  /** Their rows are locked. */
  readonly devices: readonly (HoldersDevice | CustomersDevice)[];
  /** Products of which the editions are loaded. */
  readonly editionsOf: readonly number[];
  /** Codes of which the deliveries that have not ended are loaded; their rows are locked. */
  readonly deliveriesOf: readonly string[];
  /** Devices of which the deliveries that have not ended are loaded; their rows are locked. */
  readonly deliveriesOn: readonly CustomersDevice[];
  readonly answers: readonly AnswerName[];
  /** How many numbers to draw for each noun. */
  readonly fresh: FreshCounts;
}

/** The name under which an answer is kept: a principal's idempotency key. */
export interface AnswerName {
  readonly principal: string;
  readonly key: string;
}

/** The first answer to a request with an idempotency key, and what was asked. */
export interface KeptAnswer extends AnswerName {
  readonly contentHash: Buffer;
  readonly outcome: Outcome;
}

export interface Loaded {
  readonly products: readonly Product[];
  readonly accessKeys: ReadonlyMap<number, readonly string[]>;
  readonly entitlements: readonly Entitlement[];
  /** By identity. */
  readonly customers: ReadonlyMap<string, Customer>;
  /** By code. */
  readonly cards: ReadonlyMap<string, Card>;
  /** By product, the lowest number first; those entitlements and cards are among the others, too. */
  readonly stock: ReadonlyMap<number, readonly Entitlement[]>;
  readonly rates: Rates | undefined;
  /** Of the pins that were drawn, those in use. */
  readonly secretsTaken: ReadonlySet<string>;
  /** By length. */
  readonly secretsUsed: ReadonlyMap<number, bigint>;
  /** By the number of the entitlement, in the order in which they became known. */
  readonly conflicts: ReadonlyMap<number, readonly Conflict[]>;
  /** By the number of the entitlement, in the order of slots. */
  readonly bindings: ReadonlyMap<number, readonly Binding[]>;
  readonly devices: readonly Device[];
  /** By the number of each device that was asked for by its machine: the numbers of the entitlements that it holds. */
  readonly held: ReadonlyMap<number, readonly number[]>;
  /** Of each product the one that was published first goes first. */
  readonly editions: readonly Edition[];
  readonly deliveries: readonly Delivery[];
  readonly answers: readonly KeptAnswer[];
  /** As many numbers as were asked for. */
  readonly fresh: Record<keyof FreshCounts, readonly number[]>;
  /** The names of the rows that were passed over, as `lockNames` has them. They are not among the others. */
  readonly busy: ReadonlySet<string>;
}

/** A line of the log, ready to be written; its number is drawn by the store. */
export interface ActionRecord extends ActionDraft {
  readonly principal: Principal;
  readonly address: string | null;
  readonly recordedAtMs: number;
}

/** All that a batch changes. */
export interface Writes {
  /** Deleted together with the lines of the log that tell of them, and before anything else is written. */
  readonly productsDeleted: readonly number[];
  readonly customersNew: readonly Customer[];
  readonly customersChanged: readonly Customer[];
  readonly productsNew: readonly Product[];
  readonly productsChanged: readonly Product[];
  readonly accessKeys: ReadonlyMap<number, readonly string[]>;
  readonly entitlementsNew: readonly Entitlement[];
  readonly entitlementsChanged: readonly Entitlement[];
  readonly devicesNew: readonly Device[];
  readonly devicesChanged: readonly Device[];
  readonly editionsNew: readonly Edition[];
  readonly deliveriesNew: readonly Delivery[];
  readonly deliveriesChanged: readonly Delivery[];
  /** By the number of the entitlement: all its bindings from now on. */
  readonly bindings: ReadonlyMap<number, readonly Binding[]>;
  readonly tokensNew: readonly NewToken[];
  readonly conflicts: readonly Conflict[];
  /** By the number of the entitlement. New entitlements get theirs when they are written. */
  readonly cards: ReadonlyMap<number, Card>;
  readonly secretsUsed: ReadonlyMap<number, number>;
  readonly sales: readonly Sale[];
  readonly payments: readonly Payment[];
  readonly jobs: readonly JobDraft[];
  readonly actions: readonly ActionRecord[];
  readonly answers: readonly KeptAnswer[];
}
