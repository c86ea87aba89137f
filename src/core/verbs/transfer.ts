import { isSpent } from "../admission.ts";
import { holdingOf } from "../binding.ts";
import { customerIdentity, customerNameLengthMax, customers } from "../customer.ts";
import { deliveriesOf } from "../delivery.ts";
import {
  type Entitlement,
  type EntitlementNamed,
  entitlements,
  namedEntitlement,
  type ProductEntitlement,
  replacedCodes,
} from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { products } from "../product.ts";
import { strongest } from "../refusal.ts";
import { put } from "../state.ts";
import { accept, refuse, verb } from "../verb.ts";
import { holderOf } from "./issue.ts";
import { drawCodes, freeCode, type NewCode, needsOfNewCode, replacing } from "./reissue.ts";
import { takingBack } from "./revoke.ts";

interface Transfer extends EntitlementNamed {
  /** The customer who will hold it. An unknown one is added. */
  readonly holder: string;
  /** The name by which the holder is addressed. It replaces an earlier one, unless it is empty. */
  readonly holderName?: string;
  /** Gives it a new code in the same act, so that the former holder's copy is refused. When absent the code stays. */
  readonly newCode?: NewCode;
}

/**
 * Gives an entitlement to another holder. The devices of the former holder lose it, and its deliveries end. If the
 * holder has it already, its devices and deliveries stay, and without a new code nothing changes. `name_invalid` is
 * about the holder's name, `already_redeemed` about an entitlement that has no use left.
 */
export const transfer = verb<Transfer, ProductEntitlement>()({
  name: "transfer",
  permission: "transfer",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "name_invalid",
    "code_invalid",
    "code_taken",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "already_redeemed",
    "already_inside",
    "not_sold",
  ],
  logs: ["entitlement_transferred", "entitlement_reissued"],

  draw: ({ newCode }, random) => drawCodes(newCode, random),

  needs(command, drawn) {
    const { productId, code, holder, newCode } = command;
    const ofCode =
      newCode === undefined
        ? { lock: [entitlements.at(code)], read: [replacedCodes.at(code)], closes: [] }
        : needsOfNewCode({ ...command, newCode }, drawn);
    return {
      lock: [...ofCode.lock, deliveriesOf.at(code)],
      read: [products.at(productId), holdingOf.at(code), ...ofCode.read, customers.at(customerIdentity(holder))],
      closes: [entitlements.at(code), ...ofCode.closes],
      fresh: [[customers, 1]],
    };
  },

  decide(state, command, { nowMs, drawn, fresh }) {
    const found = namedEntitlement(state, command);
    if (typeof found === "string") return refuse(found);
    const { product, entitlement } = found;
    const { code, holder, holderName = "", newCode } = command;
    const isName = holder.trim() !== "" && [holder, holderName].every(({ length }) => length <= customerNameLengthMax);
    const isInside = entitlement.usage?.inside === true;
    const chosen = newCode === undefined ? undefined : freeCode(state, product, newCode, drawn);
    const refusal = strongest([
      !isName && "name_invalid",
      chosen?.refusal,
      product.retiredAtMs !== null && "product_retired",
      entitlement.revokedAtMs !== null && "entitlement_revoked",
      entitlement.suspendedAtMs !== null && "entitlement_suspended",
      isSpent(product, entitlement) && (isInside ? "already_inside" : "already_redeemed"),
      entitlement.inStock && "not_sold",
    ]);
    if (refusal !== undefined) return refuse(refusal);

    const { customer, effects } = holderOf(state, command, fresh);
    const isOther = customer?.id !== entitlement.customer?.id;
    const after: Entitlement = { ...entitlement, customer, code: chosen?.free ?? code };
    const detail = { from: entitlement.customer?.name ?? null, to: customer?.name ?? null };
    const transferred = { ...aboutEntitlement("entitlement_transferred", after, nowMs), detail };
    const reissued = { ...aboutEntitlement("entitlement_reissued", after, nowMs), detail: { replaced: code } };
    return accept(
      { product, entitlement: after },
      [
        ...effects,
        ...(isOther ? takingBack(state, code, nowMs) : []),
        ...(chosen === undefined ? (isOther ? [put(entitlements, after)] : []) : replacing(state, code, after, nowMs)),
      ],
      [...(isOther ? [transferred] : []), ...(chosen === undefined ? [] : [reissued])],
    );
  },
});
