import {
  type Conflict,
  conflicts,
  conflictsOfScan,
  type Redemption,
  type ScanRefusal,
} from "../../core/entitlement.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query } from "../statement.ts";
import { bigint, boolean, columns, nullable, type RowOf, sent, table, text, time } from "../table.ts";
import { onlyAdded, type StoredNoun } from "./stored.ts";

const conflictShape = {
  productId: bigint(),
  entitlementId: bigint(),
  keptAtMs: nullable(time()),
  keptReportedAtMs: nullable(time()),
  keptByAccessKeyId: nullable(bigint()),
  keptByOperatorId: nullable(bigint()),
  keptFrom: nullable(text()),
  lostAtMs: time(),
  lostReportedAtMs: nullable(time()),
  lostByAccessKeyId: nullable(bigint()),
  lostByOperatorId: nullable(bigint()),
  lostFrom: nullable(text()),
  refusal: text<ScanRefusal>(),
  displaced: boolean(),
  recordedAtMs: time(),
};
type ConflictRow = RowOf<typeof conflictShape>;
const conflictTable = table("conflict", conflictShape);
const conflictColumns = columns(conflictTable.in("f"));

function toConflict(row: ConflictRow): Conflict {
  return {
    productId: row.productId,
    entitlementId: row.entitlementId,
    refusal: row.refusal,
    displaced: row.displaced,
    recordedAtMs: row.recordedAtMs,
    kept: keptOf(row),
    lost: {
      atMs: row.lostAtMs,
      reportedAtMs: row.lostReportedAtMs,
      accessKeyId: row.lostByAccessKeyId,
      operatorId: row.lostByOperatorId,
      address: row.lostFrom,
    },
  };
}

function keptOf(row: ConflictRow): Redemption | null {
  if (row.keptAtMs === null) return null;
  return {
    atMs: row.keptAtMs,
    reportedAtMs: row.keptReportedAtMs,
    accessKeyId: row.keptByAccessKeyId,
    operatorId: row.keptByOperatorId,
    address: row.keptFrom,
  };
}

function toRow({ productId, entitlementId, kept, lost, refusal, displaced, recordedAtMs }: Conflict): ConflictRow {
  return {
    productId,
    entitlementId,
    keptAtMs: kept?.atMs ?? null,
    keptReportedAtMs: kept?.reportedAtMs ?? null,
    keptByAccessKeyId: kept?.accessKeyId ?? null,
    keptByOperatorId: kept?.operatorId ?? null,
    keptFrom: kept?.address ?? null,
    lostAtMs: lost.atMs,
    lostReportedAtMs: lost.reportedAtMs,
    lostByAccessKeyId: lost.accessKeyId,
    lostByOperatorId: lost.operatorId,
    lostFrom: lost.address,
    refusal,
    displaced,
    recordedAtMs,
  };
}

// As the conflict that became known by the scan, or as the one in which it lost its place. In the order in which they
// became known.
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
    const found = await readConflicts(sql, organizationId, ...scans.arrays(reported));
    return [rows(conflicts, found.map(toConflict))];
  },

  *write({ sql, organizationId }, changes) {
    const added = onlyAdded(conflicts, changes).map(toRow);
    yield insertConflicts(sql, organizationId, ...conflictTable.arrays(added));
  },
};
