import type { Conflict } from "../../core/entitlement.ts";
import type { KnownConflict } from "../../engine/reader.ts";
import type { Secrets } from "../secrets.ts";
import { keyOpener } from "./access-keys.ts";
import { pageRows, pages } from "./pages.ts";
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

type ConflictSide = [
  atMs: number,
  accessKeyId: number | null,
  sealed: Buffer | null,
  operatorId: number | null,
  address: string | null,
];

/** Redemptions that lost against another, in the order in which they became known. */
export function pageConflicts(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  productId: number,
): AsyncGenerator<KnownConflict[]> {
  const open = keyOpener(secrets);
  const side = ([atMs, keyId, sealed, operatorId, address]: ConflictSide) => ({
    atMs,
    operatorId,
    address,
    accessKey: open(keyId, sealed),
  });
  return pages(async (last: KnownConflict | undefined) => {
    const rows = await run<[id: number, code: string, recordedAtMs: number, ...ConflictSide, ...ConflictSide]>(
      runner,
      "page_conflicts",
      `select f.id, e.code, f.recorded_at,
         f.kept_at, f.kept_by_access_key_id, kept_key.key_sealed, f.kept_by_operator_id, f.kept_from,
         f.lost_at, f.lost_by_access_key_id, lost_key.key_sealed, f.lost_by_operator_id, f.lost_from
       from conflict f
       join entitlement e on e.organization_id = f.organization_id and e.id = f.entitlement_id
       left join access_key kept_key on kept_key.organization_id = f.organization_id and kept_key.id = f.kept_by_access_key_id
       left join access_key lost_key on lost_key.organization_id = f.organization_id and lost_key.id = f.lost_by_access_key_id
       where f.organization_id = $1 and f.product_id = $2 and f.id > $3
       order by f.id limit ${pageRows}`,
      [organizationId, productId, last?.id ?? -1],
    );
    return rows.map(
      ([id, code, recordedAtMs, ...sides]): KnownConflict => ({
        id,
        code,
        recordedAtMs,
        kept: side(sides.slice(0, 5) as ConflictSide),
        lost: side(sides.slice(5) as ConflictSide),
      }),
    );
  });
}
