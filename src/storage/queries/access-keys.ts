import type { GateRight } from "../../core/gate.ts";
import type { AccessKey, AccessKeyQueries, ListedAccessKey } from "../../queries/access-keys.ts";
import { accessKeyPurpose } from "../nouns/product.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, bytes, columns, optional, type RowOf, raw, text } from "../table.ts";
import { organizationLoader } from "./batch-loader.ts";

const foundColumns = columns({
  hash: text("encode(k.key_hash, 'hex')"),
  id: bigint("k.id"),
  gate: optional(columns({ id: bigint("g.id"), rights: raw<readonly GateRight[]>("g.rights") })),
  opens:
    raw<readonly (readonly [productId: number, categories: readonly string[] | null])[]>("coalesce(o.opens, '[]')"),
});
const readKeys = query(
  "read_access_keys",
  foundColumns,
  `select ${foundColumns.sql}
from access_key k
left join gate_access_key s on s.organization_id = k.organization_id and s.access_key_id = k.id
left join gate g on g.organization_id = s.organization_id and g.id = s.gate_id
cross join lateral (
  select jsonb_agg(jsonb_build_array(l.product_id, l.categories)) as opens
  from (
    select l.product_id, l.categories from product_access_key l
    where l.organization_id = k.organization_id and l.access_key_id = k.id
    union all
    select a.product_id, a.categories from gate_product a
    where a.organization_id = g.organization_id and a.gate_id = g.id
  ) as l
) as o
where k.organization_id = $1 and k.key_hash = any($2::bytea[]) and (o.opens is not null or g.id is not null)`,
);

const listedColumns = columns({
  keyId: bigint("k.id"),
  sealed: bytes("k.key_sealed"),
  productId: bigint("p.id"),
  name: text("p.name"),
});
const listKeys = query(
  "list_access_keys",
  listedColumns,
  `select ${listedColumns.sql}
from access_key k
join product_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
join product p on p.organization_id = l.organization_id and p.id = l.product_id
where k.organization_id = $1 and p.kind = $2 and p.retired_at is null
order by p.id`,
);

export function accessKeyQueries(sql: SqlExecutor, secrets: Secrets): AccessKeyQueries {
  return {
    byKey: organizationLoader<string, AccessKey>((organizationId, keys) =>
      readAccessKeys(sql, secrets, organizationId, keys),
    ),

    async all(organizationId, kind) {
      const rows = await listKeys(sql, organizationId, kind);
      const open = keyOpener(secrets);
      const listed: ListedAccessKey[] = [];
      for (const [keyId, ofKey] of Map.groupBy(rows, (row) => row.keyId)) {
        const key = open(keyId, ofKey[0]?.sealed ?? null);
        if (key !== null) listed.push({ key, products: ofKey.map(({ productId, name }) => ({ id: productId, name })) });
      }
      return listed.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
  };
}

/** Opens each sealed access key of a list once. A key that does not open is `null`, so the rest of the list stays. */
export function keyOpener(secrets: Secrets): (id: number | null, sealed: Buffer | null) => string | null {
  const opened = new Map<number, string | null>();
  return (id, sealed) => {
    if (id === null || sealed === null) return null;
    let key = opened.get(id);
    if (key === undefined) {
      key = openIfReadable(secrets, sealed);
      opened.set(id, key);
    }
    return key;
  };
}

function openIfReadable(secrets: Secrets, sealed: Buffer): string | null {
  try {
    return secrets.open(sealed, accessKeyPurpose);
  } catch {
    return null;
  }
}

/** The access keys among these that open a product or stand at a gate, by the key in clear. */
async function readAccessKeys(
  sql: SqlExecutor,
  secrets: Secrets,
  organizationId: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, AccessKey>> {
  const names = new Map(
    keys.flatMap((key) =>
      secrets.lookupHashes(key, accessKeyPurpose).map((hash) => [hash.toString("hex"), key] as const),
    ),
  );
  const hashes = [...names.keys()].map((hex) => Buffer.from(hex, "hex"));
  const rows = await readKeys(sql, organizationId, hashes);
  const found = new Map<string, AccessKey>();
  for (const { hash, id, gate, opens } of rows) {
    const key = names.get(hash);
    if (key !== undefined) found.set(key, { id, gate, opens: together(opens) });
  }
  return found;
}

/** Each product once. Without a limit from one side it has none; of two limits both count. */
function together(opens: RowOf<typeof foundColumns>["opens"]): AccessKey["opens"] {
  const all = new Map<number, readonly string[] | null>();
  for (const [productId, categories] of opens) {
    const known = all.get(productId);
    const isOpen = known === null || categories === null;
    all.set(productId, isOpen ? null : [...new Set([...(known ?? []), ...categories])]);
  }
  return all;
}
