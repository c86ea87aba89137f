import type { LogDetail, LogEntry } from "../../core/log-entry.ts";
import type { PrincipalKind } from "../../core/principal.ts";
import type { Refusal } from "../../core/refusal.ts";
import { type FoundEntry, type LogQueries, lookMax } from "../../queries/log.ts";
import { noProduct } from "../log.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, boolean, bytes, columns, nullable, optional, type RowOf, raw, text, time } from "../table.ts";
import { keyOpener } from "./access-keys.ts";
import { rangeOf } from "./code-order.ts";
import { aboveAll, mapRows, pageQuery, pageRowsMax, readPage, toCursor, toPage } from "./pages.ts";

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
  channel: nullable(text("a.channel")),
  detail: nullable(raw<LogDetail>("a.detail")),
  deviceId: nullable(bigint("a.device_id")),
});
type ActionRow = RowOf<typeof actionColumns>;
const named = `left join access_key k on k.organization_id = a.organization_id and k.id = a.access_key_id
left join gate g on g.organization_id = a.organization_id and g.id = a.gate_id`;

const foundColumns = columns({ entry: actionColumns, category: nullable(text("e.category")) });
const withCategory = `${named}
left join entitlement e on e.organization_id = a.organization_id and e.id = a.entitlement_id`;

/**
 * The number of the first entry that was recorded at this moment or later, found by halves: numbers ascend with the
 * time of recording, but for seconds, so the moment is moved by a minute.
 */
const numberAt = (moment: string, margin: string) => `(with recursive half as (
    select (select coalesce(min(id), 0) from action where organization_id = $1) as low,
      (select coalesce(max(id), 0) + 1 from action where organization_id = $1) as high
    union all
    select case when r.recorded_at < ${moment} ${margin} then r.id + 1 else h.low end,
      case when r.recorded_at < ${moment} ${margin} then h.high else (h.low + h.high) / 2 end
    from half h left join lateral (
      select b.id, b.recorded_at from action b
      where b.organization_id = $1 and b.id >= (h.low + h.high) / 2 order by b.id limit 1) as r on true
    where h.low < h.high)
  select min(low) from half where low >= high)`;
const readNumbers = query(
  "read_log_numbers",
  columns({ first: nullable(bigint()), end: nullable(bigint()) }),
  `select case when $2::float8 is null then null else ${numberAt("to_timestamp($2)", "- interval '1 minute'")} end as first,
  case when $3::float8 is null then null else ${numberAt("to_timestamp($3)", "+ interval '1 minute'")} end as "end"`,
);

/** The newest entries under each of the conditions together, so many as a page of a search looks at. */
const looked = (conditions: readonly string[]) => {
  const cuts = conditions.map(
    (condition) => `(select a.* from action a where a.organization_id = $1 and a.id < $2 and a.id >= $3${condition}
  order by a.id desc limit ${lookMax})`,
  );
  return `(select * from (${cuts.join("\nunion all ")}) as a order by a.id desc limit ${lookMax}) as a`;
};

const endColumns = columns({ last: nullable(bigint("min(a.id)")), isFull: boolean(`count(*) = ${lookMax}`) });

/** A search that begins with an index. `by` is the column that the index has besides; its value is the last parameter. */
function search(name: string, by: string | undefined, kinds: readonly string[]) {
  const under = (parameter: string) =>
    kinds.map((kind) => `${by === undefined ? "" : ` and a.${by} = ${parameter}`}${kind}`);
  return {
    page: query(
      name,
      foundColumns,
      `select ${foundColumns.sql} from ${looked(under("$17"))} ${withCategory}
where ($5::text is null or a.kind = $5) and ($6::text is null or a.code = $6)
  and ($7::bigint is null or a.device_id = $7) and ($8::bigint is null or a.gate_id = $8)
  and ($9::bigint is null or a.operator_id = $9) and ($10::text is null or a.refusal = $10)
  and ($11::bigint is null or a.product_id = $11)
  and ($12::boolean is null or (a.refusal is not null) = $12)
  and ($13::float8 is null or a.recorded_at >= to_timestamp($13))
  and ($14::float8 is null or a.recorded_at < to_timestamp($14))
  and ($15::bigint[] is null or a.product_id = any($15)) and ($16::text[] is null or e.category = any($16))
order by a.id desc limit $4::bigint`,
    ),
    end: query(`${name} end`, endColumns, `select ${endColumns.sql} from ${looked(under("$4"))}`),
  };
}
const bothKinds = [" and a.refusal is null", " and a.refusal is not null"];
const searches = {
  all: search("search_log", undefined, [""]),
  refused: search("search_log refused", undefined, [" and a.refusal is not null"]),
  ofProduct: search("search_log of_product", "product_id", bothKinds),
  ofEntitlement: search("search_log of_entitlement", "entitlement_id", bothKinds),
};

const readAbove = query(
  "read_log_above",
  foundColumns,
  `select ${foundColumns.sql} from (
  select * from action where organization_id = $1 and id > $2 order by id limit $3::bigint) as a ${withCategory} order by a.id`,
);
const readLastNumber = query(
  "read_last_log_number",
  columns({ id: nullable(bigint("max(a.id)")) }),
  "select max(a.id) from action a where a.organization_id = $1",
);

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

    async search(organizationId, filter, { limit = pageRowsMax, after }) {
      const { entitlementId, productId, fromMs, toMs, isRefused, above = -1 } = filter;
      const [moments] =
        fromMs === undefined && toMs === undefined
          ? []
          : await readNumbers(sql, organizationId, seconds(fromMs), seconds(toMs));
      const below = after ?? moments?.end ?? aboveAll;
      const first = Math.max(moments?.first ?? -1, above + 1);
      const [found, ...by] =
        entitlementId !== undefined
          ? [searches.ofEntitlement, entitlementId]
          : productId !== undefined
            ? [searches.ofProduct, productId]
            : [isRefused === true || filter.refusal !== undefined ? searches.refused : searches.all];
      const rowsMax = Math.min(limit, pageRowsMax);
      const rows = await found.page(
        sql,
        organizationId,
        below,
        first,
        rowsMax,
        filter.kind,
        filter.code,
        filter.deviceId,
        filter.gateId,
        filter.operatorId,
        filter.refusal,
        productId,
        isRefused,
        seconds(fromMs),
        seconds(toMs),
        filter.productIds,
        filter.categories,
        ...by,
      );
      const page = toPage(rows.map(foundReader(secrets)), rowsMax, ({ id }) => id);
      if (page.next !== undefined) return page;
      const [end] = await found.end(sql, organizationId, below, first, ...by);
      return end?.isFull === true && end.last !== null ? { rows: page.rows, next: toCursor(end.last) } : page;
    },

    above: async (organizationId, id, limit) =>
      (await readAbove(sql, organizationId, id, limit)).map(foundReader(secrets)),

    async lastNumber(organizationId) {
      const [row] = await readLastNumber(sql, organizationId);
      return row?.id ?? -1;
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

const seconds = (atMs: number | undefined) => (atMs === undefined ? null : atMs / 1000);

function foundReader(secrets: Secrets): (row: RowOf<typeof foundColumns>) => FoundEntry {
  const read = entryReader(secrets);
  return ({ entry, category }) => ({ ...read(entry), category });
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
    channel: row.channel,
    ...(row.deviceId === null ? {} : { deviceId: row.deviceId }),
    ...(row.detail === null ? {} : { detail: row.detail }),
  });
}

function principalOf({ accessKeyId, operatorId, customerId, principalKind }: ActionRow): LogEntry["principal"] {
  if (accessKeyId !== null) return { kind: "access_key", id: accessKeyId };
  if (operatorId !== null) return { kind: "operator", id: operatorId };
  if (customerId !== null) return { kind: "customer", id: customerId };
  return { kind: principalKind ?? "anonymous", id: null };
}
