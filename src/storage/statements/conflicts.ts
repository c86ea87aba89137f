import type { Conflict, Redemption, ReportedScan, ScanRefusal } from "../../core/entitlement.ts";
import { type Runner, run, seconds } from "./statement.ts";

export function insertConflicts(
  runner: Runner,
  organizationId: number,
  conflicts: readonly Conflict[],
): Promise<unknown> {
  const side = (redemptions: readonly (Redemption | null)[]) => [
    redemptions.map((redemption) => seconds(redemption?.atMs ?? null)),
    redemptions.map((redemption) => seconds(redemption?.reportedAtMs ?? null)),
    redemptions.map((redemption) => redemption?.accessKeyId ?? null),
    redemptions.map((redemption) => redemption?.operatorId ?? null),
    redemptions.map((redemption) => redemption?.address ?? null),
  ];
  return run(
    runner,
    "insert_conflicts",
    `insert into conflict (organization_id, id, product_id, entitlement_id, kept_at, kept_reported_at, kept_by_access_key_id,
       kept_by_operator_id, kept_from, lost_at, lost_reported_at, lost_by_access_key_id, lost_by_operator_id, lost_from, refusal,
       displaced, recorded_at)
     select $1::bigint, nextval('conflict_id_seq'), n.product_id, n.entitlement_id, to_timestamp(n.kept_at),
       to_timestamp(n.kept_reported_at), n.kept_key, n.kept_operator, n.kept_from, to_timestamp(n.lost_at),
       to_timestamp(n.lost_reported_at), n.lost_key, n.lost_operator, n.lost_from, n.refusal, n.displaced,
       to_timestamp(n.recorded_at)
     from unnest($2::bigint[], $3::bigint[], $4::float8[], $5::float8[], $6::bigint[], $7::bigint[], $8::text[], $9::float8[],
       $10::float8[], $11::bigint[], $12::bigint[], $13::text[], $14::text[], $15::boolean[], $16::float8[])
       as n (product_id, entitlement_id, kept_at, kept_reported_at, kept_key, kept_operator, kept_from, lost_at, lost_reported_at,
         lost_key, lost_operator, lost_from, refusal, displaced, recorded_at)`,
    [
      organizationId,
      conflicts.map(({ productId }) => productId),
      conflicts.map(({ entitlementId }) => entitlementId),
      ...side(conflicts.map(({ kept }) => kept)),
      ...side(conflicts.map(({ lost }) => lost)),
      conflicts.map(({ refusal }) => refusal),
      conflicts.map(({ displaced }) => displaced),
      conflicts.map(({ recordedAtMs }) => seconds(recordedAtMs)),
    ],
  );
}

type RedemptionRow = [
  atMs: number | null,
  reportedAtMs: number | null,
  accessKeyId: number | null,
  operatorId: number | null,
  address: string | null,
];

/**
 * The conflicts in which there is one of these scans: as the one that became known by it, or as the one that lost its
 * place. In the order in which they became known.
 */
export async function readConflicts(
  runner: Runner,
  organizationId: number,
  scans: readonly ReportedScan[],
): Promise<Conflict[]> {
  const rows = await run<
    [
      productId: number,
      entitlementId: number,
      refusal: ScanRefusal,
      displaced: boolean,
      recordedAtMs: number,
      ...RedemptionRow,
      ...RedemptionRow,
    ]
  >(
    runner,
    "read_conflicts",
    `select f.product_id, f.entitlement_id, f.refusal, f.displaced, f.recorded_at,
       f.kept_at, f.kept_reported_at, f.kept_by_access_key_id, f.kept_by_operator_id, f.kept_from,
       f.lost_at, f.lost_reported_at, f.lost_by_access_key_id, f.lost_by_operator_id, f.lost_from
     from conflict f
     where f.organization_id = $1 and f.id in (
       select c.id from unnest($2::text[], $3::float8[]) as n (code, second)
       join entitlement e on e.organization_id = $1 and e.code = n.code
       join conflict c on c.organization_id = $1 and c.entitlement_id = e.id
         and (date_trunc('second', coalesce(c.lost_reported_at, c.lost_at)) = to_timestamp(n.second)
           or (c.displaced and date_trunc('second', coalesce(c.kept_reported_at, c.kept_at)) = to_timestamp(n.second))))
     order by f.id`,
    [organizationId, scans.map(({ code }) => code), scans.map(({ secondMs }) => seconds(secondMs))],
  );
  return rows.map(([productId, entitlementId, refusal, displaced, recordedAtMs, ...sides]) => {
    const lost = toRedemption(sides.slice(5) as RedemptionRow);
    if (lost === null) throw new Error("a conflict without the redemption that lost");
    const kept = toRedemption(sides.slice(0, 5) as RedemptionRow);
    return { productId, entitlementId, refusal, displaced, recordedAtMs, kept, lost };
  });
}

function toRedemption([atMs, reportedAtMs, accessKeyId, operatorId, address]: RedemptionRow): Redemption | null {
  return atMs === null ? null : { atMs, reportedAtMs, accessKeyId, operatorId, address };
}
