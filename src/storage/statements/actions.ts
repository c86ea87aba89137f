import { idOf } from "../../core/principal.ts";
import type { ActionRecord } from "../../engine/store.ts";
import { inPieces, type PieceRow, toPiece } from "./pieces.ts";
import { type Runner, run, seconds } from "./statement.ts";

/**
 * Advisory locks with one number, from here on upwards, are turns of organizations at the log; this one plus the
 * organization's number is its own. It lies far above every other number that is locked in this way.
 */
const logTurns = "4611686018427387904";
/** Turns are short, for a commit each, but there may be many before ours; a row is not waited for so long. */
const logTurnWaitMs = 3_000;

/**
 * Writes lines of the log. Before it takes their numbers it waits for the organization's turn, which ends when the
 * commit is visible: so this is the last statement of a batch, numbers ascend in the order of commits, and there is no
 * deadlock, since a batch that has the turn waits for nothing more. The turn is not a row, so it leaves no versions
 * behind; the decision 0001 has the figures.
 */
export function insertActions(
  runner: Runner,
  organizationId: number,
  actions: readonly ActionRecord[],
): Promise<unknown> {
  return run(
    runner,
    "insert_actions",
    `with patience as materialized (
       select set_config('lock_timeout', '${logTurnWaitMs}', true)
     ), turn as materialized (
       select pg_advisory_xact_lock(${logTurns} + $1::bigint) from patience
     )
     insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id,
       operator_id, address, device_id, customer_id, principal_kind, detail)
     select $1::bigint, nextval('action_id_seq'), n.kind, n.product_id, n.entitlement_id, n.code, to_timestamp(n.occurred_at),
       to_timestamp(n.recorded_at), n.refusal, n.access_key_id, n.operator_id, n.address, n.device_id,
       n.customer_id, n.principal_kind, n.detail
     from turn, unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::float8[], $7::float8[], $8::text[], $9::bigint[],
       $10::bigint[], $11::text[], $12::bigint[], $13::bigint[], $14::text[], $15::jsonb[])
       as n (kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id, operator_id, address, device_id,
         customer_id, principal_kind, detail)`,
    [
      organizationId,
      actions.map(({ kind }) => kind),
      actions.map(({ productId }) => productId ?? noProduct),
      actions.map(({ entitlementId }) => entitlementId),
      actions.map(({ code }) => code),
      actions.map(({ occurredAtMs }) => seconds(occurredAtMs)),
      actions.map(({ recordedAtMs }) => seconds(recordedAtMs)),
      sparse(actions.map(({ refusal }) => refusal)),
      sparse(actions.map(({ principal }) => idOf(principal, "access_key"))),
      sparse(actions.map(({ principal }) => idOf(principal, "operator"))),
      actions.map(({ address }) => address),
      sparse(actions.map(({ deviceId }) => deviceId ?? null)),
      sparse(actions.map(({ principal }) => idOf(principal, "customer"))),
      sparse(actions.map(({ principal: { kind } }) => (kind === "terminal" || kind === "job" ? kind : null))),
      sparse(actions.map(({ detail }) => (detail === undefined ? null : JSON.stringify(detail)))),
    ],
  );
}

/**
 * A column that mostly has no values. `unnest` fills up a column that is shorter than the others with nulls, so that one
 * of nulls alone need not be sent.
 */
function sparse<T>(column: readonly (T | null)[]): readonly (T | null)[] | null {
  return column.some((value) => value !== null) ? column : null;
}

/** Stands in the log for what is about a device alone; numbers of products begin at 1. */
export const noProduct = 0;

/**
 * Removes the oldest lines of the log, of what was done or of what was refused, as far as they are older than this.
 * Lines were written down in the order of their numbers but for seconds, so that it ends at the first piece in which
 * nothing is old. Resolves with how many were removed.
 */
export function deleteActionsOlderThan(
  runner: Runner,
  organizationId: number,
  which: "done" | "refused",
  ageMs: number,
  signal?: AbortSignal,
): Promise<number> {
  return inPieces(async (afterId, limit) => {
    const rows = await run<PieceRow>(
      runner,
      `delete_actions ${which} ${limit}`,
      `with oldest as (
         select a.ctid, a.id, a.recorded_at < now() - make_interval(secs => $3) as is_over from action a
         where a.organization_id = $1 and a.id > $2 and a.refusal is ${which === "done" ? "null" : "not null"}
         order by a.id limit ${limit}
       ), gone as (delete from action where ctid = any(array(select ctid from oldest where is_over)) returning 1)
       select (select count(*) from gone), max(id)::text, count(*) = ${limit} and bool_or(is_over) from oldest`,
      [organizationId, afterId ?? "-1", ageMs / 1000],
    );
    return toPiece(rows);
  }, signal);
}
