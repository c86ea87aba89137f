import { isHonouredOnce } from "../admission.ts";
import { conflictsOfScan, entitlements, missing, type ProductEntitlement, replacedCodes } from "../entitlement.ts";
import type { LogEntryDraft } from "../log-entry.ts";
import { idOf } from "../principal.ts";
import { namedProduct, type ProductNamed, products } from "../product.ts";
import { secondStart } from "../second.ts";
import { type Direction, dayMaxMs, usesMaxMax, usesSince } from "../use.ts";
import { refuse, verb } from "../verb.ts";
import type { Attempt } from "./attempt.ts";
import { redeemAgain, reportUse } from "./redeem-again.ts";
import { redeemOnce } from "./redeem-once.ts";

interface Redeem extends ProductNamed {
  readonly code: string;
  /** The time of an offline scan that is reported now. */
  readonly occurredAtMs?: number;
  /** An entry when absent. */
  readonly direction?: Direction;
  /** How many uses an entry spends at once, all or none; one when absent. An exit spends none. */
  readonly count?: number;
  /** The keys of the categories that the caller may admit. When absent, it may admit all, and those without one. */
  readonly admits?: readonly string[];
}

/**
 * Honours an entitlement as often as its product says. An entitlement of another product counts as not found. Every
 * refusal but `product_not_found` is written to the log.
 *
 * An offline scan has already happened, so it is recorded as a conflict whatever the refusal is. Scans of the same
 * caller in the same reported second are one scan. When it is reported again it gets the same answer, and neither the
 * log nor the conflicts have it twice.
 */
export const redeem = verb<Redeem, ProductEntitlement>()({
  name: "redeem",
  permission: "redeem",
  refusals: [
    "product_not_found",
    "entitlement_not_found",
    "code_replaced",
    "quantity_invalid",
    "direction_invalid",
    "occurred_at_impossible",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "category_elsewhere",
    "already_redeemed",
    "already_redeemed_today",
    "uses_short",
    "already_inside",
    "not_inside",
    "not_sold",
    "not_yet_valid",
    "no_longer_valid",
  ],
  logs: ["entitlement_redeemed"],

  needs: ({ productId, code, occurredAtMs }) => ({
    lock: [entitlements.at(code)],
    read: [
      products.at(productId),
      replacedCodes.at(code),
      ...(occurredAtMs === undefined
        ? []
        : [
            conflictsOfScan.at({ code, secondMs: secondStart(occurredAtMs) }),
            usesSince.at({ code, fromMs: occurredAtMs - dayMaxMs }),
          ]),
    ],
  }),

  decide(state, command, { nowMs, principal, address }) {
    const product = namedProduct(state, command);
    if (product === undefined) return refuse("product_not_found");
    const { code, occurredAtMs, direction = "entry", count = 1 } = command;
    const found = state.get(entitlements, code);
    const entitlement = found?.productId === product.id ? found : undefined;
    const atMs = Math.min(occurredAtMs ?? nowMs, nowMs);
    const entry: LogEntryDraft<"entitlement_redeemed"> = {
      kind: "entitlement_redeemed",
      productId: product.id,
      entitlementId: entitlement?.id ?? null,
      code,
      ...(direction === "exit" ? { detail: { direction } } : count === 1 ? {} : { detail: { count } }),
      occurredAtMs: atMs,
      refusal: null,
    };
    if (entitlement === undefined) {
      const refusal = missing(state, command);
      return refuse(refusal, [{ ...entry, refusal }]);
    }
    if (!Number.isInteger(count) || count < 1 || count > usesMaxMax) {
      return refuse("quantity_invalid", [{ ...entry, refusal: "quantity_invalid" }]);
    }
    if (direction === "exit" && product.reentry === "none") {
      return refuse("direction_invalid", [{ ...entry, refusal: "direction_invalid" }]);
    }
    const who = {
      accessKeyId: idOf(principal, "access_key"),
      operatorId: idOf(principal, "operator"),
      gateId: principal.gateId,
      address,
    };
    const reportedAtMs = occurredAtMs ?? null;
    const attempt: Attempt = {
      product,
      entitlement,
      scan: { atMs, reportedAtMs, direction, count, admits: command.admits },
      redemption: { atMs, reportedAtMs, ...who },
      conflicts:
        occurredAtMs === undefined ? [] : state.find(conflictsOfScan, { code, secondMs: secondStart(occurredAtMs) }),
      nowMs,
      entry,
    };
    if (isHonouredOnce(product, entitlement)) return redeemOnce(attempt);
    if (occurredAtMs === undefined) return redeemAgain(attempt);
    return reportUse(attempt, state.find(usesSince, { code, fromMs: occurredAtMs - dayMaxMs }));
  },
});
