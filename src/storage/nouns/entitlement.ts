import { setImmediate as turn } from "node:timers/promises";
import { type CodedCard, cards, type StockWanted, stock, stockOf } from "../../core/card.ts";
import { type Entitlement, entitlements, type ReplacedCode, replacedCodes } from "../../core/entitlement.ts";
import type { Metadata } from "../../core/metadata.ts";
import { transactionMaxMs } from "../../engine/store.ts";
import { type Rows, rows } from "../../engine/working-set.ts";
import { command, locking, query, type RowLock, type SqlExecutor } from "../statement.ts";
import {
  bigint,
  boolean,
  columns,
  integer,
  json,
  nullable,
  optional,
  optionalGroup,
  type RowOf,
  table,
  text,
  time,
} from "../table.ts";
import { cardColumns, cardShape, toCard, toCardRow } from "./card.ts";
import { customerColumns, readCustomersById } from "./customer.ts";
import { pinsAtOnce } from "./pin.ts";
import { recodedIn } from "./recoded.ts";
import { changesOf, onlyAdded, type StoredNoun, type Transaction, unlessEmpty } from "./stored.ts";

const id = { id: bigint() };
const holder = { customer: optionalGroup({ id: bigint("customer_id") }) };
const inStock = { inStock: boolean() };
const lasting = { productId: bigint(), code: text(), issuedAtMs: time() };
const terms = {
  category: nullable(text()),
  startsAtMs: nullable(time()),
  expiresAtMs: nullable(time()),
  usesMax: nullable(integer()),
  slots: nullable(integer()),
  reference: nullable(text()),
  attention: nullable(text()),
  metadata: nullable(json<Metadata>()),
};
const history = {
  redemption: optionalGroup({
    atMs: time("redeemed_at"),
    reportedAtMs: nullable(time("redeemed_reported_at")),
    accessKeyId: nullable(bigint("redeemed_by_access_key_id")),
    operatorId: nullable(bigint("redeemed_by_operator_id")),
    gateId: nullable(bigint("redeemed_at_gate_id")),
    address: nullable(text("redeemed_from")),
  }),
  usage: optionalGroup({
    recorded: integer("uses_recorded"),
    spent: bigint("uses_spent"),
    spentOnDay: bigint("uses_spent_on_day"),
    lastEntryAtMs: nullable(time("last_entry_at")),
    lastAtMs: nullable(time("last_use_at")),
    inside: boolean(),
  }),
  suspendedAtMs: nullable(time()),
  revokedAtMs: nullable(time()),
};
const hold = { hold: optionalGroup({ id: bigint("hold_id"), endsAtMs: time("held_until") }) };

/** Of {@link entitlementSource}. */
export const entitlementColumns = columns({
  ...table("entitlement", { ...id, ...lasting, ...terms, ...inStock, ...hold, ...history }).in("e"),
  customer: optional(customerColumns),
});
export const entitlementSource =
  "entitlement e left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id";

/** Of {@link entitlementSource}: an entitlement with its card. */
export const stockColumns = columns({ entitlement: entitlementColumns, card: cardColumns });

const customerId = { customerId: nullable(bigint("e.customer_id")) };
const locked = columns({ entitlement: entitlementColumns, ...customerId });
const lockedStock = columns({ entitlement: entitlementColumns, card: cardColumns, ...customerId });

/** An entitlement with the number of its customer. */
type Locked = RowOf<typeof locked>;

/**
 * The entitlements with their customers. When another transaction changed a row while its lock was waited for,
 * PostgreSQL looks at that row again and not at the customer: one that is new to it is missing, and is read now.
 */
async function withCustomers({ sql, organizationId }: Transaction, all: readonly Locked[]): Promise<Entitlement[]> {
  const missing = all.filter((one) => one.customerId !== null && one.entitlement.customer === null);
  if (missing.length === 0) return all.map(({ entitlement }) => entitlement);
  const ids = missing.map((one) => one.customerId);
  const byId = new Map((await readCustomersById(sql, organizationId, ids)).map((customer) => [customer.id, customer]));
  return all.map(({ entitlement, customerId: id }) =>
    id === null || entitlement.customer !== null ? entitlement : { ...entitlement, customer: byId.get(id) ?? null },
  );
}

const lockNamed = locking(
  "lock_entitlements",
  locked,
  "e",
  (lock) => `select ${locked.sql} from ${entitlementSource}
where e.organization_id = $1 and e.code = any($2::text[]) order by e.code ${lock}`,
);

/**
 * The entitlements that are named by code, and the next ones in the stock of products, locked in the order of the
 * codes. With two statements, two batches could each wait for rows of the other.
 *
 * Of the stock, those are loaded that are free at $5, and those that holds of the product give back by $6, before which
 * the batch is decided. A command before may take named entitlements out of the stock, so as many more are loaded. The
 * numbers are an array, since the planner knows that an array is short.
 */
const lockStock = locking(
  "lock_stock",
  lockedStock,
  "e",
  (lock) => `select ${lockedStock.sql} from ${entitlementSource}
where e.organization_id = $1 and e.id = any(array(
  select n.id from entitlement n where n.organization_id = $1 and n.code = any($2::text[])
  union all
  select s.id from unnest($3::bigint[], $4::integer[]) as w (product_id, count), lateral (
    select n.id from entitlement n
    where n.organization_id = $1 and n.product_id = w.product_id and n.in_stock
      and n.suspended_at is null and (n.held_until is null or n.held_until <= to_timestamp($5))
    order by n.code collate "C"
    limit w.count + (
      select count(*) from entitlement m
      where m.organization_id = $1 and m.code = any($2::text[]) and m.product_id = w.product_id and m.in_stock)) as s
  union all
  select k.id from hold h
  join entitlement k on k.organization_id = $1 and k.hold_id = h.id and k.in_stock
  where h.organization_id = $1 and h.product_id = any($3::bigint[]) and h.ended_at is null
    and h.ends_at > to_timestamp($5) and h.ends_at <= to_timestamp($6)
  union all
  select k.id from entitlement k where k.organization_id = $1 and k.hold_id = any($7::bigint[]) and k.in_stock))
order by e.code ${lock}`,
);

/** The entitlements with these codes, without a lock. */
export async function readEntitlements(
  sql: SqlExecutor,
  organizationId: number,
  codes: readonly string[],
): Promise<Entitlement[]> {
  return (await lockNamed.none(sql, organizationId, codes)).map(({ entitlement }) => entitlement);
}

async function loadStock(
  transaction: Transaction,
  codes: readonly string[],
  wanted: readonly StockWanted[],
  heldBy: readonly number[],
  lock: RowLock,
): Promise<Rows[]> {
  const counts = new Map<number, number>();
  for (const { productId, count } of wanted) counts.set(productId, (counts.get(productId) ?? 0) + count);
  const { sql, secrets, organizationId, beganAtMs } = transaction;
  const decidedBy = beganAtMs + transactionMaxMs;
  const stockValues = [[...counts.keys()], [...counts.values()], beganAtMs / 1000, decidedBy / 1000, heldBy] as const;
  const all = await lockStock[lock](sql, organizationId, codes, ...stockValues);
  const ofStock: CodedCard[] = [];
  for (const [index, row] of all.entries()) {
    if (index > 0 && index % pinsAtOnce === 0) await turn();
    const { entitlement } = row;
    const { inStock, productId, hold } = entitlement;
    const isAsked = counts.has(productId) || (hold !== null && heldBy.includes(hold.id));
    if (!inStock || !isAsked) continue;
    const card = toCard(secrets, row.card);
    if (card !== undefined) ofStock.push({ code: entitlement.code, entitlementId: entitlement.id, card });
  }
  return [rows(entitlements, await withCustomers(transaction, all)), rows(cards, ofStock)];
}

// A batch that makes an entitlement and redeems or revokes it writes the history with an update: inserting so many
// empty columns made cards by the thousand a tenth slower.
const newTable = table("entitlement", { ...id, ...lasting, ...terms, ...holder, ...inStock, ...cardShape });
const insertEntitlements = command("insert_entitlements", `${newTable.insert} order by n.code collate "C"`);

const changedTable = table("entitlement", { ...id, ...terms, ...holder, ...inStock, ...hold, ...history });
const updateEntitlements = command("update_entitlements", changedTable.update);

// Before the update, which does not write codes: a new code is rare, and the column is in four indexes.
const codeTable = table("entitlement", { id: bigint(), code: text() });
const recode = command("recode_entitlements", codeTable.update);

/** Whether something happened to an entitlement. */
function hasHistory({ redemption, usage, suspendedAtMs, revokedAtMs, hold }: Entitlement): boolean {
  return [redemption, usage, suspendedAtMs, revokedAtMs, hold].some((one) => one !== null);
}

export const storedEntitlements: StoredNoun<string, Entitlement> = {
  noun: entitlements,
  sequence: "entitlement_id_seq",
  locksRows: true,
  removesRows: true,

  async load(transaction, asked, lock) {
    const codes = asked.keys(entitlements);
    const wanted = asked.questions(stock);
    const heldBy = asked.questions(stockOf);
    if (wanted.length + heldBy.length > 0) return loadStock(transaction, codes, wanted, heldBy, lock);
    const { sql, organizationId } = transaction;
    const all = await lockNamed[lock](sql, organizationId, codes);
    return [rows(entitlements, await withCustomers(transaction, all))];
  },

  *write({ sql, secrets, organizationId, sealedPins }, { added: put, changed: same, removed }, writes) {
    const recoded = recodedIn(writes);
    if (removed.length > recoded.size) throw new Error("an entitlement is never removed");
    const moved = put.filter((one) => recoded.has(one.id));
    const added = recoded.size === 0 ? put : put.filter((one) => !recoded.has(one.id));
    const changed = [...same, ...moved];
    yield* unlessEmpty(moved, (all) => recode(sql, organizationId, ...codeTable.arrays(all)));
    // A new entitlement is inserted with its card.
    const cardOf = new Map(changesOf(writes, cards).added.map(({ code, card }) => [code, card]));
    yield* unlessEmpty(added, (all) => {
      const written = all.map((entitlement) => ({
        ...entitlement,
        ...toCardRow(secrets, cardOf.get(entitlement.code), sealedPins),
      }));
      return insertEntitlements(sql, organizationId, ...newTable.arrays(written));
    });
    yield* unlessEmpty([...changed, ...added.filter(hasHistory)], (all) =>
      updateEntitlements(sql, organizationId, ...changedTable.arrays(all)),
    );
  },
};

const replacedTable = table("replaced_code", {
  code: text(),
  productId: bigint(),
  entitlementId: bigint(),
  replacedAtMs: time(),
});
export const replacedColumns = columns(replacedTable.in("r"));
// Every redemption asks. Where no code was ever replaced, the first condition answers for all codes at once.
const readReplaced = query(
  "read_replaced_codes",
  replacedColumns,
  `select ${replacedColumns.sql} from replaced_code r
where exists (select from replaced_code any_code where any_code.organization_id = $1)
  and r.organization_id = $1 and r.code = any($2::text[])`,
);
const insertReplaced = command("insert_replaced_codes", `${replacedTable.insert} order by n.code collate "C"`);

export const storedReplacedCodes: StoredNoun<string, ReplacedCode> = {
  noun: replacedCodes,

  async load({ sql, organizationId }, asked) {
    return [rows(replacedCodes, await readReplaced(sql, organizationId, asked.keys(replacedCodes)))];
  },

  *write({ sql, organizationId }, changes) {
    yield insertReplaced(sql, organizationId, ...replacedTable.arrays(onlyAdded(replacedCodes, changes)));
  },
};
