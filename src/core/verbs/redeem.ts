import type { ActionDraft } from "../action.ts";
import { type Entitlement, type Redemption, refuseTime } from "../entitlement.ts";
import type { Product } from "../product.ts";
import type { Refusal } from "../refusal.ts";
import type { Change } from "../state.ts";
import { accept, namedProduct, type Rule, refuse } from "./rule.ts";

/** How far a scanner's clock may run ahead; a scan within this is taken to be made now. */
export const clockAheadMaxMs = 120_000;

/**
 * Honours an entitlement, once. Refused with `product_not_found`, `entitlement_not_found` (also for an entitlement of
 * another product), `occurred_at_impossible`, `product_retired`, `entitlement_revoked`, `already_redeemed`,
 * `not_sold`, `not_yet_valid` or `no_longer_valid`; every refusal but the first is written to the log.
 *
 * Of two redemptions the earlier one counts. The later one is refused and kept as a conflict; when a scan that was made
 * offline turns out to be the earlier one, it takes the place of the one that was accepted, and is refused all the
 * same, since that caller's guest is not the only one who was let in.
 */
export const redeem: Rule<"redeem"> = {
  needs: (command) => ({ productsRead: [command.productId], codes: [command.code] }),

  decide(state, command, { nowMs, caller, address }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const found = state.entitlement(command.code);
    const entitlement = found?.productId === product.id ? found : undefined;
    const atMs = Math.min(command.occurredAtMs ?? nowMs, nowMs);
    const action: ActionDraft = {
      kind: "entitlement_redeemed",
      productId: product.id,
      entitlementId: entitlement?.id ?? null,
      code: command.code,
      occurredAtMs: atMs,
      refusal: null,
    };
    if (entitlement === undefined) return refused("entitlement_not_found");
    const redemption: Redemption = {
      atMs,
      accessKeyId: caller.kind === "access_key" ? caller.accessKeyId : null,
      operatorId: caller.kind === "operator" ? caller.operatorId : null,
      address,
    };
    const refusal = refuseRedemption(product, entitlement, command.occurredAtMs, nowMs);
    if (refusal === "already_redeemed" && entitlement.redemption !== null) {
      return refused(refusal, settle(product, entitlement, entitlement.redemption, redemption, nowMs));
    }
    if (refusal !== undefined) return refused(refusal);
    const redeemed: Entitlement = { ...entitlement, redemption };
    return accept<"redeem">(
      { product, entitlement: redeemed },
      [{ change: "put_entitlement", entitlement: redeemed }],
      [action],
    );

    function refused(reason: Refusal, changes: readonly Change[] = []) {
      return { ...refuse(reason, [{ ...action, refusal: reason }]), changes };
    }
  },
};

/** Which of two redemptions counts: the earlier, if it lies in the product's time. The other becomes a conflict. */
function settle(
  product: Product,
  entitlement: Entitlement,
  first: Redemption,
  second: Redemption,
  nowMs: number,
): readonly Change[] {
  const displaced =
    second.atMs < wholeSecond(first.atMs) && refuseTime(product, entitlement, second.atMs) === undefined;
  const [kept, lost] = displaced ? [second, first] : [first, second];
  const conflict: Change = {
    change: "add_conflict",
    conflict: { productId: product.id, entitlementId: entitlement.id, kept, lost, recordedAtMs: nowMs },
  };
  return displaced
    ? [{ change: "put_entitlement", entitlement: { ...entitlement, redemption: kept } }, conflict]
    : [conflict];
}

function refuseRedemption(
  product: Product,
  entitlement: Entitlement,
  occurredAtMs: number | undefined,
  nowMs: number,
): Refusal | undefined {
  if (
    occurredAtMs !== undefined &&
    (occurredAtMs > nowMs + clockAheadMaxMs || occurredAtMs < wholeSecond(product.createdAtMs))
  ) {
    return "occurred_at_impossible";
  }
  if (product.retiredAtMs !== null) return "product_retired";
  if (entitlement.revokedAtMs !== null) return "entitlement_revoked";
  if (entitlement.redemption !== null) return "already_redeemed";
  if (entitlement.inStock) return "not_sold";
  return refuseTime(product, entitlement, Math.min(occurredAtMs ?? nowMs, nowMs));
}

/** The beginning of a second: scanners report whole seconds, so within one nothing is told to be earlier. */
function wholeSecond(atMs: number): number {
  return Math.floor(atMs / 1000) * 1000;
}
