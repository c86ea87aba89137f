import type { LogDetail, LogEntry } from "../../core/log-entry.ts";
import type { PrincipalKind } from "../../core/principal.ts";
import type { Refusal } from "../../core/refusal.ts";
import type { LogQueries } from "../../queries/log.ts";
import { noProduct } from "../log.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, bytes, columns, nullable, optional, type RowOf, raw, text, time } from "../table.ts";
import { keyOpener } from "./access-keys.ts";
import { rangeOf } from "./code-order.ts";
import { mapRows, pageQuery, pageRowsMax, readPage } from "./pages.ts";

const actionColumns = columns({
  id: bigint("a.id"),
  kind: text("a.kind"),
  productId: bigint("a.product_id"),
  entitlementId: nullable(bigint("a.entitlement_id")),
  code: nullable(text("a.code")),
  occurredAtMs: time("a.occurred_at"),
  recordedAtMs: time("a.recorded_at"),
  refusal: nullable(text<Refusal>("a.refusal")),
  accessKeyId: nullable(bigint("a.access_key_id")),
  accessKeySealed: nullable(bytes("k.key_sealed")),
  operatorId: nullable(bigint("a.operator_id")),
  customerId: nullable(bigint("a.customer_id")),
  principalKind: nullable(text<PrincipalKind>("a.principal_kind")),
  gate: optional(columns({ id: bigint("a.gate_id"), name: text("g.name") })),
  address: nullable(text("a.address")),
  detail: nullable(raw<LogDetail>("a.detail")),
});
type ActionRow = RowOf<typeof actionColumns>;
const named = `left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id`;

/** Above the numbers of all entries. */
const aboveAll = "9223372036854775807";

/** The newest entries under a condition. */
const cut = (condition: string) =>
  `(select a.* from action a where a.organization_id = $1 and a.id < $2${condition} order by a.id desc limit ${pageRowsMax})`;
const newest = (name: string, ...kinds: readonly string[]) =>
  pageQuery(
    name,
    actionColumns,
    `select ${actionColumns.sql} from (${kinds.map(cut).join(" union all ")}) as a ${named} order by a.id desc`,
  );
const pageLog = newest("page_log", "");
const pageRefused = newest("page_log_refused", " and a.refusal is not null");
// No index has both the done and the refused entries of a product: each is cut to a page, and then both are merged.
const [doneOfProduct, refusedOfProduct] = [
  " and a.product_id = $3 and a.refusal is null",
  " and a.product_id = $3 and a.refusal is not null",
];
const pageLogOfProduct = newest("page_log_of_product", doneOfProduct, refusedOfProduct);
const pageRefusedOfProduct = newest("page_log_refused_of_product", refusedOfProduct);

/** The entries of done commands of a product. Each condition has an index without refused entries. */
const done = (name: string, condition: string) =>
  pageQuery(
    name,
    actionColumns,
    `select ${actionColumns.sql} from action a ${named}
where a.organization_id = $1 and a.product_id = $2 and a.id > $3 and a.refusal is null and ${condition}
order by a.id`,
  );
const pageOfProduct = done("page_actions_product", "a.kind like 'product\\_%'");
const pageOfEntitlements = done("page_actions_entitlements", "a.kind like 'entitlement\\_%'");
const pageOfRange = done(
  "page_actions_range",
  `a.entitlement_id in (
    select e.id from entitlement e
    where e.organization_id = $1 and e.product_id = $2 and not e.in_stock
      and e.code_number between $4::numeric and $5::numeric)`,
);

const customerColumns = columns({
  id: bigint("a.id"),
  kind: text("a.kind"),
  code: nullable(text("a.code")),
  occurredAtMs: time("a.occurred_at"),
  address: nullable(text("a.address")),
  deviceName: nullable(text("d.name")),
});
const pageOfCustomer = pageQuery(
  "page_customer_actions",
  customerColumns,
  `select ${customerColumns.sql}
from (
  select a.* from entitlement e join action a on a.organization_id = $1 and a.entitlement_id = e.id
  where e.organization_id = $1 and e.customer_id = $2 and a.id > $3 and a.refusal is null
  union all
  select a.* from device o
  join action a on a.organization_id = $1 and a.product_id = ${noProduct} and a.device_id = o.id
  where o.organization_id = $1 and o.customer_id = $2 and a.id > $3 and a.refusal is null
) as a
left join device d on d.organization_id = $1 and d.id = a.device_id
order by a.id`,
);

const lastColumn = columns({ id: nullable(bigint("max(last.id)")) });
const readLastChange = query(
  "last_change",
  lastColumn,
  `select ${lastColumn.sql} from unnest($2::bigint[]) as n (product_id),
  lateral (
    select a.id from action a
    where a.organization_id = $1 and a.product_id = n.product_id and a.refusal is null
    order by a.id desc limit 1
  ) as last`,
);

export function logQueries(sql: SqlExecutor, secrets: Secrets): LogQueries {
  return {
    newest(organizationId, { productId, refusedOnly = false }, page) {
      const ofAll = refusedOnly ? pageRefused : pageLog;
      const ofProduct = refusedOnly ? pageRefusedOfProduct : pageLogOfProduct;
      return readPage(sql, page, {
        statement: mapRows(productId === undefined ? ofAll : ofProduct, entryReader(secrets)),
        values: [organizationId, page.after ?? aboveAll, ...(productId === undefined ? [] : [productId])],
        keyOf: ({ id }) => id,
      });
    },

    entries(organizationId, { productId, about, codes, since = -1 }, page) {
      const range = about === "product" || codes === undefined ? [] : rangeOf(codes);
      const ofEntitlements = range.length === 0 ? pageOfEntitlements : pageOfRange;
      return readPage(sql, page, {
        statement: mapRows(about === "product" ? pageOfProduct : ofEntitlements, entryReader(secrets)),
        values: [organizationId, productId, page.after ?? since, ...range],
        keyOf: ({ id }) => id,
      });
    },

    ofCustomer: (organizationId, customerId, page) =>
      readPage(sql, page, {
        statement: pageOfCustomer,
        values: [organizationId, customerId, page.after ?? -1],
        keyOf: ({ id }) => id,
      }),

    async lastChange(organizationId, productIds) {
      const [row] = await readLastChange(sql, organizationId, productIds);
      return row?.id ?? null;
    },
  };
}

/** Converts rows to entries of the log. Opens each access key once. */
function entryReader(secrets: Secrets): (row: ActionRow) => LogEntry {
  const open = keyOpener(secrets);
  return (row) => ({
    id: row.id,
    kind: row.kind,
    productId: row.productId === noProduct ? null : row.productId,
    entitlementId: row.entitlementId,
    code: row.code,
    occurredAtMs: row.occurredAtMs,
    recordedAtMs: row.recordedAtMs,
    refusal: row.refusal,
    principal: principalOf(row),
    gate: row.gate,
    accessKey: open(row.accessKeyId, row.accessKeySealed),
    address: row.address,
    ...(row.detail === null ? {} : { detail: row.detail }),
  });
}

function principalOf({ accessKeyId, operatorId, customerId, principalKind }: ActionRow): LogEntry["principal"] {
  if (accessKeyId !== null) return { kind: "access_key", id: accessKeyId };
  if (operatorId !== null) return { kind: "operator", id: operatorId };
  if (customerId !== null) return { kind: "customer", id: customerId };
  return { kind: principalKind ?? "anonymous", id: null };
}
