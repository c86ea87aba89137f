import { setImmediate as turn } from "node:timers/promises";
import { type CodedCard, cards, type StockWanted, stock } from "../../core/card.ts";
import { type Entitlement, entitlements } from "../../core/entitlement.ts";
import { type Rows, rows } from "../../engine/working-set.ts";
import { command, locking, type RowLock, type SqlExecutor } from "../statement.ts";
import { bigint, boolean, columns, nullable, optional, optionalGroup, table, text, time } from "../table.ts";
import { cardColumns, cardShape, toCard, toCardRow } from "./card.ts";
import { customerColumns } from "./customer.ts";
import { pinsAtOnce } from "./pin.ts";
import { changesOf, type StoredNoun, type Transaction, unlessEmpty } from "./stored.ts";

const id = { id: bigint() };
const holder = { customer: optionalGroup({ id: bigint("customer_id") }) };
const inStock = { inStock: boolean() };
const lasting = { productId: bigint(), code: text(), issuedAtMs: time(), expiresAtMs: nullable(time()) };
const history = {
  redemption: optionalGroup({
    atMs: time("redeemed_at"),
    reportedAtMs: nullable(time("redeemed_reported_at")),
    accessKeyId: nullable(bigint("redeemed_by_access_key_id")),
    operatorId: nullable(bigint("redeemed_by_operator_id")),
    address: nullable(text("redeemed_from")),
  }),
  revokedAtMs: nullable(time()),
};

/** Of {@link entitlementSource}. */
export const entitlementColumns = columns({
  ...table("entitlement", { ...id, ...lasting, ...inStock, ...history }).in("e"),
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
const newTable = table("entitlement", { ...id, ...lasting, ...holder, ...inStock, ...cardShape });
const insertEntitlements = command("insert_entitlements", `${newTable.insert} order by n.code collate "C"`);

const changedTable = table("entitlement", { ...id, ...holder, ...inStock, ...history });
const updateEntitlements = command("update_entitlements", changedTable.update);

/** Whether an entitlement was redeemed or revoked. */
function hasHistory({ redemption, revokedAtMs }: Entitlement): boolean {
  return redemption !== null || revokedAtMs !== null;
}

export const storedEntitlements: StoredNoun<string, Entitlement> = {
  noun: entitlements,
  sequence: "entitlement_id_seq",
  locksRows: true,

  async load(transaction, asked, lock) {
    const codes = asked.keys(entitlements);
    const wanted = asked.questions(stock);
    if (wanted.length > 0) return loadStock(transaction, codes, wanted, lock);
    const { sql, organizationId } = transaction;
    return [rows(entitlements, await lockNamed[lock](sql, organizationId, codes))];
  },

  *write({ sql, secrets, organizationId, sealedPins }, { added, changed }, writes) {
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
