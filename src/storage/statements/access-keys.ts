import type { Secrets } from "../secrets.ts";
import type { OnUnreadable } from "./organizations.ts";
import { type Runner, run } from "./statement.ts";

/** What access keys are sealed and looked up for. */
export const accessKeyPurpose = "access key";

/**
 * The access keys of products, in the order in which they were given. With `onUnreadable` a key that does not open is
 * told of and left out; without, it rejects: who writes the keys back must know all of them.
 */
export async function readAccessKeysOf(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  productIds: readonly number[],
  onUnreadable?: OnUnreadable,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const rows = await run<[productId: number, sealed: Buffer]>(
    runner,
    "read_access_keys_of",
    `select l.product_id, k.key_sealed
     from product_access_key l
     join access_key k on k.organization_id = l.organization_id and k.id = l.access_key_id
     where l.organization_id = $1 and l.product_id = any($2::bigint[])
     order by l.product_id, l.position`,
    [organizationId, productIds],
  );
  const keys = new Map<number, string[]>(productIds.map((id) => [id, []]));
  for (const [productId, sealed] of rows) {
    try {
      keys.get(productId)?.push(secrets.open(sealed, accessKeyPurpose));
    } catch (error) {
      if (onUnreadable === undefined) throw error;
      onUnreadable(organizationId, `access key of product ${productId}`);
    }
  }
  return keys;
}

/** Replaces the access keys of products. A key that the organization did not have is added; none is ever removed. */
export function writeAccessKeysOf(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  keysOf: ReadonlyMap<number, readonly string[]>,
): Promise<unknown> {
  const keys = [...new Set([...keysOf.values()].flat())];
  const hashes = keys.map((key) => secrets.lookupHash(key, accessKeyPurpose));
  const links = [...keysOf].flatMap(([productId, listed]) =>
    listed.flatMap((key, position) =>
      secrets.lookupHashes(key, accessKeyPurpose).map((hash) => ({ productId, hash, position })),
    ),
  );
  return Promise.all([
    run(
      runner,
      "insert_access_keys",
      // Sorted, and of all products at once, so that two processes that add the same keys take them in the same order.
      `insert into access_key (organization_id, id, key_hash, key_sealed)
       select $1::bigint, nextval('access_key_id_seq'), n.hash, n.sealed
       from unnest($2::bytea[], $3::bytea[]) as n (hash, sealed)
       where not exists (select from access_key k where k.organization_id = $1 and k.key_hash = n.hash)
       order by n.hash
       on conflict (organization_id, key_hash) do nothing`,
      [organizationId, hashes, keys.map((key) => secrets.seal(key, accessKeyPurpose))],
    ),
    run(
      runner,
      "unlink_access_keys",
      "delete from product_access_key where organization_id = $1 and product_id = any($2::bigint[])",
      [organizationId, [...keysOf.keys()]],
    ),
    run(
      runner,
      "link_access_keys",
      `insert into product_access_key (organization_id, product_id, access_key_id, position)
       select distinct on (n.product_id, n.position) $1::bigint, n.product_id, k.id, n.position
       from unnest($2::bigint[], $3::bytea[], $4::integer[]) as n (product_id, hash, position)
       join access_key k on k.organization_id = $1 and k.key_hash = n.hash
       order by n.product_id, n.position, k.id`,
      [
        organizationId,
        links.map(({ productId }) => productId),
        links.map(({ hash }) => hash),
        links.map(({ position }) => position),
      ],
    ),
  ]);
}
