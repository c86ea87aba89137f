import type pg from "pg";
import { inTransaction } from "./connect.ts";
import { translateError } from "./database.ts";
import { countSealed } from "./sealed-values.ts";
import { SecretKeyError } from "./secret-key.ts";
import { createSecrets, keyId, type LookupKey, lookupKey, type Secrets } from "./secrets.ts";

/** What the look-up part of a retired key is sealed for. */
const lookupPurpose = "look-up key";

/** Keys that a process was given, the current one first, and where they stood: for sentences. */
export interface GivenKeys {
  readonly keys: readonly Buffer[];
  readonly source: string;
}

/** Where keys come from. `mayMake` is true for a new database only: a key that nobody has yet may be made for it. */
export type KeySource = (mayMake: boolean) => Promise<GivenKeys>;

/** Keys that open everything in the database, ready for `createSecrets`. */
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
  /** Of a retired key what is left; `null` for one that was given up as lost. */
  readonly lookupSealed: Buffer | null;
}

/**
 * What a claim may write down. To `serve`: also a new key that was put in front. A `command`: only the first keys that
 * there ever were, since a mistyped key must not shut running servers out. To `look`: nothing.
 */
export type ClaimPurpose = "serve" | "command" | "look";

/**
 * Looks whether the keys of this process are the database's, before anything is opened or sealed. The database knows
 * which keys may have sealed something: the first who opens it tells it, and a database of version 0.1.0 learns it from
 * what is sealed in it.
 *
 * Rejects with {@link SecretKeyError}, a sentence that says what to do, when a key is missing or another database's.
 */
export async function claimKeys(client: pg.Client, source: KeySource, purpose: ClaimPurpose): Promise<KeyRing> {
  try {
    const known = await readRegister(client);
    if (isInUse(known)) {
      const ring = await resume(source, purpose, known);
      if (!bringsNewKey(ring, known) || purpose !== "serve") return ring;
    } else if (purpose === "look") return await takeFirst(client, source, false, known);
    // One process at a time writes down, and each sees what the one before it has written.
    return await inTransaction(client, async () => {
      await client.query("lock table secret_key in exclusive mode");
      const now = await readRegister(client);
      const isFirst = !isInUse(now);
      const ring = isFirst ? await takeFirst(client, source, true, now) : await resume(source, purpose, now);
      // The oldest first, as they came.
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

/** The first claim looks through the whole database. */
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

/** Every further claim. */
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

/** The look-up keys in the order in which their keys came, the youngest first. */
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

/** What is left of a retired key, as it is stored. */
export function sealLookup(secrets: Secrets, lookup: LookupKey): Buffer {
  return secrets.seal(lookup.toString("hex"), lookupPurpose);
}

/** What is left of a retired key; nothing of one that was lost. */
export function openLookup(secrets: Secrets, sealed: Buffer | null): LookupKey | undefined {
  return sealed === null ? undefined : Buffer.from(secrets.open(sealed, lookupPurpose), "hex");
}

/** The name of a key, in hexadecimal. */
export function idOf(key: Buffer): string {
  return keyId(key).toString("hex");
}

/** Every key that has sealed something, in the order in which they came. */
export async function readRegister(client: pg.ClientBase): Promise<readonly KnownKey[]> {
  const { rows } = await client.query<{ id: string; retired: boolean; lookup: Buffer | null }>(
    `select encode(id, 'hex') as id, retired_at is not null as retired, lookup_sealed as lookup
     from secret_key order by position`,
  );
  return rows.map(({ id, retired, lookup }) => ({ id, isRetired: retired, lookupSealed: lookup }));
}

/** Notes a key down as the youngest, or as one that is in use again. */
async function addKey(client: pg.ClientBase, key: Buffer): Promise<void> {
  await client.query(
    `insert into secret_key (id, position) select $1, coalesce(max(position), 0) + 1 from secret_key
     on conflict (id) do update set retired_at = null, lookup_sealed = null`,
    [keyId(key)],
  );
}

async function hasOrganization(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ used: boolean }>("select exists (select from organization) as used");
  return rows[0]?.used === true;
}
