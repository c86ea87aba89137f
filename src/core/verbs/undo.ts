import { entitlements, missing, type ProductEntitlement, replacedCodes } from "../entitlement.ts";
import { aboutEntitlement } from "../log-entry.ts";
import { namedProduct, type ProductNamed, products } from "../product.ts";
import { put } from "../state.ts";
import { isLongerThan } from "../text.ts";
import { counts, inOrder, type Use, uses, usesSince } from "../use.ts";
import { firstUse, settle } from "../use-history.ts";
import { accept, refuse, verb } from "../verb.ts";

export const undoReasonLengthMax = 500;

interface Undo extends ProductNamed {
  readonly code: string;
  /** The number of the use; the latest that counts when absent. */
  readonly number?: number;
  /** Why it is taken back. The log keeps it. */
  readonly reason: string;
}

interface Undone extends ProductEntitlement {
  readonly use: Use;
}

/**
 * Takes back a use that counts. What it spent can be used again, and the uses after it are decided anew: a scan that
 * was refused for it may come to count. The use itself is kept, and does not come to count when it is reported again.
 * The entitlement of a retired product, or one that was revoked, keeps its uses.
 */
export const undo = verb<Undo, Undone>()({
  name: "undo",
  permission: "undo",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "use_not_found",
    "text_invalid",
    "product_retired",
    "entitlement_revoked",
  ],
  logs: ["entitlement_use_undone"],

  needs: ({ productId, code }) => ({
    lock: [entitlements.at(code)],
    read: [products.at(productId), replacedCodes.at(code), usesSince.at({ code, fromMs: 0 })],
  }),

  decide(state, command, { nowMs }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const { code, number, reason } = command;
    const entitlement = state.get(entitlements, code);
    if (entitlement?.productId !== product.id) return refuse(missing(state, command));
    const known = [...firstUse(entitlement), ...state.find(usesSince, { code, fromMs: 0 })];
    const counting = known.filter(counts).sort(inOrder);
    const use = number === undefined ? counting.at(-1) : counting.find((one) => one.number === number);
    if (use === undefined) return refuse("use_not_found");
    if (reason.trim() === "" || isLongerThan(reason, undoReasonLengthMax)) return refuse("text_invalid");
    if (product.retiredAtMs !== null) return refuse("product_retired");
    if (entitlement.revokedAtMs !== null) return refuse("entitlement_revoked");

    const undone: Use = { ...use, undoneAtMs: nowMs };
    const { entitlement: changed, changed: decided } = settle(product, entitlement, known, undone);
    return accept(
      { product, entitlement: changed, use: undone },
      [put(entitlements, changed), ...decided.map((one) => put(uses, one))],
      [
        {
          ...aboutEntitlement("entitlement_use_undone", changed, nowMs),
          detail: { use: use.number, reason },
        },
      ],
    );
  },
});
