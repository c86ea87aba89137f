import type { Outcome } from "../core/command.ts";
import { principalName } from "../core/principal.ts";
import type { CustomersDevice, Fresh, FreshCounts, HoldersDevice, Needs, ReportedScan } from "../core/state.ts";
import { decide, needsOf } from "../core/verbs/index.ts";
import { drawCodes } from "./draw.ts";
import type { Envelope } from "./engine.ts";
import { contentHash, isKept } from "./idempotency.ts";
import { lockNames } from "./lock-names.ts";
import type { ActionRecord, BatchNeeds, KeptAnswer, Loaded, Writes } from "./store.ts";
import { WorkingSet } from "./working-set.ts";

/** An envelope with what was drawn for it and the rows that it names. */
export interface Prepared {
  readonly envelope: Envelope;
  readonly codes: readonly string[];
  readonly needs: Needs;
  readonly answer: { readonly principal: string; readonly key: string; readonly contentHash: Buffer } | undefined;
}

/** Draws what the command needs, anew each time that it is tried; `needs` are those without it. */
export function prepare(envelope: Envelope, needs: Needs): Prepared {
  const { command, principal, address, idempotencyKey: key } = envelope;
  const codes = drawCodes(command);
  const answer =
    key === undefined
      ? undefined
      : { principal: principalName(principal, address), key, contentHash: contentHash(command) };
  return { envelope, codes, needs: codes.length === 0 ? needs : needsOf(command, codes), answer };
}

/** How many rows a command may touch, apart from its lines in the log. */
export function rowsOf(needs: Needs): number {
  const { products, productsRead, codes, customers, cards, stock, bindingsOf, devices, editionsOf, deliveriesOf } =
    needs;
  let rows = (products?.length ?? 0) + (productsRead?.length ?? 0) + (codes?.length ?? 0) + (customers?.length ?? 0);
  rows += (cards?.length ?? 0) + (stock?.count ?? 0) + (bindingsOf?.length ?? 0) + (devices?.length ?? 0);
  rows += (editionsOf?.length ?? 0) + (deliveriesOf?.length ?? 0) + (needs.secrets?.drawn.length ?? 0);
  for (const noun of freshNouns) rows += needs.fresh?.[noun] ?? 0;
  return rows;
}

/** All rows that the orders name. */
export function needsOfBatch(orders: readonly Prepared[], skipsBusy: boolean): BatchNeeds {
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
  const deliveriesOn: CustomersDevice[] = [];
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
    deliveriesOn.push(...(needs.deliveriesOn ?? []));
    if (answer !== undefined) answers.set(answerName(answer), answer);
    for (const code of needs.cards ?? []) cards.add(code);
    if (needs.stock !== undefined) add(stock, needs.stock.productId, needs.stock.count);
    if (needs.secrets !== undefined) push(secrets, needs.secrets.digits, needs.secrets.drawn);
    rates ||= needs.rates ?? false;
    for (const noun of freshNouns) fresh[noun] += needs.fresh?.[noun] ?? 0;
  }
  for (const id of products) productsRead.delete(id);
  return {
    skipsBusy,
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
    deliveriesOn,
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

/** What becomes of an order: its outcome, or the name of a row that another transaction holds. */
export type Fate = { readonly outcome: Outcome } | { readonly busy: string };

/**
 * Decides the orders one after the other, each on the state that the one before it left; without those that name a row
 * which was passed over.
 */
export function decideBatch(
  orders: readonly Prepared[],
  loaded: Loaded,
  nowMs: number,
): { fates: readonly Fate[]; writes: Writes } {
  const state = new WorkingSet(loaded);
  const answers = new Map(loaded.answers.map((answer) => [answerName(answer), answer]));
  const answersNew: KeptAnswer[] = [];
  let actions: ActionRecord[] = [];
  const takeFresh = freshTaker(loaded);

  const fates = orders.map((prepared): Fate => {
    const busy = loaded.busy.size === 0 ? undefined : lockNames(prepared.needs).find((name) => loaded.busy.has(name));
    return busy === undefined ? { outcome: decideOne(prepared) } : { busy };
  });
  return { fates, writes: { ...state.writes(), actions, answers: answersNew } };

  function decideOne({ envelope, codes, needs, answer }: Prepared): Outcome {
    const kept = answer === undefined ? undefined : answers.get(answerName(answer));
    if (answer !== undefined && kept !== undefined) {
      return kept.contentHash.equals(answer.contentHash)
        ? kept.outcome
        : { ok: false, refusal: "idempotency_key_reused" };
    }
    const { command, principal, address } = envelope;
    const decision = decide(state, command, { nowMs, principal, address, fresh: takeFresh(needs, codes) });
    state.apply(decision.changes);
    // The store deletes a product with its log; what this batch says of it goes too.
    for (const change of decision.changes) {
      if (change.change === "delete_product") {
        actions = actions.filter(({ productId }) => productId !== change.productId);
      }
    }
    for (const action of decision.actions) actions.push({ ...action, principal, address, recordedAtMs: nowMs });
    if (answer !== undefined && isKept(decision.outcome)) {
      const first: KeptAnswer = { ...answer, outcome: decision.outcome };
      answers.set(answerName(answer), first);
      answersNew.push(first);
    }
    return decision.outcome;
  }
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
