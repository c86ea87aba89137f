import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { customerIdentity, customers } from "../../src/core/customer.ts";
import { conflicts, type Entitlement, entitlements, replacedCodes } from "../../src/core/entitlement.ts";
import { products } from "../../src/core/product.ts";
import { decideStrictly, MemoryState } from "../support/memory-state.ts";
import { beginMs, history, resolved, tries } from "./history.ts";
import { Model } from "./model.ts";
import { describeAction, describeConflict, describeOutcome } from "./outcome.ts";

test("the histories are rich: every refusal of a verb comes up, and so do redemptions that displace another", () => {
  const seen = new Set<string>();
  // The rarest comes up once in 500 histories, so that a run of 1,000 lacks it every seventh time.
  for (const moments of untilSeen(seen, 20_000)) {
    const model = new Model();
    const holds: number[] = [];
    let nowMs = beginMs;
    for (const { afterMs, requests } of moments) {
      nowMs += afterMs;
      for (const request of requests) {
        const outcome = model.request(resolved(request, holds), nowMs, holds.length + 1);
        if (request.command.verb === "hold" && outcome.startsWith("ok")) holds.push(holds.length + 1);
        seen.add(`${request.command.verb} ${outcome.startsWith("ok") ? "ok" : outcome}`);
      }
    }
    if (model.displacements > 0) seen.add("displaced");
    const conflictsOfAll = [...model.tickets.values()].flatMap((ticket) => model.conflictsOf(ticket));
    if (conflictsOfAll.length > model.displacements) seen.add("lost");
    for (const outcome of model.toldAgain) seen.add(`told again ${outcome}`);
    if (conflictsOfAll.some((line) => line.endsWith(" entitlement_revoked"))) seen.add("lost to a revocation");
  }
  for (const what of expected) assert.ok(seen.has(what), `${what} never comes up`);
});

/** Histories until all that is expected has come up, and this many at most. */
function* untilSeen(seen: ReadonlySet<string>, historiesMax: number) {
  const portion = 1_000;
  for (let given = 0; given < historiesMax && !expected.every((what) => seen.has(what)); given += portion) {
    yield* fc.sample(history, tries(portion));
  }
}

test("whatever is asked for, the rules and a model that is told in another way agree", () => {
  fc.assert(
    fc.property(history, (moments) => {
      const state = new MemoryState();
      const model = new Model();
      const holds: number[] = [];
      let log: { productId: number | null; line: string }[] = [];
      let nowMs = beginMs;
      for (const { afterMs, requests } of moments) {
        nowMs += afterMs;
        for (const request of requests) {
          const { command, principal } = resolved(request, holds);
          const decision = decideStrictly(state, command, { nowMs, principal, address: null });
          const { outcome } = decision;
          const holdId = outcome.ok && "hold" in outcome.value ? outcome.value.hold.id : undefined;
          if (holdId !== undefined && command.verb === "hold") holds.push(holdId);
          assert.equal(
            describeOutcome(command, outcome),
            model.request({ command, principal }, nowMs, holdId),
            JSON.stringify(command),
          );
          state.apply(decision.effects);
          for (const effect of decision.effects) {
            if (effect.noun !== products || "put" in effect) continue;
            log = log.filter(({ productId }) => productId !== effect.remove);
          }
          for (const action of decision.entries)
            log.push({ productId: action.productId, line: describeAction(action) });
          checkInvariants(state);
        }
      }
      assert.deepEqual(log, model.log);
      assert.deepEqual(
        state
          .all(customers)
          .map(({ name }) => customerIdentity(name))
          .sort(),
        [...model.customers].sort(),
      );
      for (const [code, ticket] of model.tickets) {
        assert.equal(state.get(entitlements, code)?.redemption?.atMs ?? null, model.redeemedAtMs(ticket), code);
        assert.equal(state.get(entitlements, code)?.revokedAtMs !== null, ticket.revoked, code);
        assert.equal(state.get(entitlements, code)?.suspendedAtMs !== null, ticket.suspended, code);
      }
      assert.equal(state.all(entitlements).length, model.tickets.size);
      assert.deepEqual(
        new Map(state.all(replacedCodes).map(({ code, productId }) => [code, productId])),
        model.replaced,
      );
      assert.deepEqual(
        state.all(conflicts).map(describeConflict).sort(),
        [...model.tickets.values()].flatMap((ticket) => ticket.conflicts).sort(),
      );
    }),
    tries(500),
  );
});

const expected = [
  ..."ok name_invalid period_reversed access_key_invalid product_id_taken"
    .split(" ")
    .map((one) => `create_product ${one}`),
  ..."ok product_not_found name_invalid period_reversed access_key_invalid uses_invalid category_in_use capacity_below_issued"
    .split(" ")
    .map((one) => `change_product ${one}`),
  ..."ok product_not_found".split(" ").map((one) => `retire_product ${one}`),
  ...[
    ..."ok product_not_found category_not_found hold_not_found code_taken product_retired hold_ended".split(" "),
    "capacity_reached",
  ].map((one) => `issue ${one}`),
  ..."ok product_not_found category_not_found product_retired capacity_reached".split(" ").map((one) => `hold ${one}`),
  ..."ok product_not_found hold_not_found hold_ended".split(" ").map((one) => `release ${one}`),
  ...["undo", "extend", "change_entitlement", "reissue", "transfer"].flatMap((verb) =>
    "ok product_not_found entitlement_not_found code_replaced".split(" ").map((one) => `${verb} ${one}`),
  ),
  ..."use_not_found text_invalid product_retired entitlement_revoked".split(" ").map((one) => `undo ${one}`),
  ..."period_reversed product_retired entitlement_revoked".split(" ").map((one) => `extend ${one}`),
  "change_entitlement uses_invalid",
  ..."code_invalid code_taken product_retired entitlement_revoked".split(" ").map((one) => `reissue ${one}`),
  ...[
    ..."name_invalid code_invalid code_taken product_retired entitlement_revoked entitlement_suspended".split(" "),
    ..."already_redeemed already_inside".split(" "),
  ].map((one) => `transfer ${one}`),
  ...[
    "ok",
    "product_not_found",
    "entitlement_not_found",
    "occurred_at_impossible",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "code_replaced",
    "quantity_invalid",
    "direction_invalid",
    "category_elsewhere",
    "already_redeemed",
    "already_redeemed_today",
    "uses_short",
    "already_inside",
    "not_inside",
    "not_yet_valid",
    "no_longer_valid",
    "idempotency_key_reused",
  ].map((one) => `redeem ${one}`),
  ..."ok product_not_found entitlement_not_found".split(" ").map((one) => `revoke ${one}`),
  ...["suspend", "reinstate"].flatMap((verb) =>
    "ok product_not_found entitlement_not_found entitlement_revoked".split(" ").map((one) => `${verb} ${one}`),
  ),
  "displaced",
  "lost",
  "lost to a revocation",
  "told again ok",
  "told again already_redeemed",
  "told again entitlement_revoked",
  "told again no_longer_valid",
];

function checkInvariants(state: MemoryState): void {
  const issued = state.all(entitlements);
  for (const product of state.all(products)) {
    const own = issued.filter(({ productId }) => productId === product.id);
    const out = own.filter(({ revokedAtMs, redemption }) => revokedAtMs === null || redemption !== null);
    assert.equal(product.issued, out.length, "issued is what is out, or was used");
    assert.ok(product.capacity === null || product.issued <= product.capacity, "never more than the capacity");
    assert.equal(product.everIssued, own.length > 0);
  }
  assert.equal(new Set(issued.map(({ id }) => id)).size, issued.length, "a number is one entitlement's");
  for (const { productId } of issued) assert.ok(state.get(products, productId) !== undefined, "its product is there");
}

test("a decision made once is never taken back: what was revoked stays revoked, what was redeemed once stays redeemed", () => {
  fc.assert(
    fc.property(history, (moments) => {
      const state = new MemoryState();
      const holds: number[] = [];
      let nowMs = beginMs;
      for (const { afterMs, requests } of moments) {
        nowMs += afterMs;
        for (const request of requests) {
          const { command, principal } = resolved(request, holds);
          const before = state.all(entitlements);
          const { outcome, effects, entries } = decideStrictly(state, command, { nowMs, principal, address: null });
          if (outcome.ok && command.verb === "hold" && "hold" in outcome.value) holds.push(outcome.value.hold.id);
          state.apply(effects);
          for (const old of before) {
            const now = state.all(entitlements).find(({ id }) => id === old.id);
            assert.ok(now !== undefined, "an entitlement stays");
            if (now.code !== old.code) assert.equal(state.get(replacedCodes, old.code)?.entitlementId, old.id);
            for (const { code } of state.all(replacedCodes)) {
              assert.equal(state.get(entitlements, code), undefined, "what was replaced does not come back");
            }
            const lasting = ({ productId, category, issuedAtMs }: Entitlement) => [productId, category, issuedAtMs];
            assert.deepEqual(lasting(now), lasting(old));
            if (old.revokedAtMs !== null) {
              const { reference, usesMax } = now;
              const spentOf = ({ usage: its, redemption }: Entitlement) => its?.spent ?? (redemption === null ? 0 : 1);
              assert.equal(spentOf(now), spentOf(old));
              assert.deepEqual({ ...now, usage: null }, { ...old, reference, usesMax, usage: null });
            }
            if (old.redemption !== null && now.usage === null) {
              assert.ok(now.redemption !== null && now.redemption.atMs <= old.redemption.atMs);
              const isHonoured = outcome.ok && command.verb === "redeem" && command.code === old.code;
              assert.ok(!isHonoured || (effects.length === 0 && entries.length === 0), "honoured once");
            }
          }
        }
      }
    }),
    tries(200),
  );
});
