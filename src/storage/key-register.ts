import type pg from "pg";
import { inTransaction, withClient } from "./connect.ts";
import { type DatabaseAddress, translateError } from "./database.ts";
import { countSealed } from "./sealed-values.ts";
import { SecretKeyError } from "./secret-key-file.ts";
import { createSecrets, keyId, type LookupKey, lookupKey, type Secrets } from "./secrets.ts";

/** The purpose for which the look-up part of a retired key is sealed. */
const lookupPurpose = "look-up key";

/** The keys that a process was given, the current one first, and the name of their source for messages. */
export interface GivenKeys {
  readonly keys: readonly Buffer[];
  readonly source: string;
}

/** Reads the keys of a process. `mayMake` is true for a new database only: then a missing key may be made. */
export type KeySource = (mayMake: boolean) => Promise<GivenKeys>;

/** Keys that open every sealed value in the database, ready for `createSecrets`. */
export interface KeyRing {
  readonly keys: readonly Buffer[];
  /** The look-up keys of these and of retired keys, the youngest first. */
  readonly lasting: readonly LookupKey[];
}

/** One line of the register: a key that has sealed something. */
export interface KnownKey {
  /** In hexadecimal. */
  readonly id: string;
  readonly isRetired: boolean;
  /** The look-up part of a retired key; `null` for a key in use or a key that was given up as lost. */
  readonly lookupSealed: Buffer | null;
}

/**
 * Decides which keys a claim may register. `serve` registers a new current key, too. `command` registers only the first
 * keys of a new register, since a mistyped key must not shut running servers out. `look` registers nothing.
 */
export type ClaimPurpose = "serve" | "command" | "look";

/**
 * Checks that the keys of this process are the keys of the database, before anything is opened or sealed. The register
 * lists the keys that may have sealed something. The first claim fills it; a database of version 0.1.0 has no register,
 * so the first claim compares the keys with the sealed values.
 *
 * Rejects with {@link SecretKeyError}, whose message says what to do, when a key is missing or belongs to another
 * database.
 */
export async function claimKeys(client: pg.Client, source: KeySource, purpose: ClaimPurpose): Promise<KeyRing> {
  try {
    const known = await readRegister(client);
    if (isInUse(known)) {
      const ring = await resume(source, purpose, known);
      if (!bringsNewKey(ring, known) || purpose !== "serve") return ring;
    } else if (purpose === "look") return await takeFirst(client, source, false, known);
    // One process at a time writes the register, and each reads the lines of the process before it.
    return await inTransaction(client, async () => {
      await client.query("lock table secret_key in exclusive mode");
      const now = await readRegister(client);
      const isFirst = !isInUse(now);
      const ring = isFirst ? await takeFirst(client, source, true, now) : await resume(source, purpose, now);
      // The oldest first.
      const news = isFirst ? [...ring.keys].reverse() : bringsNewKey(ring, now) ? ring.keys.slice(0, 1) : [];
      for (const key of news) await addKey(client, key);
      return ring;
    });
  } catch (error) {
    throw error instanceof SecretKeyError ? error : translateError(error);
  }
}

function isInUse(known: readonly KnownKey[]): boolean {
  return known.some(({ isRetired }) => !isRetired);
}

/** Whether the current key has sealed nothing yet, or was retired since. */
function bringsNewKey({ keys: [current] }: KeyRing, known: readonly KnownKey[]): boolean {
  return current !== undefined && !known.some(({ id, isRetired }) => id === idOf(current) && !isRetired);
}

/** The first claim: compares the keys with all sealed values in the database. */
async function takeFirst(
  client: pg.ClientBase,
  source: KeySource,
  mayMake: boolean,
  known: readonly KnownKey[],
): Promise<KeyRing> {
  const isNew = !(await hasOrganization(client));
  const given = await source(isNew && mayMake);
  const expected = new Set([...given.keys.map(idOf), ...known.map(({ id }) => id)]);
  const strays = (await countSealed(client)).filter(({ keyId: id }) => !expected.has(id));
  if (strays.length > 0) {
    const words = strays.map(({ count, name, keyId: id }) => `${count} ${name} with the key ${id}`).join(", ");
    throw new SecretKeyError(
      `The database has values that were sealed with other keys: ${words}. ${sentenceOf(given)} Add the keys that are missing, parted by commas. "counterfoil secret-key forget KEY" gives one up that is lost for good.`,
    );
  }
  if (given.keys.length === 0 && !isNew) {
    throw new SecretKeyError(`The database is in use, and its secret key is missing: ${lack(given)}. Put it back.`);
  }
  return { keys: given.keys, lasting: lastingOf(given.keys, known) };
}

/** Every further claim: compares the keys with the register. */
async function resume(source: KeySource, purpose: ClaimPurpose, known: readonly KnownKey[]): Promise<KeyRing> {
  const given = await source(false);
  const held = new Set(given.keys.map(idOf));
  const missing = known.filter(({ id, isRetired }) => !isRetired && !held.has(id)).map(({ id }) => id);
  if (missing.length > 0) {
    throw new SecretKeyError(
      `The database is sealed with another secret key, ${missing.join(" and ")}. ${sentenceOf(given)} Put the original key back. "counterfoil secret-key forget KEY" gives one up that is lost for good.`,
    );
  }
  const [current] = given.keys;
  if (current === undefined) throw new SecretKeyError(`The secret key is missing: ${lack(given)}.`);
  const ring: KeyRing = { keys: given.keys, lasting: lastingOf(given.keys, known) };
  if (bringsNewKey(ring, known) && purpose === "command") {
    throw new SecretKeyError(
      `${given.source} begins with the key ${idOf(current)}, which the database does not know yet. Start every server with it first: commands do not bring new keys in.`,
    );
  }
  return ring;
}

function sentenceOf(given: GivenKeys): string {
  return given.keys.length === 0
    ? `There is no key: ${lack(given)}.`
    : `${given.source} holds ${given.keys.map(idOf).join(", ")}.`;
}

function lack({ source }: GivenKeys): string {
  return `SECRET_KEY is not set, and there is no ${source}`;
}

/** The look-up keys of given and retired keys, the youngest first. */
function lastingOf(keys: readonly Buffer[], known: readonly KnownKey[]): readonly LookupKey[] {
  if (keys.length === 0) return [];
  const secrets = createSecrets(keys);
  const unknown = keys.filter((key) => !known.some(({ id }) => id === idOf(key)));
  const inOrder = [...known].reverse().flatMap(({ id, lookupSealed }) => {
    const key = keys.find((one) => idOf(one) === id);
    if (key !== undefined) return lookupKey(key);
    return openLookup(secrets, lookupSealed) ?? [];
  });
  return [...unknown.map(lookupKey), ...inOrder];
}

/** Seals the look-up part of a retired key. */
function sealLookup(secrets: Secrets, lookup: LookupKey): Buffer {
  return secrets.seal(lookup.toString("hex"), lookupPurpose);
}

/** Opens the look-up part of a retired key; `undefined` for a key that was lost. */
function openLookup(secrets: Secrets, sealed: Buffer | null): LookupKey | undefined {
  return sealed === null ? undefined : Buffer.from(secrets.open(sealed, lookupPurpose), "hex");
}

/** The name of a key, in hexadecimal. */
export function idOf(key: Buffer): string {
  return keyId(key).toString("hex");
}

/** Every key that may have sealed something, the oldest first. */
export async function readRegister(client: pg.ClientBase): Promise<readonly KnownKey[]> {
  const { rows } = await client.query<{ id: string; retired: boolean; lookup: Buffer | null }>(
    `select encode(id, 'hex') as id, retired_at is not null as retired, lookup_sealed as lookup
     from secret_key order by position`,
  );
  return rows.map(({ id, retired, lookup }) => ({ id, isRetired: retired, lookupSealed: lookup }));
}

/** Registers a key as the youngest, or a retired key as one in use again. */
async function addKey(client: pg.ClientBase, key: Buffer): Promise<void> {
  await client.query(
    `insert into secret_key (id, position) select $1, coalesce(max(position), 0) + 1 from secret_key
     on conflict (id) do update set retired_at = null, lookup_sealed = null`,
    [keyId(key)],
  );
}

/**
 * Retires all keys but the current one and keeps of each the part that hashes. Resolves with the names of those that
 * were in use.
 */
export function retireOtherKeys(client: pg.ClientBase, { keys }: KeyRing, secrets: Secrets): Promise<string[]> {
  return inTransaction(client, async () => {
    await client.query("lock table secret_key in exclusive mode");
    const retired: string[] = [];
    const [current, ...others] = keys;
    for (const { id, isRetired, lookupSealed } of await readRegister(client)) {
      if (current === undefined || id === idOf(current)) continue;
      const key = others.find((one) => idOf(one) === id);
      const lookup = key !== undefined ? lookupKey(key) : openLookup(secrets, lookupSealed);
      if (lookup === undefined) continue;
      await client.query(
        "update secret_key set retired_at = coalesce(retired_at, now()), lookup_sealed = $2 where encode(id, 'hex') = $1",
        [id, sealLookup(secrets, lookup)],
      );
      if (!isRetired) retired.push(id);
    }
    return retired;
  });
}

/** Gives a lost key up for good: the values that it sealed stay unreadable. Resolves with whether it was in use. */
export function forgetKey(address: DatabaseAddress, id: string): Promise<boolean> {
  return withClient(address, async (client) => {
    const { rowCount } = await client.query(
      `insert into secret_key (id, position, retired_at)
       select decode($1, 'hex'), coalesce(max(position), 0) + 1, now() from secret_key
       on conflict (id) do update set retired_at = now() where secret_key.retired_at is null`,
      [id],
    );
    return rowCount === 1;
  }).catch((error) => {
    throw translateError(error);
  });
}

async function hasOrganization(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ used: boolean }>("select exists (select from organization) as used");
  return rows[0]?.used === true;
}
