import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { customerIdentity, customers } from "../../src/core/customer.ts";
import { conflicts, entitlements } from "../../src/core/entitlement.ts";
import { products } from "../../src/core/product.ts";
import { startMs } from "../support/engine.ts";
import { decideStrictly, MemoryState } from "../support/memory-state.ts";
import { history, tries } from "./history.ts";
import { Model } from "./model.ts";
import { describeAction, describeConflict, describeOutcome } from "./outcome.ts";

test("the histories are rich: every refusal of a verb comes up, and so do redemptions that displace another", () => {
  const seen = new Set<string>();
  // The rarest comes up once in 800 histories, so that a run of 1,000 lacks it every fourth time.
  for (const moments of untilSeen(seen, 20_000)) {
    const model = new Model();
    let nowMs = startMs;
    for (const { afterMs, requests } of moments) {
      nowMs += afterMs;
      for (const request of requests) {
        const outcome = model.request(request, nowMs);
        seen.add(`${request.command.verb} ${outcome.startsWith("ok") ? "ok" : outcome}`);
      }
    }
    if (model.displacements > 0) seen.add("displaced");
    if (model.conflicts.length > model.displacements) seen.add("lost");
    for (const outcome of model.toldAgain) seen.add(`told again ${outcome}`);
    if (model.conflicts.some((line) => line.endsWith(" entitlement_revoked"))) seen.add("lost to a revocation");
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
      let log: { productId: number | null; line: string }[] = [];
      let nowMs = startMs;
      for (const { afterMs, requests } of moments) {
        nowMs += afterMs;
        for (const { command, principal } of requests) {
          const decision = decideStrictly(state, command, { nowMs, principal, address: null });
          assert.equal(
            describeOutcome(command, decision.outcome),
            model.act(command, principal, nowMs),
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
      const codeOf = new Map(state.all(entitlements).map(({ id, code }) => [id, code]));
      assert.deepEqual(
        state.all(conflicts).map((one) => describeConflict(codeOf.get(one.entitlementId), one)),
        model.conflicts,
      );
    }),
    tries(300),
  );
});

const expected = [
  ..."ok name_invalid period_reversed access_key_invalid product_id_taken"
    .split(" ")
    .map((one) => `create_product ${one}`),
  ..."ok product_not_found name_invalid period_reversed access_key_invalid capacity_below_issued"
    .split(" ")
    .map((one) => `change_product ${one}`),
  ..."ok product_not_found".split(" ").map((one) => `retire_product ${one}`),
  ..."ok product_not_found code_taken product_retired capacity_reached".split(" ").map((one) => `issue ${one}`),
  ...[
    "ok",
    "product_not_found",
    "entitlement_not_found",
    "occurred_at_impossible",
    "product_retired",
    "entitlement_revoked",
    "entitlement_suspended",
    "already_redeemed",
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

test("a decision made once is never taken back: what was revoked stays revoked, what was redeemed stays redeemed", () => {
  fc.assert(
    fc.property(history, (moments) => {
      const state = new MemoryState();
      let nowMs = startMs;
      for (const { afterMs, requests } of moments) {
        nowMs += afterMs;
        for (const { command, principal } of requests) {
          const before = state.all(entitlements);
          const { outcome, effects, entries } = decideStrictly(state, command, { nowMs, principal, address: null });
          state.apply(effects);
          for (const old of before) {
            const now = state.get(entitlements, old.code);
            assert.equal(now?.id, old.id, "a code stays with its entitlement");
            assert.deepEqual(
              [now.productId, now.customer, now.issuedAtMs],
              [old.productId, old.customer, old.issuedAtMs],
            );
            if (old.revokedAtMs !== null) assert.deepEqual(now, old);
            if (old.redemption !== null) {
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
