import { type Binding, bindingsOf, holdingOf, slotsMax } from "../binding.ts";
import {
  type Entitlement,
  type EntitlementNamed,
  entitlements,
  namedEntitlement,
  type ProductEntitlement,
  replacedCodes,
  slotsOf,
} from "../entitlement.ts";
import { aboutEntitlement, type LogDetail } from "../log-entry.ts";
import { isAttention, isMetadata, isReference, isSameMetadata, keptMetadata, type Metadata } from "../metadata.ts";
import { products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { put } from "../state.ts";
import { isUseLimit } from "../use.ts";
import { accept, refuse, verb } from "../verb.ts";

interface Extend extends EntitlementNamed {
  /** The first moment at which it is honoured. `null` for no bound of its own; absent: it stays. */
  readonly startsAtMs?: number | null;
  /** The last second in which it is honoured. `null` for no bound of its own; absent: it stays. */
  readonly expiresAtMs?: number | null;
}

/**
 * Gives an entitlement a start and an end of its own, within the time of its product. The same times again succeed and
 * change nothing.
 */
export const extend = verb<Extend, ProductEntitlement>()({
  name: "extend",
  permission: "manage_entitlements",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "period_reversed",
    "product_retired",
    "entitlement_revoked",
  ],
  logs: ["entitlement_extended"],

  needs: ({ productId, code }) => ({
    lock: [entitlements.at(code)],
    read: [products.at(productId), replacedCodes.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const { startsAtMs = entitlement.startsAtMs, expiresAtMs = entitlement.expiresAtMs } = command;
    const refusal = strongest([
      startsAtMs !== null && expiresAtMs !== null && expiresAtMs < startsAtMs && "period_reversed",
      product.retiredAtMs !== null && "product_retired",
      entitlement.revokedAtMs !== null && "entitlement_revoked",
    ]);
    if (refusal !== undefined) return refuse(refusal);
    const extended: Entitlement = { ...entitlement, startsAtMs, expiresAtMs };
    const detail = changes(entitlement, extended);
    if (detail === undefined) return accept(found);
    return accept(
      { product, entitlement: extended },
      [put(entitlements, extended)],
      [{ ...aboutEntitlement("entitlement_extended", extended, nowMs), detail }],
    );
  },
});

/** Absent terms keep their value; `null` takes one away. */
interface ChangeEntitlement extends EntitlementNamed {
  readonly usesMax?: number | null;
  readonly slots?: number | null;
  readonly reference?: string | null;
  readonly attention?: string | null;
  /** Replace all that there are. */
  readonly metadata?: Metadata | null;
}

/**
 * Changes the terms of one entitlement, also of one that was revoked. The same terms again change nothing. Slots that
 * devices hold are not taken away (`slots_in_use`): the devices have to leave them first.
 */
export const changeEntitlement = verb<ChangeEntitlement, ProductEntitlement>()({
  name: "change_entitlement",
  permission: "manage_entitlements",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "uses_invalid",
    "text_invalid",
    "slots_invalid",
    "slots_in_use",
  ],
  logs: ["entitlement_changed"],

  needs: ({ productId, code }) => ({
    lock: [entitlements.at(code)],
    read: [products.at(productId), holdingOf.at(code), replacedCodes.at(code)],
  }),

  decide(state, command, { nowMs }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const { usesMax, slots, reference, attention, metadata } = { ...entitlement, ...command };
    const areTexts =
      (reference === null || isReference(reference)) &&
      (attention === null || isAttention(attention)) &&
      (metadata === null || isMetadata(metadata));
    if (!isUseLimit({ max: usesMax, per: "entitlement" })) return refuse("uses_invalid");
    if (!areTexts) return refuse("text_invalid");
    if (!areOwnSlots(slots)) return refuse("slots_invalid");
    const changed: Entitlement = {
      ...entitlement,
      usesMax,
      slots,
      reference,
      attention,
      metadata: keptMetadata(metadata),
    };
    const detail = changes(entitlement, changed);
    if (detail === undefined) return accept(found);
    const takesSlots = slotsOf(product, changed) < slotsOf(product, entitlement);
    const isBeyond = ({ slot }: Binding) => slot >= slotsOf(product, changed);
    if (takesSlots && bindingsOf(state, command.code).some(isBeyond)) return refuse("slots_in_use");
    return accept(
      { product, entitlement: changed },
      [put(entitlements, changed)],
      [{ ...aboutEntitlement("entitlement_changed", changed, nowMs), detail }],
    );
  },
});

/** Whether an entitlement may have so many slots of its own. */
export function areOwnSlots(slots: number | null): boolean {
  return slots === null || (Number.isInteger(slots) && slots >= 1 && slots <= slotsMax);
}

/** The changed terms with their old and new values; `undefined` when nothing changed. */
function changes(before: Entitlement, after: Entitlement): LogDetail | undefined {
  const plain = ["startsAtMs", "expiresAtMs", "usesMax", "slots", "reference", "attention"] as const;
  const changed = plain.filter((term) => before[term] !== after[term]);
  const terms = isSameMetadata(before.metadata, after.metadata) ? changed : [...changed, "metadata" as const];
  if (terms.length === 0) return undefined;
  return Object.fromEntries(terms.map((term) => [term, { from: before[term], to: after[term] }]));
}
