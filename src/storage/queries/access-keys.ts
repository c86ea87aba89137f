import type { AccessKey, AccessKeyQueries, ListedAccessKey } from "../../queries/access-keys.ts";
import { accessKeyPurpose } from "../nouns/product.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, bytes, columns, raw, text } from "../table.ts";
import { batchLoader } from "./batch-loader.ts";
import { perOrganization } from "./memo.ts";

const foundColumns = columns({
  hash: text("encode(k.key_hash, 'hex')"),
  id: bigint("k.id"),
  productIds: raw<readonly string[]>("array_agg(l.product_id)"),
});
const readKeys = query(
  "read_access_keys",
  foundColumns,
  `select ${foundColumns.sql}
from access_key k
join product_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
where k.organization_id = $1 and k.key_hash = any($2::bytea[])
group by k.key_hash, k.id`,
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
  const byKey = perOrganization((organizationId) =>
    batchLoader<string, AccessKey>((keys) => readAccessKeys(sql, secrets, organizationId, keys)),
  );
  return {
    byKey: (organizationId, key) => byKey(organizationId)(key),

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

/** The access keys among these that open a product, by the key in clear. */
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
  for (const { hash, id, productIds } of rows) {
    const key = names.get(hash);
    if (key !== undefined) found.set(key, { id, productIds: new Set(productIds.map(Number)) });
  }
  return found;
}
