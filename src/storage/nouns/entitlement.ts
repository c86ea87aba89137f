import { setImmediate as turn } from "node:timers/promises";
import { type CodedCard, cards, type StockWanted, stock } from "../../core/card.ts";
import { type Entitlement, entitlements, type ReplacedCode, replacedCodes } from "../../core/entitlement.ts";
import type { Metadata } from "../../core/metadata.ts";
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
  table,
  text,
  time,
} from "../table.ts";
import { cardColumns, cardShape, toCard, toCardRow } from "./card.ts";
import { customerColumns } from "./customer.ts";
import { pinsAtOnce } from "./pin.ts";
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
    spent: integer("uses_spent"),
    spentOnDay: integer("uses_spent_on_day"),
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

const lockNamed = locking(
  "lock_entitlements",
  entitlementColumns,
  "e",
  (lock) => `select ${entitlementColumns.sql} from ${entitlementSource}
where e.organization_id = $1 and e.code = any($2::text[]) order by e.code ${lock}`,
);

/**
 * The entitlements that are named by code, and the next ones in the stock of products, locked in the order of the
 * codes. With two statements, two batches could each wait for rows of the other.
 *
 * A command before may take named entitlements out of the stock, so as many more are loaded. The numbers are an array,
 * since the planner knows that an array is short.
 */
const lockStock = locking(
  "lock_stock",
  stockColumns,
  "e",
  (lock) => `select ${stockColumns.sql} from ${entitlementSource}
where e.organization_id = $1 and e.id = any(array(
  select n.id from entitlement n where n.organization_id = $1 and n.code = any($2::text[])
  union all
  select s.id from unnest($3::bigint[], $4::integer[]) as w (product_id, count), lateral (
    select n.id from entitlement n where n.organization_id = $1 and n.product_id = w.product_id and n.in_stock
    order by n.code collate "C"
    limit w.count + (
      select count(*) from entitlement m
      where m.organization_id = $1 and m.code = any($2::text[]) and m.product_id = w.product_id and m.in_stock)) as s))
order by e.code ${lock}`,
);

/** The entitlements with these codes, without a lock. */
export function readEntitlements(
  sql: SqlExecutor,
  organizationId: number,
  codes: readonly string[],
): Promise<Entitlement[]> {
  return lockNamed.none(sql, organizationId, codes);
}

async function loadStock(
  { sql, secrets, organizationId }: Transaction,
  codes: readonly string[],
  wanted: readonly StockWanted[],
  lock: RowLock,
): Promise<Rows[]> {
  const counts = new Map<number, number>();
  for (const { productId, count } of wanted) counts.set(productId, (counts.get(productId) ?? 0) + count);
  const locked = await lockStock[lock](sql, organizationId, codes, [...counts.keys()], [...counts.values()]);
  const found: Entitlement[] = [];
  const ofStock: CodedCard[] = [];
  for (const [index, row] of locked.entries()) {
    if (index > 0 && index % pinsAtOnce === 0) await turn();
    const { entitlement } = row;
    found.push(entitlement);
    if (!entitlement.inStock || !counts.has(entitlement.productId)) continue;
    const card = toCard(secrets, row.card);
    if (card !== undefined) ofStock.push({ code: entitlement.code, entitlementId: entitlement.id, card });
  }
  return [rows(entitlements, found), rows(cards, ofStock)];
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
    if (wanted.length > 0) return loadStock(transaction, codes, wanted, lock);
    const { sql, organizationId } = transaction;
    return [rows(entitlements, await lockNamed[lock](sql, organizationId, codes))];
  },

  *write({ sql, secrets, organizationId, sealedPins }, { added: put, changed: same, removed }, writes) {
    // An entitlement with a new code is removed under the old one and added under the new one.
    const gone = new Set(removed);
    const recoded = new Set<number>();
    for (const { code, entitlementId } of changesOf(writes, replacedCodes).added) {
      if (gone.delete(code)) recoded.add(entitlementId);
    }
    if (gone.size > 0) throw new Error("an entitlement is never removed");
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

const replacedTable = table("replaced_code", { code: text(), entitlementId: bigint(), replacedAtMs: time() });
const replacedColumns = columns(replacedTable.in("r"));
const readReplaced = query(
  "read_replaced_codes",
  replacedColumns,
  `select ${replacedColumns.sql} from replaced_code r where r.organization_id = $1 and r.code = any($2::text[])`,
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
