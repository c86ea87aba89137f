import type { ScanRefusal } from "../../core/entitlement.ts";
import { type Direction, type Use, uses, usesSince } from "../../core/use.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query } from "../statement.ts";
import { bigint, columns, integer, nullable, sent, table, text, time } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const key = { entitlementId: bigint(), number: integer() };
const fate = {
  atMs: time("at"),
  refusal: nullable(text<ScanRefusal>()),
  answer: nullable(text<ScanRefusal>()),
  undoneAtMs: nullable(time()),
};
const useTable = table("entitlement_use", {
  ...key,
  productId: bigint(),
  reportedAtMs: nullable(time()),
  recordedAtMs: time(),
  direction: text<Direction>(),
  count: integer(),
  accessKeyId: nullable(bigint()),
  operatorId: nullable(bigint()),
  gateId: nullable(bigint()),
  address: nullable(text()),
  ...fate,
});
export const useColumns = columns(useTable.in("u"));

const since = sent({ code: text(), fromMs: time("from_at") }, 2);
const readUses = query(
  "read_uses",
  useColumns,
  `select ${useColumns.sql} from entitlement_use u
where u.organization_id = $1 and (u.entitlement_id, u.number) in (
  select w.entitlement_id, w.number from ${since.sql}
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join entitlement_use w on w.organization_id = $1 and w.entitlement_id = e.id 
    and greatest(w.at, w.reported_at) >= to_timestamp(n.from_at))
order by u.entitlement_id, u.number`,
);

/** A use that does not count is a conflict, and has a number among them as long as it does not count. */
const conflictId = (refusal: string, known: string) =>
  `case when ${refusal} is not null then coalesce(${known}, nextval('conflict_id_seq')) end`;

const insertUses = command(
  "insert_uses",
  `insert into entitlement_use (organization_id, ${useTable.names}, conflict_id)
select $1::bigint, ${useTable.values}, ${conflictId("n.refusal", "null")}
from ${useTable.sent}`,
);

const fateTable = table("entitlement_use", { ...key, ...fate });
const updateUses = command(
  "update_uses",
  `update entitlement_use u set at = to_timestamp(n.at), refusal = n.refusal, answer = n.answer, undone_at = to_timestamp(n.undone_at),
  conflict_id = ${conflictId("n.refusal", "u.conflict_id")}
from ${fateTable.sent}
where u.organization_id = $1 and u.entitlement_id = n.entitlement_id and u.number = n.number`,
);

/** The lock of the entitlement locks its uses, too. */
export const storedUses: StoredNoun<string, Use> = {
  noun: uses,

  async load({ sql, organizationId }, asked) {
    return [rows(uses, await readUses(sql, organizationId, ...since.arrays(asked.questions(usesSince))))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => insertUses(sql, organizationId, ...useTable.arrays(all)));
    yield* unlessEmpty(changed, (all) => updateUses(sql, organizationId, ...fateTable.arrays(all)));
  },
};
