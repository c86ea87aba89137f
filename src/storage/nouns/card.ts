import { type Card, type CardDetails, type CodedCard, cards } from "../../core/card.ts";
import { entitlements } from "../../core/entitlement.ts";
import { rows } from "../../engine/working-set.ts";
import type { Secrets } from "../secrets.ts";
import { command, query } from "../statement.ts";
import { bigint, bytes, columns, json, large, nullable, optionalGroup, type RowOf, table, text } from "../table.ts";
import { pinPurpose, type SealedPin, sealPin } from "./pin.ts";
import { recodedIn } from "./recoded.ts";
import { changesOf, type StoredNoun, unlessEmpty } from "./stored.ts";

const kept = {
  secretSealed: nullable(bytes()),
  balance: optionalGroup({ minor: large("balance_minor"), currency: text("balance_currency") }),
  batch: nullable(text()),
  details: nullable(json<CardDetails>()),
};

/** The columns of an entitlement that a card fills. */
export const cardShape = { ...kept, secretHash: nullable(bytes()) };
type CardRow = RowOf<typeof cardShape>;

export const cardColumns = columns(table("entitlement", kept).in("e"));

/** The card of an entitlement; `undefined` for one that is no card. */
export function toCard(secrets: Secrets, row: RowOf<typeof cardColumns>): Card | undefined {
  const { secretSealed, balance } = row;
  if (balance === null) return undefined;
  return {
    pin: secretSealed === null ? "" : secrets.open(secretSealed, pinPurpose),
    balance,
    batch: row.batch ?? "",
    details: row.details ?? {},
  };
}

const noCard: CardRow = { secretSealed: null, balance: null, batch: null, details: null, secretHash: null };

/** The columns of a card; all are null for an entitlement that is no card. */
export function toCardRow(
  secrets: Secrets,
  card: Card | undefined,
  sealedPins: ReadonlyMap<string, SealedPin>,
): CardRow {
  if (card === undefined) return noCard;
  const pin = card.pin === "" ? undefined : (sealedPins.get(card.pin) ?? sealPin(secrets, card.pin));
  return {
    secretSealed: pin?.sealed ?? null,
    balance: card.balance,
    batch: card.batch,
    // Null for a card without details, such as the cards that are made by the thousand.
    details: Object.values(card.details).every((detail) => detail === undefined) ? null : card.details,
    secretHash: pin?.hash ?? null,
  };
}

const codedCard = columns({ code: text("e.code"), entitlementId: bigint("e.id"), card: cardColumns });
const readCards = query(
  "read_cards",
  codedCard,
  `select ${codedCard.sql} from entitlement e where e.organization_id = $1 and e.code = any($2::text[])`,
);

const cardTable = table("entitlement", { id: bigint(), ...cardShape });
const writeCards = command("write_cards", cardTable.update);

/** A card lies in columns of its entitlement, so the lock of the entitlement locks it, too. */
export const storedCards: StoredNoun<string, CodedCard> = {
  noun: cards,

  async load({ sql, secrets, organizationId }, asked) {
    const found = await readCards(sql, organizationId, asked.keys(cards));
    return [
      rows(
        cards,
        found.flatMap(({ code, entitlementId, card: row }) => {
          const card = toCard(secrets, row);
          return card === undefined ? [] : [{ code, entitlementId, card }];
        }),
      ),
    ];
  },

  removesRows: true,

  /** The card of a new entitlement is inserted with it. A card is removed only under an old code, and keeps its row. */
  *write({ sql, secrets, organizationId, sealedPins }, { added, changed }, writes) {
    const recoded = recodedIn(writes);
    const isNew = new Set(
      changesOf(writes, entitlements).added.flatMap(({ id, code }) => (recoded.has(id) ? [] : [code])),
    );
    const others = [...added.filter(({ code }) => !isNew.has(code)), ...changed];
    yield* unlessEmpty(others, (all) => {
      const written = all.map(({ entitlementId, card }) => ({
        id: entitlementId,
        ...toCardRow(secrets, card, sealedPins),
      }));
      return writeCards(sql, organizationId, ...cardTable.arrays(written));
    });
  },
};
