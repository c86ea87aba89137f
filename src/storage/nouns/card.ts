import { type CodedCard, cards, longPinDigits, pins, type SecretSpace, secretSpaces } from "../../core/card.ts";
import { entitlements } from "../../core/entitlement.ts";
import { type Rows, rows } from "../../engine/working-set.ts";
import {
  lockSecretSpaces,
  readCards,
  readTakenPins,
  sealPins,
  writeCards,
  writeSecretSpaces,
} from "../statements/cards.ts";
import { changesOf, type StoredNoun, type Transaction, unlessEmpty } from "./stored.ts";

/** A card is columns of its entitlement, so the lock of the entitlement is its lock. */
export const storedCards: StoredNoun<string, CodedCard> = {
  noun: cards,

  async load({ runner, secrets, organizationId }, asked) {
    return [rows(cards, await readCards(runner, secrets, organizationId, asked.keys(cards)))];
  },

  *write({ runner, secrets, organizationId }, { added, changed }, writes) {
    const isNew = new Set(changesOf(writes, entitlements).added.map(({ code }) => code));
    const others = [...added.filter(({ code }) => !isNew.has(code)), ...changed];
    yield* unlessEmpty(others, (all) => writeCards(runner, secrets, organizationId, all));
  },
};

const isShort = (pin: string) => pin.length < longPinDigits;

/** Pins are kept with their cards, and are written with them. */
export const storedPins: StoredNoun<string, string> = {
  noun: pins,

  prepare({ secrets, sealedPins }, asked) {
    return sealPins(secrets, asked.keys(pins), sealedPins);
  },

  // A long pin is drawn by two batches at once only by an accident. It breaks the second batch, which is tried again
  // with other pins; so nobody has to wait while long pins are looked for.
  readAhead: (transaction, asked) =>
    readPins(
      transaction,
      asked.keys(pins).filter((pin) => !isShort(pin)),
    ),

  load: (transaction, asked) => readPins(transaction, asked.keys(pins).filter(isShort)),

  *write() {},
};

async function readPins(
  { runner, organizationId, sealedPins }: Transaction,
  asked: readonly string[],
): Promise<Rows[]> {
  if (asked.length === 0) return [];
  return [rows(pins, await readTakenPins(runner, organizationId, asked, sealedPins))];
}

export const storedSecretSpaces: StoredNoun<number, SecretSpace> = {
  noun: secretSpaces,
  locksRows: true,

  async load({ runner, organizationId }, asked, lock) {
    return [rows(secretSpaces, await lockSecretSpaces(runner, organizationId, asked.keys(secretSpaces), lock))];
  },

  *write({ runner, organizationId }, { added, changed }) {
    yield writeSecretSpaces(runner, organizationId, [...added, ...changed]);
  },
};
