import type { ActionRecord } from "../../engine/store.ts";
import { type Runner, run, seconds } from "./statement.ts";

/**
 * Writes lines of the log. It takes their numbers from the organization's counter, whose row stays locked until the
 * commit: so this is the last statement of a batch, numbers ascend in the order of commits, and there is no deadlock,
 * since whoever holds the counter waits for nothing more.
 */
export function insertActions(
  runner: Runner,
  organizationId: number,
  actions: readonly ActionRecord[],
): Promise<unknown> {
  return run(
    runner,
    "insert_actions",
    `with ticket as (
       update action_counter set next_id = next_id + cardinality($2::text[]) where organization_id = $1
       returning next_id - cardinality($2::text[]) as first
     )
     insert into action (organization_id, id, kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id,
       operator_id, address)
     select $1::bigint, ticket.first + n.position - 1, n.kind, n.product_id, n.entitlement_id, n.code, to_timestamp(n.occurred_at),
       to_timestamp(n.recorded_at), n.refusal, n.access_key_id, n.operator_id, n.address
     from ticket, unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::float8[], $7::float8[], $8::text[], $9::bigint[],
       $10::bigint[], $11::text[]) with ordinality
       as n (kind, product_id, entitlement_id, code, occurred_at, recorded_at, refusal, access_key_id, operator_id, address, position)`,
    [
      organizationId,
      actions.map(({ kind }) => kind),
      actions.map(({ productId }) => productId),
      actions.map(({ entitlementId }) => entitlementId),
      actions.map(({ code }) => code),
      actions.map(({ occurredAtMs }) => seconds(occurredAtMs)),
      actions.map(({ recordedAtMs }) => seconds(recordedAtMs)),
      actions.map(({ refusal }) => refusal),
      actions.map(({ caller }) => (caller.kind === "access_key" ? caller.accessKeyId : null)),
      actions.map(({ caller }) => (caller.kind === "operator" ? caller.operatorId : null)),
      actions.map(({ address }) => address),
    ],
  );
}
