import type { LogDetail } from "../core/log-entry.ts";
import { idOf, type PrincipalKind } from "../core/principal.ts";
import type { Refusal } from "../core/refusal.ts";
import type { LogEntryRecord } from "../engine/store.ts";
import { cleanUp } from "./clean-up.ts";
import { command, type SqlExecutor } from "./statement.ts";
import { bigint, json, nullable, type RowOf, table, text, time } from "./table.ts";

/**
 * Advisory locks with one number, from here on upwards, are turns of organizations at the log; this one plus the
 * organization's number is its own. It lies far above every other number that is locked in this way.
 */
const logTurns = "4611686018427387904";
/** Turns are short, for a commit each, but there may be many before ours; a row is not waited for so long. */
const logTurnWaitMs = 3_000;

const actionShape = {
  kind: text(),
  productId: bigint(),
  entitlementId: nullable(bigint()),
  code: nullable(text()),
  occurredAtMs: time(),
  recordedAtMs: time(),
  refusal: nullable(text<Refusal>()),
  accessKeyId: nullable(bigint()),
  operatorId: nullable(bigint()),
  address: nullable(text()),
  deviceId: nullable(bigint()),
  customerId: nullable(bigint()),
  principalKind: nullable(text<PrincipalKind>()),
  detail: nullable(json<LogDetail>()),
};
const actionTable = table("action", actionShape);

const insert = command(
  "insert_actions",
  `with patience as materialized (
  select set_config('lock_timeout', '${logTurnWaitMs}', true)
), turn as materialized (
  select pg_advisory_xact_lock(${logTurns} + $1::bigint) from patience
)
insert into action (organization_id, id, ${actionTable.names})
select $1::bigint, nextval('action_id_seq'), ${actionTable.values}
from turn, ${actionTable.sent}`,
);

/**
 * Writes entries of the log. Before it takes their numbers it waits for the organization's turn, which ends when the
 * commit is visible: so this is the last statement of a batch, numbers ascend in the order of commits, and there is no
 * deadlock, since a batch that has the turn waits for nothing more. The turn is not a row, so it leaves no versions
 * behind; the decision 0001 has the figures.
 */
export function insertLogEntries(
  sql: SqlExecutor,
  organizationId: number,
  entries: readonly LogEntryRecord[],
): Promise<unknown> {
  return insert(sql, organizationId, ...actionTable.arrays(entries.map(toRow)));
}

/** Stands in the log for what is about a device alone; numbers of products begin at 1. */
export const noProduct = 0;

function toRow({ principal, ...action }: LogEntryRecord): RowOf<typeof actionShape> {
  return {
    kind: action.kind,
    productId: action.productId ?? noProduct,
    entitlementId: action.entitlementId,
    code: action.code,
    occurredAtMs: action.occurredAtMs,
    recordedAtMs: action.recordedAtMs,
    refusal: action.refusal,
    accessKeyId: idOf(principal, "access_key"),
    operatorId: idOf(principal, "operator"),
    address: action.address,
    deviceId: action.deviceId ?? null,
    customerId: idOf(principal, "customer"),
    principalKind: principal.kind === "terminal" || principal.kind === "job" ? principal.kind : null,
    detail: action.detail ?? null,
  };
}

const cleanUpActions = (name: string, condition: string) =>
  cleanUp(
    name,
    "-1",
    (limit) => `with oldest as (
  select a.ctid, a.id, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and ${condition}
  order by a.id limit ${limit}
), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
select (select count(*) from gone) as removed, max(id)::text as last, count(*) = ${limit} and bool_or(is_over) as goes_on
from oldest`,
  );
const deleteActions = {
  done: cleanUpActions("delete_actions done", "a.refusal is null"),
  refused: cleanUpActions("delete_actions refused", "a.refusal is not null"),
};

/**
 * Removes the oldest entries of the log, of what was done or of what was refused, as far as they are older than this.
 * Entries were written down in the order of their numbers but for seconds, so that it ends at the first piece in which
 * nothing is old. Resolves with how many were removed.
 */
export function deleteActionsOlderThan(
  sql: SqlExecutor,
  organizationId: number,
  which: "done" | "refused",
  ageMs: number,
  signal?: AbortSignal,
): Promise<number> {
  return deleteActions[which](sql, [organizationId, ageMs / 1000], signal);
}
