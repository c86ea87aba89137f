import { cards, stock } from "../../core/card.ts";
import { type Conflict, conflicts, conflictsOfScan, type Entitlement, entitlements } from "../../core/entitlement.ts";
import { rows } from "../../engine/working-set.ts";
import { cardArrays, lockStock } from "../statements/cards.ts";
import { insertConflicts, readConflicts } from "../statements/conflicts.ts";
import { hasHistory, insertEntitlements, lockEntitlements, updateEntitlements } from "../statements/entitlements.ts";
import { changesOf, onlyAdded, type StoredNoun, unlessEmpty } from "./stored.ts";

export const storedEntitlements: StoredNoun<string, Entitlement> = {
  noun: entitlements,
  sequence: "entitlement_id_seq",
  locksRows: true,

  async load({ runner, secrets, organizationId }, asked, lock) {
    const codes = asked.keys(entitlements);
    const wanted = new Map<number, number>();
    for (const { productId, count } of asked.questions(stock)) {
      wanted.set(productId, (wanted.get(productId) ?? 0) + count);
    }
    if (wanted.size === 0) {
      return [rows(entitlements, await lockEntitlements(runner, organizationId, codes, lock))];
    }
    const locked = await lockStock(runner, secrets, organizationId, codes, wanted, lock);
    return [rows(entitlements, locked.entitlements), rows(cards, locked.cards)];
  },

  *write({ runner, secrets, organizationId, sealedPins }, { added, changed }, writes) {
    // A new entitlement goes in with what it is as a card.
    const cardOf = new Map(changesOf(writes, cards).added.map(({ code, card }) => [code, card]));
    yield* unlessEmpty(added, (all) => {
      const columns = cardArrays(
        secrets,
        all.map(({ code }) => cardOf.get(code)),
        sealedPins,
      );
      return insertEntitlements(runner, organizationId, all, columns);
    });
    yield* unlessEmpty([...changed, ...added.filter(hasHistory)], (all) =>
      updateEntitlements(runner, organizationId, all),
    );
  },
};

export const storedConflicts: StoredNoun<Conflict, Conflict> = {
  noun: conflicts,

  async load({ runner, organizationId }, asked) {
    return [rows(conflicts, await readConflicts(runner, organizationId, asked.questions(conflictsOfScan)))];
  },

  *write({ runner, organizationId }, changes) {
    yield insertConflicts(runner, organizationId, onlyAdded(conflicts, changes));
  },
};
