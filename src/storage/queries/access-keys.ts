import type { AccessKey, AccessKeyQueries, ListedAccessKey } from "../../queries/access-keys.ts";
import type { Secrets } from "../secrets.ts";
import { accessKeyPurpose } from "../statements/access-keys.ts";
import { type Runner, run } from "../statements/statement.ts";
import { coalesce } from "./coalesce.ts";
import { perOrganization } from "./memo.ts";

export function accessKeyQueries(runner: Runner, secrets: Secrets): AccessKeyQueries {
  const byKey = perOrganization((organizationId) =>
    coalesce<string, AccessKey>((keys) => readAccessKeys(runner, secrets, organizationId, keys)),
  );
  return {
    byKey: (organizationId, key) => byKey(organizationId)(key),

    async all(organizationId, kind) {
      const rows = await run<[sealed: Buffer, keyId: number, productId: number, name: string]>(
        runner,
        "list_access_keys",
        `select k.key_sealed, k.id, p.id, p.name
         from access_key k
         join product_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
         join product p on p.organization_id = l.organization_id and p.id = l.product_id
         where k.organization_id = $1 and p.kind = $2 and p.retired_at is null
         order by p.id`,
        [organizationId, kind],
      );
      const open = keyOpener(secrets);
      const listed: ListedAccessKey[] = [];
      for (const [keyId, ofKey] of Map.groupBy(rows, ([, id]) => id)) {
        const key = open(keyId, ofKey[0]?.[0] ?? null);
        if (key !== null) listed.push({ key, products: ofKey.map(([, , id, name]) => ({ id, name })) });
      }
      return listed.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
  };
}

/** Opens sealed access keys for lists, each once; one that does not open is `null`, so that it hides no other line. */
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

/** The access keys among these that products list, by the key in clear. */
async function readAccessKeys(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  keys: readonly string[],
): Promise<ReadonlyMap<string, AccessKey>> {
  const names = new Map(
    keys.flatMap((key) =>
      secrets.lookupHashes(key, accessKeyPurpose).map((hash) => [hash.toString("hex"), key] as const),
    ),
  );
  const rows = await run<[hash: string, id: number, productIds: string[]]>(
    runner,
    "read_access_keys",
    `select encode(k.key_hash, 'hex'), k.id, array_agg(l.product_id)
     from access_key k
     join product_access_key l on l.organization_id = k.organization_id and l.access_key_id = k.id
     where k.organization_id = $1 and k.key_hash = any($2::bytea[])
     group by k.key_hash, k.id`,
    [organizationId, [...names.keys()].map((hex) => Buffer.from(hex, "hex"))],
  );
  const found = new Map<string, AccessKey>();
  for (const [hash, id, productIds] of rows) {
    const key = names.get(hash);
    if (key !== undefined) found.set(key, { id, productIds: new Set(productIds.map(Number)) });
  }
  return found;
}
