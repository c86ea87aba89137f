import type { ScanRefusal } from "../../core/entitlement.ts";
import type { ConflictQueries, KnownConflict } from "../../queries/conflicts.ts";
import type { Secrets } from "../secrets.ts";
import type { Runner } from "../statements/statement.ts";
import { keyOpener } from "./access-keys.ts";
import { readPage } from "./pages.ts";

export function conflictQueries(runner: Runner, secrets: Secrets): ConflictQueries {
  return {
    list: (organizationId, productId, page) =>
      readPage(runner, page, {
        name: "page_conflicts",
        text: `select f.id, e.code, f.refusal, f.recorded_at,
             f.kept_at, f.kept_by_access_key_id, kept_key.key_sealed, f.kept_by_operator_id, f.kept_from,
             f.lost_at, f.lost_by_access_key_id, lost_key.key_sealed, f.lost_by_operator_id, f.lost_from
           from conflict f
           join entitlement e on e.organization_id = f.organization_id and e.id = f.entitlement_id
           left join access_key kept_key on kept_key.organization_id = $1 and kept_key.id = f.kept_by_access_key_id
           left join access_key lost_key on lost_key.organization_id = $1 and lost_key.id = f.lost_by_access_key_id
           where f.organization_id = $1 and f.product_id = $2 and f.id > $3
           order by f.id`,
        values: [organizationId, productId, page.after ?? -1],
        toRow: conflictReader(secrets),
        keyOf: ({ id }) => id,
      }),
  };
}

type ConflictSide = [
  atMs: number | null,
  accessKeyId: number | null,
  sealed: Buffer | null,
  operatorId: number | null,
  address: string | null,
];

type ConflictRow = [
  id: number,
  code: string,
  refusal: ScanRefusal,
  recordedAtMs: number,
  ...ConflictSide,
  ...ConflictSide,
];

/** Turns rows into conflicts; each access key is opened once. */
function conflictReader(secrets: Secrets): (row: ConflictRow) => KnownConflict {
  const open = keyOpener(secrets);
  const side = ([atMs, keyId, sealed, operatorId, address]: ConflictSide) =>
    atMs === null ? null : { atMs, operatorId, address, accessKey: open(keyId, sealed) };
  return ([id, code, refusal, recordedAtMs, ...sides]) => {
    const lost = side(sides.slice(5) as ConflictSide);
    if (lost === null) throw new Error("a conflict without the redemption that lost");
    return { id, code, refusal, recordedAtMs, kept: side(sides.slice(0, 5) as ConflictSide), lost };
  };
}
