import type { ScanRefusal } from "../../core/entitlement.ts";
import type { Direction } from "../../core/use.ts";
import type { KnownUse, UseQueries } from "../../queries/uses.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, bytes, columns, integer, nullable, type RowOf, text, time } from "../table.ts";
import { keyOpener } from "./access-keys.ts";
import { mapRows, pageQuery, readPage } from "./pages.ts";

const useColumns = columns({
  number: integer("u.number"),
  atMs: time("u.at"),
  reportedAtMs: nullable(time("u.reported_at")),
  recordedAtMs: time("u.recorded_at"),
  direction: text<Direction>("u.direction"),
  count: integer("u.count"),
  accessKeyId: nullable(bigint("u.access_key_id")),
  sealed: nullable(bytes("k.key_sealed")),
  operatorId: nullable(bigint("u.operator_id")),
  gateId: nullable(bigint("u.gate_id")),
  address: nullable(text("u.address")),
  refusal: nullable(text<ScanRefusal>("u.refusal")),
  undoneAtMs: nullable(time("u.undone_at")),
});

const names = "number, at, reported_at, recorded_at, direction, count, access_key_id, operator_id, gate_id, address";
// The one use of an entitlement without rows of uses is its redemption.
const pageUses = pageQuery(
  "page_uses",
  useColumns,
  `select ${useColumns.sql}
from (
  select ${names}, refusal, undone_at from entitlement_use
  where organization_id = $1 and entitlement_id = $2 and number > $3
  union all
  select 1, redeemed_at, redeemed_reported_at, redeemed_at, 'entry', 1, redeemed_by_access_key_id,
    redeemed_by_operator_id, redeemed_at_gate_id, redeemed_from, null, null
  from entitlement
  where organization_id = $1 and id = $2 and $3 < 1 and uses_recorded is null and redeemed_at is not null) as u
left join access_key k on k.organization_id = $1 and k.id = u.access_key_id
order by u.number`,
);

const insideColumns = columns({ category: nullable(text("e.category")), inside: bigint("count(*)") });
const countInside = query(
  "count_inside",
  insideColumns,
  `select ${insideColumns.sql} from entitlement e
where e.organization_id = $1 and e.product_id = $2 and e.inside
group by e.category
order by e.category`,
);

export function useQueries(sql: SqlExecutor, secrets: Secrets): UseQueries {
  return {
    list: (organizationId, entitlementId, page) =>
      readPage(sql, page, {
        statement: mapRows(pageUses, useReader(secrets)),
        values: [organizationId, entitlementId, page.after ?? 0],
        keyOf: ({ number }) => number,
      }),

    inside: (organizationId, productId) => countInside(sql, organizationId, productId),
  };
}

/** Converts rows to uses. Opens each access key once. */
function useReader(secrets: Secrets): (row: RowOf<typeof useColumns>) => KnownUse {
  const open = keyOpener(secrets);
  return ({ sealed, ...use }) => ({ ...use, accessKey: open(use.accessKeyId, sealed) });
}
