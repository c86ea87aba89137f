import type pg from "pg";
import { longPinDigits } from "../core/card.ts";
import type { Device } from "../core/device.ts";
import type { FreshCounts } from "../core/state.ts";
import type { BatchNeeds, Loaded, Store, Writes } from "../engine/store.ts";
import { translateError } from "./database.ts";
import type { Secrets } from "./secrets.ts";
import { readAccessKeysOf, writeAccessKeysOf } from "./statements/access-keys.ts";
import { insertActions } from "./statements/actions.ts";
import { readBindings, writeBindings } from "./statements/bindings.ts";
import {
  cardArrays,
  lockSecretSpaces,
  lockStock,
  readCards,
  readTakenPins,
  type SealedPin,
  sealPins,
  useSecrets,
  writeCards,
} from "./statements/cards.ts";
import { insertConflicts, readConflicts } from "./statements/conflicts.ts";
import { insertCustomers, readCustomers, updateCustomers } from "./statements/customers.ts";
import { endDeliveriesOf, insertDeliveries, lockDeliveries, updateDeliveries } from "./statements/deliveries.ts";
import { insertDevices, lockDevices, readHeldBy, updateDevices } from "./statements/devices.ts";
import { insertEditions, readEditions } from "./statements/editions.ts";
import { hasHistory, insertEntitlements, lockEntitlements, updateEntitlements } from "./statements/entitlements.ts";
import { insertJobs } from "./statements/jobs.ts";
import { insertAnswers, readAnswers } from "./statements/kept-answers.ts";
import { deleteProducts, insertProducts, lockProducts, readProducts, updateProducts } from "./statements/products.ts";
import { insertPayments, insertSales, readRates } from "./statements/sales.ts";
import { type Runner, run } from "./statements/statement.ts";
import { insertTokens } from "./statements/tokens.ts";

export interface StoreOptions {
  readonly pool: pg.Pool;
  readonly secrets: Secrets;
  /**
   * Leaves the locks out. Only for the tests that show what would happen then: a code honoured twice, a capacity
   * exceeded.
   */
  readonly withoutLocks?: boolean;
}

/** The state in PostgreSQL; what it promises stands at {@link Store}. */
export function createStore({ pool, secrets, withoutLocks = false }: StoreOptions): Store {
  const lock = withoutLocks ? "" : "for no key update";

  return {
    async transact(organizationId, needs, decide) {
      const pins = await sealPins(secrets, [...needs.secrets.values()].flat());
      const client = await pool.connect().catch((error) => {
        throw translateError(error);
      });
      let broken: Error | undefined;
      try {
        // Named, since a role can have another default: each statement is to see what was committed before it began.
        const begun = client.query("begin isolation level read committed");
        const [loaded] = await Promise.all([load(client, organizationId, needs, pins), begun]);
        const written = write(client, organizationId, decide(loaded), pins);
        await Promise.all([...written, client.query("commit")]);
      } catch (error) {
        const translated = translateError(error);
        // A connection on which the rollback fails too is of no further use.
        broken = await client.query("rollback").then(
          () => undefined,
          () => translated,
        );
        throw translated;
      } finally {
        client.release(broken);
      }
    },
  };

  async function load(
    client: Runner,
    organizationId: number,
    needs: BatchNeeds,
    pins: ReadonlyMap<string, SealedPin>,
  ): Promise<Loaded> {
    // All are sent at once and carried out in this order: products before entitlements, so that no two batches wait for
    // each other, before devices and these before deliveries, and whatever is only read after the locks of what it hangs
    // on, so that it is not older than they are.
    const stockWanted = [...needs.stock];
    const [short, long] = partition(pins, (pin) => pin.length < longPinDigits);
    const [
      fresh,
      longTaken,
      products,
      entitlements,
      stock,
      secretsUsed,
      shortTaken,
      productsRead,
      cards,
      rates,
      accessKeys,
      customers,
      conflicts,
      bindings,
      devices,
      held,
      editions,
      deliveries,
      answers,
    ] = await Promise.all([
      // These need no lock, so that nobody waits for them. Of long pins another batch takes one of these only by an
      // accident, which breaks the batch and has it tried again with others.
      drawNumbers(client, needs.fresh),
      readTakenPins(client, organizationId, long),
      skipEmpty(needs.products, (ids) => lockProducts(client, organizationId, ids, lock)),
      skipEmpty([...new Set([...needs.codes, ...needs.cards])], (codes) =>
        lockEntitlements(client, organizationId, codes, lock),
      ),
      Promise.all(
        stockWanted.map(([productId, count]) => lockStock(client, secrets, organizationId, productId, count, lock)),
      ),
      needs.secrets.size === 0
        ? new Map<number, never>()
        : lockSecretSpaces(client, organizationId, [...needs.secrets.keys()], lock),
      readTakenPins(client, organizationId, short),
      skipEmpty(needs.productsRead, (ids) => readProducts(client, organizationId, ids)),
      needs.cards.length === 0 ? new Map<string, never>() : readCards(client, secrets, organizationId, needs.cards),
      needs.rates ? readRates(client, organizationId) : undefined,
      needs.accessKeysOf.length === 0
        ? new Map<number, readonly string[]>()
        : readAccessKeysOf(client, secrets, organizationId, needs.accessKeysOf),
      needs.customers.length === 0 ? new Map<string, never>() : readCustomers(client, organizationId, needs.customers),
      needs.scans.length === 0 ? new Map<number, never>() : readConflicts(client, organizationId, needs.scans),
      needs.bindingsOf.length === 0 ? new Map<number, never>() : readBindings(client, organizationId, needs.bindingsOf),
      skipEmpty(needs.devices, (names) => lockDevices(client, secrets, organizationId, names, lock)),
      readHeldBy(client, secrets, organizationId, needs.devices),
      skipEmpty(needs.editionsOf, (ids) => readEditions(client, organizationId, ids)),
      skipEmpty(needs.deliveriesOf, (codes) => lockDeliveries(client, organizationId, codes, lock)),
      skipEmpty(needs.answers, (names) => readAnswers(client, secrets, organizationId, names)),
    ]);
    const stocked = stock.flat();
    return {
      products: [...products, ...productsRead],
      entitlements: [...entitlements, ...stocked.map(({ entitlement }) => entitlement)],
      accessKeys,
      customers,
      cards: new Map([...cards, ...stocked.map(({ entitlement, card }) => [entitlement.code, card] as const)]),
      stock: new Map(
        stockWanted.map(([productId], index) => [
          productId,
          (stock[index] ?? []).map(({ entitlement }) => entitlement),
        ]),
      ),
      rates,
      secretsTaken: new Set([...shortTaken, ...longTaken]),
      secretsUsed,
      conflicts,
      bindings,
      devices,
      held,
      editions,
      deliveries,
      answers,
      fresh,
    };
  }

  /** Starts the statements in the order in which they are to be carried out. */
  function write(
    client: Runner,
    organizationId: number,
    writes: Writes,
    pins: ReadonlyMap<string, SealedPin>,
  ): (Promise<unknown> | undefined)[] {
    const isNew = new Set(writes.entitlementsNew.map(({ id }) => id));
    const cardsChanged = new Map([...writes.cards].filter(([id]) => !isNew.has(id)));
    return [
      skipEmpty(writes.productsDeleted, (ids) => deleteProducts(client, organizationId, ids)),
      skipEmpty(writes.customersNew, (rows) => insertCustomers(client, organizationId, rows)),
      skipEmpty(writes.customersChanged, (rows) => updateCustomers(client, organizationId, rows)),
      skipEmpty(writes.productsNew, (rows) => insertProducts(client, organizationId, rows)),
      skipEmpty(writes.productsChanged, (rows) => updateProducts(client, organizationId, rows)),
      ...[...writes.accessKeys].map(([productId, keys]) =>
        writeAccessKeysOf(client, secrets, organizationId, productId, keys),
      ),
      skipEmpty(writes.entitlementsNew, (rows) =>
        insertEntitlements(
          client,
          organizationId,
          rows,
          cardArrays(
            secrets,
            rows.map(({ id }) => writes.cards.get(id)),
            pins,
          ),
        ),
      ),
      skipEmpty([...writes.entitlementsChanged, ...writes.entitlementsNew.filter(hasHistory)], (rows) =>
        updateEntitlements(client, organizationId, rows),
      ),
      cardsChanged.size === 0 ? undefined : writeCards(client, secrets, organizationId, cardsChanged),
      writes.secretsUsed.size === 0 ? undefined : useSecrets(client, organizationId, writes.secretsUsed),
      skipEmpty(writes.sales, (rows) => insertSales(client, organizationId, rows)),
      skipEmpty(writes.payments, (rows) => insertPayments(client, organizationId, rows)),
      skipEmpty(writes.jobs, (rows) => insertJobs(client, organizationId, rows)),
      // A machine leaves its old name before it takes another one.
      skipEmpty(writes.devicesChanged.filter(isFree), (rows) => updateDevices(client, secrets, organizationId, rows)),
      skipEmpty(
        writes.devicesChanged.filter((device) => !isFree(device)),
        (rows) => updateDevices(client, secrets, organizationId, rows),
      ),
      skipEmpty(writes.devicesNew, (rows) => insertDevices(client, secrets, organizationId, rows)),
      skipEmpty(writes.editionsNew, (rows) => insertEditions(client, organizationId, rows)),
      // An old delivery ends before the one that takes its place begins.
      skipEmpty([...writes.deliveriesEndedOf], (rows) => endDeliveriesOf(client, organizationId, rows)),
      skipEmpty(writes.deliveriesChanged, (rows) => updateDeliveries(client, organizationId, rows)),
      skipEmpty(writes.deliveriesNew, (rows) => insertDeliveries(client, organizationId, rows)),
      skipEmpty([...writes.bindings], (rows) => writeBindings(client, organizationId, rows)),
      skipEmpty(writes.tokensNew, (rows) => insertTokens(client, organizationId, rows)),
      skipEmpty(writes.conflicts, (rows) => insertConflicts(client, organizationId, rows)),
      skipEmpty(writes.answers, (rows) => insertAnswers(client, secrets, organizationId, rows)),
      skipEmpty(writes.actions, (rows) => insertActions(client, organizationId, rows)),
    ];
  }
}

/** Whether a device has no machine. */
const isFree = ({ fingerprint }: Device) => fingerprint === null;

/** The entries whose key fulfils a condition, and the others. */
function partition<K, V>(map: ReadonlyMap<K, V>, isFirst: (key: K) => boolean): [Map<K, V>, Map<K, V>] {
  const [first, others] = [new Map<K, V>(), new Map<K, V>()];
  for (const [key, value] of map) (isFirst(key) ? first : others).set(key, value);
  return [first, others];
}

/** Asks nothing when there is nothing to ask for. */
function skipEmpty<T, R>(items: readonly T[], ask: (items: readonly T[]) => Promise<R>): Promise<R | never[]> {
  return items.length === 0 ? Promise.resolve([]) : ask(items);
}

/** Unused numbers from the sequences, as many of each noun as are asked for. */
async function drawNumbers(runner: Runner, counts: FreshCounts): Promise<Loaded["fresh"]> {
  const fresh: Record<keyof FreshCounts, number[]> = {
    products: [],
    entitlements: [],
    customers: [],
    sales: [],
    payments: [],
    devices: [],
    editions: [],
    deliveries: [],
  };
  if (Object.values(counts).every((count) => count === 0)) return fresh;
  const rows = await run<[noun: keyof FreshCounts, number: number]>(
    runner,
    "draw_numbers",
    `select 'products', nextval('product_id_seq') from generate_series(1, $1)
     union all select 'entitlements', nextval('entitlement_id_seq') from generate_series(1, $2)
     union all select 'customers', nextval('customer_id_seq') from generate_series(1, $3)
     union all select 'sales', nextval('sale_id_seq') from generate_series(1, $4)
     union all select 'payments', nextval('payment_id_seq') from generate_series(1, $5)
     union all select 'devices', nextval('device_id_seq') from generate_series(1, $6)
     union all select 'editions', nextval('edition_id_seq') from generate_series(1, $7)
     union all select 'deliveries', nextval('delivery_id_seq') from generate_series(1, $8)`,
    [
      counts.products,
      counts.entitlements,
      counts.customers,
      counts.sales,
      counts.payments,
      counts.devices,
      counts.editions,
      counts.deliveries,
    ],
  );
  for (const [noun, number] of rows) fresh[noun].push(number);
  return fresh;
}
