import type pg from "pg";
import { WriteConflict } from "../engine/store.ts";
import { inTransaction, withClient } from "./connect.ts";
import { type DatabaseAddress, translateError } from "./database.ts";
import { idOf, type KeyRing, retireOtherKeys } from "./key-register.ts";
import { accessKeyPurpose } from "./nouns/product.ts";
import { isSealed, type SealedColumn, sealedBytes, sealedColumns, sealingKeyId } from "./sealed-values.ts";
import { SecretKeyError } from "./secret-key-file.ts";
import { createSecrets, type Secrets } from "./secrets.ts";

/** Blocks of a table whose rows one transaction reseals: some 500 rows, locked for some 30 ms. */
const blocksAtOnce = 8;
/** How often a transaction is tried that meets the locks of a running server. */
const attempts = 10;

/** The result of a resealing. */
export interface ResealReport {
  /** Values that were sealed anew. */
  readonly resealed: number;
  /** Values that no key opens: they were changed, or their key is lost. They are left as they are. */
  readonly unreadable: number;
  /** The names of the keys that were retired, in hexadecimal: no process needs them any more. */
  readonly retired: readonly string[];
}

/**
 * Reseals every value with the current key and retires all other keys. Servers may run meanwhile if all of them have
 * that key as the current one. After an interruption it goes on where it stood, since it passes over values under the
 * current key.
 *
 * Fingerprints of devices and user keys of deliveries are kept as hashes only, or not at all, and cannot be hashed
 * anew. For them the look-up part of a retired key stays, sealed with the current key; it opens nothing.
 */
export function reseal(
  address: DatabaseAddress,
  ring: KeyRing,
  progress: { total(count: number): void; advance(count: number): void },
): Promise<ResealReport> {
  const secrets = createSecrets(ring.keys, ring.lasting);
  const [current] = ring.keys;
  if (current === undefined) throw new SecretKeyError("There is no secret key.");
  const currentId = idOf(current);
  return withClient(address, async (client) => {
    try {
      progress.total(await countLeft(client, currentId));
      const unreadable = new Set<string>();
      let resealed = 0;
      // Servers go on writing, so a column is done when a whole pass has found nothing.
      for (const column of sealedColumns) {
        for (let found = -1; found !== 0; ) {
          found = await pass(column);
          resealed += found;
        }
      }
      return { resealed, unreadable: unreadable.size, retired: await retireOtherKeys(client, ring, secrets) };

      async function pass(column: SealedColumn): Promise<number> {
        let done = 0;
        const blocks = await countBlocks(client, column);
        for (let block = 0; block < blocks; block += blocksAtOnce) {
          const rows = await readBlocks(client, column, currentId, block);
          const open = rows.flatMap((row) => opened(secrets, column, row) ?? []);
          const places = new Set(open.map(({ place }) => place));
          for (const row of rows) if (!places.has(row.place)) unreadable.add(`${column.table} ${row.place}`);
          if (open.length === 0) continue;
          await patiently(() => inTransaction(client, () => write(client, column, secrets, open)));
          done += open.length;
          progress.advance(open.length);
        }
        return done;
      }
    } catch (error) {
      throw error instanceof SecretKeyError ? error : translateError(error);
    }
  });
}

interface SealedRow {
  /** The address of the row, as `(page,line)`. It changes with each update; the next pass then finds the row. */
  readonly place: string;
  readonly sealed: Buffer;
}

interface OpenRow extends SealedRow {
  readonly text: string;
}

async function countLeft(client: pg.ClientBase, currentId: string): Promise<number> {
  let left = 0;
  for (const column of sealedColumns) {
    const { rows } = await client.query<{ count: string }>(
      `select count(*) as count from ${column.table} where ${isSealed(column)} and ${sealingKeyId(column)} <> $1`,
      [currentId],
    );
    left += Number(rows[0]?.count ?? 0);
  }
  return left;
}

async function countBlocks(client: pg.ClientBase, { table }: SealedColumn): Promise<number> {
  const { rows } = await client.query<{ blocks: string }>(
    "select pg_relation_size($1::regclass) / current_setting('block_size')::bigint as blocks",
    [table],
  );
  return Number(rows[0]?.blocks ?? 0);
}

/** The rows in some blocks of a table that were sealed with another key. */
async function readBlocks(
  client: pg.ClientBase,
  column: SealedColumn,
  currentId: string,
  block: number,
): Promise<readonly SealedRow[]> {
  const { rows } = await client.query<SealedRow>(
    `select ctid::text as place, ${sealedBytes(column)} as sealed from ${column.table}
     where ctid >= $2::tid and ctid < $3::tid and ${isSealed(column)} and ${sealingKeyId(column)} <> $1`,
    [currentId, `(${block},0)`, `(${block + blocksAtOnce},0)`],
  );
  return rows;
}

/** The row with its value in clear; `undefined` when no key opens it. */
function opened(secrets: Secrets, { purpose }: SealedColumn, row: SealedRow): OpenRow | undefined {
  try {
    return { ...row, text: secrets.open(row.sealed, purpose) };
  } catch {
    return undefined;
  }
}

/** Replaces the values that are still as they were read: a value that a server has written meanwhile is newer. */
async function write(
  client: pg.ClientBase,
  column: SealedColumn,
  secrets: Secrets,
  rows: readonly OpenRow[],
): Promise<void> {
  const { table, column: name, purpose, lookup, isSetting } = column;
  if (purpose === accessKeyPurpose) for (const row of rows) await mergeAccessKey(client, secrets, row);
  const value = isSetting ? "jsonb_build_object('sealed', encode(n.anew, 'base64'))" : "n.anew";
  const hash = lookup === undefined ? "" : `, ${lookup.column} = n.hash`;
  await client.query(
    `update ${table} t set ${name} = ${value}${hash}
     from unnest($1::tid[], $2::bytea[], $3::bytea[], $4::bytea[]) as n (place, sealed, anew, hash)
     where t.ctid = n.place and ${sealedBytes({ ...column, column: `t.${name}` })} = n.sealed`,
    [
      rows.map(({ place }) => place),
      rows.map(({ sealed }) => sealed),
      rows.map(({ text }) => secrets.seal(text, purpose)),
      rows.map(({ text }) => lookup?.hash(secrets, text) ?? Buffer.alloc(0)),
    ],
  );
}

/**
 * While two keys were in use, one access key may have been added under both. The log may name either row, so both stay:
 * the older row keeps the products and the gate, and the younger row gets a hash that no look-up finds.
 */
async function mergeAccessKey(client: pg.ClientBase, secrets: Secrets, { text, sealed }: OpenRow): Promise<void> {
  const { rows } = await client.query<{ organization: string; older: string; younger: string }>(
    `select a.organization_id as organization, least(a.id, b.id) as older, greatest(a.id, b.id) as younger
     from access_key a join access_key b on b.organization_id = a.organization_id and b.key_hash = $2
     where a.key_sealed = $1 and a.id <> b.id`,
    [sealed, secrets.lookupHash(text, accessKeyPurpose)],
  );
  for (const { organization, older, younger } of rows) {
    await client.query(
      `update product_access_key l set access_key_id = $2 where organization_id = $1 and access_key_id = $3 and not exists (
         select from product_access_key k where k.organization_id = $1 and k.product_id = l.product_id and k.access_key_id = $2)`,
      [organization, older, younger],
    );
    await client.query(
      `update gate_access_key set access_key_id = $2 where organization_id = $1 and access_key_id = $3 and not exists (
         select from gate_access_key k where k.organization_id = $1 and k.access_key_id = $2)`,
      [organization, older, younger],
    );
    for (const table of ["product_access_key", "gate_access_key"]) {
      await client.query(`delete from ${table} where organization_id = $1 and access_key_id = $2`, [
        organization,
        younger,
      ]);
    }
    await client.query("update access_key set key_hash = $3, key_sealed = $4 where organization_id = $1 and id = $2", [
      organization,
      younger,
      secrets.lookupHash(`${text} ${younger}`, `${accessKeyPurpose} of the log`),
      secrets.seal(text, accessKeyPurpose),
    ]);
  }
}

/** Repeats work that met the locks of a running server. */
async function patiently(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !(translateError(error) instanceof WriteConflict)) throw error;
    }
  }
}
