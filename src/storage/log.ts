import type { LogDetail } from "../core/log-entry.ts";
import { idOf, type PrincipalKind } from "../core/principal.ts";
import type { Refusal } from "../core/refusal.ts";
import type { LogEntryRecord } from "../engine/store.ts";
import { cleanUp } from "./clean-up.ts";
import { command, type SqlExecutor } from "./statement.ts";
import { foldedTo, foldStatistics } from "./statistics.ts";
import { bigint, json, nullable, type RowOf, table, text, time } from "./table.ts";

/**
 * An organization's turn at the log is the advisory lock with this number plus the number of the organization. It lies
 * far above the numbers of all other advisory locks.
 */
const logTurns = "4611686018427387904";
/** A turn takes one commit, but many turns may come first. So the wait is longer than the wait for a row. */
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
  channel: nullable(text()),
  deviceId: nullable(bigint()),
  customerId: nullable(bigint()),
  principalKind: nullable(text<PrincipalKind>()),
  gateId: nullable(bigint()),
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
 * Writes entries of the log. It waits for the organization's turn before it draws their numbers, and the turn ends when
 * the commit is visible. So numbers ascend in the order of commits. This must be the last statement of a batch: a batch
 * with the turn then waits for nothing more, and there is no deadlock. The turn is not a row, so it leaves no row
 * versions behind; the decision 0001 has the figures.
 */
export function insertLogEntries(
  sql: SqlExecutor,
  organizationId: number,
  entries: readonly LogEntryRecord[],
): Promise<unknown> {
  return insert(sql, organizationId, ...actionTable.arrays(entries.map(toRow)));
}

/** The product number of entries about a device alone. Numbers of products begin at 1. */
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
    channel: action.channel,
    deviceId: action.deviceId ?? null,
    customerId: idOf(principal, "customer"),
    principalKind: principal.kind === "terminal" || principal.kind === "job" ? principal.kind : null,
    gateId: principal.gateId,
    detail: action.detail ?? null,
  };
}

const cleanUpActions = (name: string, condition: string) =>
  cleanUp(name, {
    table: "action",
    first: "-1",
    oldest: `select a.ctid, a.id as key, a.recorded_at < now() - make_interval(secs => $2) as is_over from action a
  where a.organization_id = $1 and a.id > $3 and a.id <= ${foldedTo} and ${condition} order by a.id`,
    goesOn: "bool_or(is_over)",
  });
const deleteActions = {
  done: cleanUpActions("delete_actions done", "a.refusal is null"),
  refused: cleanUpActions("delete_actions refused", "a.refusal is not null"),
};

/**
 * Removes entries of the log that are older than this, of the commands that were done or of those that were refused.
 * Entries were recorded in the order of their numbers but for seconds, so it ends at the first piece without an old
 * entry. They are counted before: an entry that is not folded into the statistics stays. Resolves with the number of
 * removed entries.
 */
export async function deleteActionsOlderThan(
  sql: SqlExecutor,
  organizationId: number,
  which: "done" | "refused",
  ageMs: number,
  signal?: AbortSignal,
): Promise<number> {
  await foldStatistics(sql, organizationId, signal);
  return deleteActions[which](sql, [organizationId, ageMs / 1000], signal);
}
