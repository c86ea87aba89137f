import type { Conflict } from "../../core/entitlement.ts";
import { type Runner, run, seconds } from "./statement.ts";

export function insertConflicts(
  runner: Runner,
  organizationId: number,
  conflicts: readonly Conflict[],
): Promise<unknown> {
  const side = (redemptions: readonly Conflict["kept"][]) => [
    redemptions.map(({ atMs }) => seconds(atMs)),
    redemptions.map(({ accessKeyId }) => accessKeyId),
    redemptions.map(({ operatorId }) => operatorId),
    redemptions.map(({ address }) => address),
  ];
  return run(
    runner,
    "insert_conflicts",
    `insert into conflict (organization_id, id, product_id, entitlement_id, kept_at, kept_by_access_key_id, kept_by_operator_id,
       kept_from, lost_at, lost_by_access_key_id, lost_by_operator_id, lost_from, recorded_at)
     select $1::bigint, nextval('conflict_id_seq'), n.product_id, n.entitlement_id, to_timestamp(n.kept_at), n.kept_key, n.kept_operator,
       n.kept_from, to_timestamp(n.lost_at), n.lost_key, n.lost_operator, n.lost_from, to_timestamp(n.recorded_at)
     from unnest($2::bigint[], $3::bigint[], $4::float8[], $5::bigint[], $6::bigint[], $7::text[], $8::float8[], $9::bigint[],
       $10::bigint[], $11::text[], $12::float8[])
       as n (product_id, entitlement_id, kept_at, kept_key, kept_operator, kept_from, lost_at, lost_key, lost_operator, lost_from,
         recorded_at)`,
    [
      organizationId,
      conflicts.map(({ productId }) => productId),
      conflicts.map(({ entitlementId }) => entitlementId),
      ...side(conflicts.map(({ kept }) => kept)),
      ...side(conflicts.map(({ lost }) => lost)),
      conflicts.map(({ recordedAtMs }) => seconds(recordedAtMs)),
    ],
  );
}
