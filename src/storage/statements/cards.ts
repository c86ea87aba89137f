import { setImmediate as turn } from "node:timers/promises";
import type { Card, CardDetails, CodedCard, SecretSpace } from "../../core/card.ts";
import type { Entitlement } from "../../core/entitlement.ts";
import type { Secrets } from "../secrets.ts";
import {
  type EntitlementRow,
  entitlementColumnCount,
  entitlementColumns,
  entitlementSource,
  toEntitlement,
} from "./entitlements.ts";
import { lockingClause, type RowLock, type Runner, run } from "./statement.ts";

/** What pins are sealed and looked up for. */
export const pinPurpose = "pin";
/**
 * Of the keyed hash of a pin, how much is kept: no two pins of an organization meet in 128 bits, and the index that sees
 * to it that they are unique is a third smaller.
 */
const pinHashBytes = 16;

/** The keyed hash by which a pin is unique, under the current key. */
export function pinHashOf(secrets: Secrets, pin: string): Buffer {
  return secrets.lookupHash(pin, pinPurpose).subarray(0, pinHashBytes);
}

export function pinHashes(secrets: Secrets, pin: string): readonly Buffer[] {
  return secrets.lookupHashes(pin, pinPurpose).map((hash) => hash.subarray(0, pinHashBytes));
}

export const cardColumns = "e.secret_sealed, e.balance_minor::text, e.balance_currency, e.batch, e.details";
export type CardRow = [
  sealed: Buffer | null,
  balanceMinor: string | null,
  currency: string | null,
  batch: string | null,
  details: CardDetails | null,
];

/** A row without a balance is no card. */
export function toCard(secrets: Secrets, row: CardRow): Card | undefined {
  const [sealed, balanceMinor, currency, batch, details] = row;
  if (balanceMinor === null || currency === null) return undefined;
  return {
    pin: sealed === null ? "" : secrets.open(sealed, pinPurpose),
    balance: { minor: BigInt(balanceMinor), currency },
    batch: batch ?? "",
    details: details ?? {},
  };
}

/**
 * The numbers of entitlements that are named by their codes, or next in the stock of a product. What is named may leave
 * the stock before the rest is sold, so that many more are taken. As an array, since the planner knows that it is
 * short.
 */
const namedOrNext = `array(
       select n.id from entitlement n where n.organization_id = $1 and n.code = any($2::text[])
       union all
       select s.id from unnest($3::bigint[], $4::integer[]) as w (product_id, count), lateral (
         select n.id from entitlement n where n.organization_id = $1 and n.product_id = w.product_id and n.in_stock
         order by n.code collate "C"
         limit w.count + (
           select count(*) from entitlement m
           where m.organization_id = $1 and m.code = any($2::text[]) and m.product_id = w.product_id and m.in_stock)) as s)`;

/** Entitlements that were locked, and the cards of those that are in the stock of a wanted product. */
export interface LockedStock {
  readonly entitlements: readonly Entitlement[];
  readonly cards: readonly CodedCard[];
}

/**
 * Loads what is named by code and what is next in the stock of products, and locks all of it in the order of the codes:
 * in two steps, two batches could each wait for what the other has.
 */
export async function lockStock(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  codes: readonly string[],
  wanted: ReadonlyMap<number, number>,
  lock: RowLock,
): Promise<LockedStock> {
  const rows = await run<StockedCardRow>(
    runner,
    `lock_stock ${lock}`,
    `select ${entitlementColumns}, ${cardColumns} from ${entitlementSource}
     where e.organization_id = $1 and e.id = any(${namedOrNext})
     order by e.code ${lockingClause(lock, "e")}`,
    [organizationId, codes, [...wanted.keys()], [...wanted.values()]],
  );
  const entitlements: Entitlement[] = [];
  const cards: CodedCard[] = [];
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % cardsAtOnce === 0) await turn();
    const entitlement = toEntitlement(row.slice(0, entitlementColumnCount) as EntitlementRow);
    entitlements.push(entitlement);
    if (!entitlement.inStock || !wanted.has(entitlement.productId)) continue;
    const card = toCard(secrets, row.slice(entitlementColumnCount) as CardRow);
    if (card !== undefined) cards.push({ code: entitlement.code, entitlementId: entitlement.id, card });
  }
  return { entitlements, cards };
}

/** What entitlements have as cards, by their codes. */
export async function readCards(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  codes: readonly string[],
): Promise<CodedCard[]> {
  const rows = await run<[code: string, entitlementId: number, ...card: CardRow]>(
    runner,
    "read_cards",
    `select e.code, e.id, ${cardColumns} from entitlement e where e.organization_id = $1 and e.code = any($2::text[])`,
    [organizationId, codes],
  );
  return rows.flatMap(([code, entitlementId, ...row]) => {
    const card = toCard(secrets, row);
    return card === undefined ? [] : [{ code, entitlementId, card }];
  });
}

/** Writes the cards of entitlements that are there. */
export function writeCards(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  cards: readonly CodedCard[],
): Promise<unknown> {
  return run(
    runner,
    "write_cards",
    `update entitlement e set secret_sealed = n.sealed, secret_hash = n.hash, balance_minor = n.balance_minor,
       balance_currency = n.currency, batch = n.batch, details = n.details
     from unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::bigint[], $6::text[], $7::text[], $8::jsonb[])
       as n (id, sealed, hash, balance_minor, currency, batch, details)
     where e.organization_id = $1 and e.id = n.id`,
    [
      organizationId,
      cards.map(({ entitlementId }) => entitlementId),
      ...cardArrays(
        secrets,
        cards.map(({ card }) => card),
        new Map(),
      ),
    ],
  );
}

/** A pin as it is stored. */
export interface SealedPin {
  readonly sealed: Buffer;
  /** The current one, and all under which it may be stored. */
  readonly hash: Buffer;
  readonly hashes: readonly Buffer[];
}

/** Pins that are sealed or opened in one go: a millisecond of work. */
const cardsAtOnce = 100;

/**
 * Seals pins ahead, so that it is done before any row is locked: for 2,000 cards it takes some 30 ms, for which other
 * batches would otherwise wait. Whatever else the process has to do goes on meanwhile.
 */
export async function sealPins(
  secrets: Secrets,
  pins: readonly string[],
  sealed: Map<string, SealedPin>,
): Promise<void> {
  for (const [index, pin] of pins.entries()) {
    if (index > 0 && index % cardsAtOnce === 0) await turn();
    sealed.set(pin, sealPin(secrets, pin));
  }
}

function sealPin(secrets: Secrets, pin: string): SealedPin {
  const hashes = pinHashes(secrets, pin);
  return { sealed: secrets.seal(pin, pinPurpose), hash: hashes[0] ?? Buffer.alloc(0), hashes };
}

/** The columns that a card fills, for as many entitlements; those that are no cards have none. */
export function cardArrays(
  secrets: Secrets,
  cards: readonly (Card | undefined)[],
  sealedPins: ReadonlyMap<string, SealedPin>,
): readonly unknown[][] {
  const pins = cards.map((card) =>
    card === undefined || card.pin === "" ? undefined : (sealedPins.get(card.pin) ?? sealPin(secrets, card.pin)),
  );
  return [
    pins.map((pin) => pin?.sealed ?? null),
    pins.map((pin) => pin?.hash ?? null),
    cards.map((card) => card?.balance.minor ?? null),
    cards.map((card) => card?.balance.currency ?? null),
    cards.map((card) => card?.batch ?? null),
    cards.map((card) => detailsText(card)),
  ];
}

/** Nothing for a card of which nothing is kept, as those that are made by the thousand. */
function detailsText(card: Card | undefined): string | null {
  const text = card === undefined ? "{}" : JSON.stringify(card.details);
  return text === "{}" ? null : text;
}

/** Of these pins, which were sealed ahead, those that are in use. */
export async function readTakenPins(
  runner: Runner,
  organizationId: number,
  pins: readonly string[],
  sealed: ReadonlyMap<string, SealedPin>,
): Promise<readonly string[]> {
  const hashesOf = (pin: string) => sealed.get(pin)?.hashes ?? [];
  const rows = await run<[hash: Buffer]>(
    runner,
    "read_taken_pins",
    `select e.secret_hash from entitlement e
     where e.organization_id = $1 and e.secret_hash = any($2::bytea[]) and e.secret_hash is not null`,
    [organizationId, pins.flatMap(hashesOf)],
  );
  if (rows.length === 0) return [];
  const taken = new Set(rows.map(([hash]) => hash.toString("hex")));
  return pins.filter((pin) => hashesOf(pin).some((hash) => taken.has(hash.toString("hex"))));
}

/**
 * How many pins of these lengths are in use; the rows are locked, so that nobody else adds some meanwhile. Rows that
 * are skipped by the lock are left out.
 */
export async function lockSecretSpaces(
  runner: Runner,
  organizationId: number,
  digits: readonly number[],
  lock: RowLock,
): Promise<SecretSpace[]> {
  const made =
    lock === "none"
      ? undefined
      : run(
          runner,
          "make_secret_spaces",
          `insert into secret_space (organization_id, digits) select $1::bigint, n.digits from unnest($2::integer[]) as n (digits)
     order by n.digits on conflict do nothing`,
          [organizationId, digits],
        );
  const locked = run<[digits: number, used: string]>(
    runner,
    `lock_secret_spaces ${lock}`,
    `select s.digits, s.used::text from secret_space s where s.organization_id = $1 and s.digits = any($2::integer[]) order by s.digits ${lockingClause(lock, "s")}`,
    [organizationId, digits],
  );
  const [rows] = await Promise.all([locked, made]);
  return rows.map(([length, used]) => ({ digits: length, used: BigInt(used) }));
}

export function writeSecretSpaces(
  runner: Runner,
  organizationId: number,
  spaces: readonly SecretSpace[],
): Promise<unknown> {
  return run(
    runner,
    "write_secret_spaces",
    `insert into secret_space (organization_id, digits, used)
     select $1::bigint, n.digits, n.used from unnest($2::integer[], $3::bigint[]) as n (digits, used) order by n.digits
     on conflict (organization_id, digits) do update set used = excluded.used`,
    [organizationId, spaces.map(({ digits }) => digits), spaces.map(({ used }) => used)],
  );
}

export type StockedCardRow = [...EntitlementRow, ...CardRow];
