import type { ScanRefusal } from "../../core/entitlement.ts";
import type { ConflictQueries, KnownConflict } from "../../queries/conflicts.ts";
import type { Secrets } from "../secrets.ts";
import type { SqlExecutor } from "../statement.ts";
import { bigint, bytes, columns, nullable, optional, type RowOf, text, time } from "../table.ts";
import { keyOpener } from "./access-keys.ts";
import { mapRows, pageQuery, pageRowsMax, readPage } from "./pages.ts";

/** One of the two redemptions of a conflict. */
const sideOf = (side: "kept" | "lost") =>
  columns({
    atMs: time(`f.${side}_at`),
    accessKeyId: nullable(bigint(`f.${side}_by_access_key_id`)),
    sealed: nullable(bytes(`${side}_key.key_sealed`)),
    operatorId: nullable(bigint(`f.${side}_by_operator_id`)),
    gateId: nullable(bigint(`f.${side}_at_gate_id`)),
    address: nullable(text(`f.${side}_from`)),
  });

const conflictColumns = columns({
  id: bigint("f.id"),
  entitlementId: bigint("f.entitlement_id"),
  code: text("e.code"),
  category: nullable(text("e.category")),
  refusal: text<ScanRefusal>("f.refusal"),
  recordedAtMs: time("f.recorded_at"),
  kept: optional(sideOf("kept")),
  lost: sideOf("lost"),
});
const sidesOf = (side: "kept" | "lost") =>
  ["at", "by_access_key_id", "by_operator_id", "at_gate_id", "from"].map((column) => `${side}_${column}`).join(", ");
const conflictNames = `id, entitlement_id, refusal, recorded_at, ${sidesOf("kept")}, ${sidesOf("lost")}`;

// Of an entitlement with more than one use no single one is the other side, unless its redemption is the only one.
const ofOnly = (column: string) => `case when u.refusal = 'already_redeemed' then o.${column} end`;
const useNames = [
  "u.conflict_id, u.entitlement_id, u.refusal, u.recorded_at",
  ...["at", "by_access_key_id", "by_operator_id", "at_gate_id", "from"].map((column) => ofOnly(`redeemed_${column}`)),
  "u.at, u.access_key_id, u.operator_id, u.gate_id, u.address",
].join(", ");

const pageConflicts = pageQuery(
  "page_conflicts",
  conflictColumns,
  `select ${conflictColumns.sql}
from (
  (select ${conflictNames}
  from conflict
  where organization_id = $1 and product_id = $2 and id > $3
  order by id
  limit ${pageRowsMax})
  union all
  (select ${useNames}
  from entitlement_use u
  join entitlement o on o.organization_id = u.organization_id and o.id = u.entitlement_id
  where u.organization_id = $1 and u.product_id = $2 and u.conflict_id > $3
  order by u.conflict_id
  limit ${pageRowsMax})) as f
join entitlement e on e.organization_id = $1 and e.id = f.entitlement_id
left join access_key kept_key on kept_key.organization_id = $1 and kept_key.id = f.kept_by_access_key_id
left join access_key lost_key on lost_key.organization_id = $1 and lost_key.id = f.lost_by_access_key_id
order by f.id`,
);

export function conflictQueries(sql: SqlExecutor, secrets: Secrets): ConflictQueries {
  return {
    list: (organizationId, productId, page) =>
      readPage(sql, page, {
        statement: mapRows(pageConflicts, conflictReader(secrets)),
        values: [organizationId, productId, page.after ?? -1],
        keyOf: ({ id }) => id,
      }),
  };
}

/** Converts rows to conflicts. Opens each access key once. */
function conflictReader(secrets: Secrets): (row: RowOf<typeof conflictColumns>) => KnownConflict {
  const open = keyOpener(secrets);
  const toSide = ({
    atMs,
    accessKeyId,
    sealed,
    operatorId,
    gateId,
    address,
  }: RowOf<typeof conflictColumns>["lost"]) => {
    return { atMs, accessKeyId, operatorId, gateId, address, accessKey: open(accessKeyId, sealed) };
  };
  return ({ kept, lost, ...conflict }) => ({
    ...conflict,
    kept: kept === null ? null : toSide(kept),
    lost: toSide(lost),
  });
}
