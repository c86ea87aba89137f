import { setImmediate as turn } from "node:timers/promises";
import { longPinDigits, pins, type SecretSpace, secretSpaces } from "../../core/card.ts";
import { type Rows, rows } from "../../engine/working-set.ts";
import type { Secrets } from "../secrets.ts";
import { command, locking, query } from "../statement.ts";
import { bytes, columns, integer, large, table } from "../table.ts";
import type { StoredNoun, Transaction } from "./stored.ts";

/** The purpose for which pins are sealed and looked up. */
export const pinPurpose = "pin";
/**
 * The bytes of a pin's keyed hash that are kept. Two pins of an organization never collide in 128 bits, and the unique
 * index is a third smaller than with the whole hash.
 */
const pinHashBytes = 16;

/** The keyed hash by which a pin is unique, under the current key. */
export function pinHashOf(secrets: Secrets, pin: string): Buffer {
  return secrets.lookupHash(pin, pinPurpose).subarray(0, pinHashBytes);
}

/** All keyed hashes under which a pin may be stored, the current one first. */
export function pinHashes(secrets: Secrets, pin: string): readonly Buffer[] {
  return secrets.lookupHashes(pin, pinPurpose).map((hash) => hash.subarray(0, pinHashBytes));
}

/** A pin as it is stored. */
export interface SealedPin {
  readonly sealed: Buffer;
  /** Under the current key. */
  readonly hash: Buffer;
  /** All under which it may be stored, the current one first. */
  readonly hashes: readonly Buffer[];
}

export function sealPin(secrets: Secrets, pin: string): SealedPin {
  const hashes = pinHashes(secrets, pin);
  return { sealed: secrets.seal(pin, pinPurpose), hash: hashes[0] ?? Buffer.alloc(0), hashes };
}

/** Pins that are sealed or opened without a pause: a millisecond of work. */
export const pinsAtOnce = 100;

const takenPin = columns({ hash: bytes("e.secret_hash") });
const readTakenPins = query(
  "read_taken_pins",
  takenPin,
  `select ${takenPin.sql} from entitlement e
where e.organization_id = $1 and e.secret_hash = any($2::bytea[]) and e.secret_hash is not null`,
);

/** The pins among these that are in use. They were sealed for the batch before. */
async function readPins({ sql, organizationId, sealedPins }: Transaction, asked: readonly string[]): Promise<Rows[]> {
  if (asked.length === 0) return [];
  const hashesOf = (pin: string) => sealedPins.get(pin)?.hashes ?? [];
  const found = await readTakenPins(sql, organizationId, asked.flatMap(hashesOf));
  if (found.length === 0) return [];
  const taken = new Set(found.map(({ hash }) => hash.toString("hex")));
  return [
    rows(
      pins,
      asked.filter((pin) => hashesOf(pin).some((hash) => taken.has(hash.toString("hex")))),
    ),
  ];
}

const isShort = (pin: string) => pin.length < longPinDigits;

/** Pins are stored and written with their cards. */
export const storedPins: StoredNoun<string, string> = {
  noun: pins,

  /**
   * Seals the pins: some 30 ms for 2,000 cards, with pauses in which the process does other work. In the transaction
   * other batches would wait for it.
   */
  async prepare({ secrets, sealedPins }, asked) {
    for (const [index, pin] of asked.keys(pins).entries()) {
      if (index > 0 && index % pinsAtOnce === 0) await turn();
      sealedPins.set(pin, sealPin(secrets, pin));
    }
  },

  // Two batches draw the same long pin only by a rare accident. It breaks the second batch, which is tried again with
  // other pins. So no batch holds locks while long pins are looked up.
  readAhead: (transaction, asked) =>
    readPins(
      transaction,
      asked.keys(pins).filter((pin) => !isShort(pin)),
    ),

  load: (transaction, asked) => readPins(transaction, asked.keys(pins).filter(isShort)),

  *write() {},
};

const spaceTable = table("secret_space", { digits: integer(), used: large() });

const makeSpaces = command(
  "make_secret_spaces",
  `insert into secret_space (organization_id, digits)
select $1::bigint, n.digits from unnest($2::integer[]) as n (digits) order by n.digits on conflict do nothing`,
);

const spaceColumns = columns(spaceTable.in("s"));
const lockSpaces = locking(
  "lock_secret_spaces",
  spaceColumns,
  "s",
  (lock) => `select ${spaceColumns.sql} from secret_space s
where s.organization_id = $1 and s.digits = any($2::integer[]) order by s.digits ${lock}`,
);

const writeSpaces = command(
  "write_secret_spaces",
  `${spaceTable.insert}
order by n.digits on conflict (organization_id, digits) do update set used = excluded.used`,
);

export const storedSecretSpaces: StoredNoun<number, SecretSpace> = {
  noun: secretSpaces,
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const digits = asked.keys(secretSpaces);
    // A row that is missing cannot be locked.
    const made = lock === "none" ? undefined : makeSpaces(sql, organizationId, digits);
    const [found] = await Promise.all([lockSpaces[lock](sql, organizationId, digits), made]);
    return [rows(secretSpaces, found)];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield writeSpaces(sql, organizationId, ...spaceTable.arrays([...added, ...changed]));
  },
};
