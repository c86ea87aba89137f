import { type Conflict, conflicts, conflictsOfScan, type ScanRefusal } from "../../core/entitlement.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query } from "../statement.ts";
import { bigint, boolean, columns, group, nullable, optionalGroup, sent, table, text, time } from "../table.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

/** The columns of one of the two redemptions. */
const sideOf = (side: "kept" | "lost") => ({
  atMs: time(`${side}_at`),
  reportedAtMs: nullable(time(`${side}_reported_at`)),
  accessKeyId: nullable(bigint(`${side}_by_access_key_id`)),
  operatorId: nullable(bigint(`${side}_by_operator_id`)),
  gateId: nullable(bigint(`${side}_at_gate_id`)),
  address: nullable(text(`${side}_from`)),
});
const conflictTable = table("conflict", {
  productId: bigint(),
  entitlementId: bigint(),
  kept: optionalGroup(sideOf("kept")),
  lost: group(sideOf("lost")),
  refusal: text<ScanRefusal>(),
  displaced: boolean(),
  recordedAtMs: time(),
});
const conflictColumns = columns(conflictTable.in("f"));

// A scan finds the conflict that it made known, and the conflict in which it lost its place. The oldest comes first.
const scans = sent({ code: text(), second: time() }, 2);
const readConflicts = query(
  "read_conflicts",
  conflictColumns,
  `select ${conflictColumns.sql} from conflict f
where f.organization_id = $1 and f.id in (
  select c.id from ${scans.sql}
  join entitlement e on e.organization_id = $1 and e.code = n.code
  join conflict c on c.organization_id = $1 and c.entitlement_id = e.id
    and (date_trunc('second', coalesce(c.lost_reported_at, c.lost_at)) = to_timestamp(n.second)
      or (c.displaced and date_trunc('second', coalesce(c.kept_reported_at, c.kept_at)) = to_timestamp(n.second))))
order by f.id`,
);

const insertConflicts = command(
  "insert_conflicts",
  `insert into conflict (organization_id, id, ${conflictTable.names})
select $1::bigint, nextval('conflict_id_seq'), ${conflictTable.values}
from ${conflictTable.sent}`,
);

export const storedConflicts: StoredNoun<Conflict, Conflict> = {
  noun: conflicts,

  async load({ sql, organizationId }, asked) {
    const reported = asked.questions(conflictsOfScan).map(({ code, secondMs }) => ({ code, second: secondMs }));
    return [rows(conflicts, await readConflicts(sql, organizationId, ...scans.arrays(reported)))];
  },

  *write({ sql, organizationId }, changes) {
    yield insertConflicts(sql, organizationId, ...conflictTable.arrays(onlyAdded(conflicts, changes)));
  },
};
