/**
 * Faults of answers that are kept under idempotency keys. A refusal that had passed long ago (sold out, too early) was
 * repeated for a week. Callers who present nothing shared their keys, so that two kiosks which both began to count at 1
 * got one ticket for two guests. A new version of the server that knew one field more took the same request for another
 * one, and read answers that an older one had kept as if they were its own.
 *
 * Guarantee: what was done, and what is refused for good, is repeated; what may pass is decided anew; strangers at two
 * addresses do not meet; a key that is sent again across an upgrade acts once, and an answer of another version is
 * unknown.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Command } from "../../src/core/command.ts";
import { refusals } from "../../src/core/refusal.ts";
import { contentHash, idempotencyRecordVersion, isKept } from "../../src/engine/idempotency.ts";
import { createEvent, issue, openTestEngine, redeem, resultOf, successOf, tally } from "../support/engine.ts";

const idempotencyKey = "1";

describe("a refusal that may pass is not kept", () => {
  test("by the clock: a gate that repeats its scan gets it in when the doors open", async (t) => {
    const opened = await openTestEngine(t);
    const { execute } = opened;
    await execute(createEvent({ startsAtMs: opened.nowMs + 60_000 }, 1));
    await execute(issue(1, "100"));
    const ahead = redeem(1, "100", opened.nowMs + 180_000);
    assert.equal(resultOf(await execute(ahead, { idempotencyKey })), "occurred_at_impossible");
    assert.equal(resultOf(await execute(redeem(1, "100"), { idempotencyKey })), "not_yet_valid");
    opened.nowMs += 60_000;
    const admitted = await execute(redeem(1, "100"), { idempotencyKey });
    assert.equal(resultOf(admitted), "ok");
    assert.deepEqual(await execute(redeem(1, "100"), { idempotencyKey }), admitted);
  });

  test("by capacity: a place that was given back is sold to whoever asks again", async (t) => {
    const { execute } = await openTestEngine(t);
    await execute(createEvent({ capacity: 1 }, 1));
    await execute(issue(1, "100"));
    assert.equal(resultOf(await execute(issue(1, "200"), { idempotencyKey })), "capacity_reached");
    await execute({ verb: "revoke", productId: 1, code: "100" });
    assert.equal(resultOf(await execute(issue(1, "200"), { idempotencyKey })), "ok");
  });

  test("by stock: new cards are sold to whoever asks again", async (t) => {
    const { execute } = await openTestEngine(t);
    const group = {
      verb: "create_product",
      kind: "card_group",
      id: 1,
      terms: createEvent().terms,
      stock: {
        ownerId: null,
        price: { minor: 100n, currency: "EUR" },
        taxPpm: 0,
        numberDigits: 4,
        secretDigits: 0,
        imageUrl: "",
      },
    } as const;
    successOf(await execute(group));
    const sell = {
      verb: "sell",
      productId: 1,
      ownerId: null,
      what: { quantity: 1 },
      email: null,
      currency: null,
      channel: "test",
    } as const;
    assert.equal(resultOf(await execute(sell, { idempotencyKey })), "stock_short");
    const numbers = ["1001", "1002"];
    const balance = { minor: 100n, currency: "EUR" };
    await execute({ verb: "add_stock", productId: 1, numbers, secretDigits: 0, balance, batch: "", details: {} });
    const sold = await execute(sell, { idempotencyKey });
    assert.equal(resultOf(sold), "ok");
    assert.deepEqual(await execute(sell, { idempotencyKey }), sold);
  });

  test("and every reason is one of both: those that lie in the request itself, or hold for good, are kept", () => {
    const kept = refusals.filter((refusal) => isKept({ ok: false, refusal }));
    assert.deepEqual(kept, [
      "idempotency_key_reused",
      "code_replaced",
      "name_invalid",
      "number_invalid",
      "period_reversed",
      "quantity_invalid",
      "code_invalid",
      "amount_invalid",
      "access_key_invalid",
      "category_invalid",
      "uses_invalid",
      "time_zone_invalid",
      "text_invalid",
      "duration_invalid",
      "slots_invalid",
      "device_invalid",
      "phone_invalid",
      "edition_invalid",
      "slot_not_found",
      "code_taken",
      "secret_taken",
      "product_id_taken",
      "edition_taken",
      "entitlement_revoked",
      "hold_ended",
      "already_redeemed",
      "already_sold",
      "delivery_ended",
    ]);
  });
});

test("two kiosks that present nothing and count from 1 sell two tickets; each gets its own again", async (t) => {
  const { execute, count } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  const drawn = { verb: "issue", productId: 1, holder: null, code: { randomDigits: 18 } } as const;
  const at = (address: string) => execute(drawn, { idempotencyKey, address }).then(successOf);
  const [one, other] = await Promise.all([at("192.0.2.1"), at("2001:db8::1")]);
  assert.notEqual(one.entitlement.code, other.entitlement.code);
  assert.deepEqual(await at("192.0.2.1"), one);
  assert.deepEqual(await at("2001:db8::1"), other);
  assert.equal(await count("entitlement"), 2);
});

describe("across an upgrade", () => {
  test("the same request is the same, in whatever order a version lists its fields, and with optional ones that are absent", () => {
    const command: Command = {
      verb: "sell",
      productId: 1,
      ownerId: null,
      what: { quantity: 2 },
      email: "ada@example.com",
      currency: "EUR",
      channel: "mor",
    };
    const reordered = Object.fromEntries(Object.entries(command).toReversed()) as Command;
    const grown = { ...command, note: undefined } as Command;
    for (const same of [reordered, grown]) assert.ok(contentHash(same).equals(contentHash(command)));
    assert.ok(!contentHash({ ...command, currency: "USD" }).equals(contentHash(command)));
    // What databases hold is compared with this: when it has to change, `idempotencyRecordVersion` is raised.
    assert.equal(idempotencyRecordVersion, 2);
    assert.equal(
      contentHash(command).toString("hex"),
      "51cfdd7e707199d341b33e88d261048073e648156ffd96f0da8dca81255dbdd2",
    );
    const topUp = { verb: "top_up", ownerId: 7, productId: 1, number: "6000000001", description: "" } as const;
    assert.equal(
      contentHash({ ...topUp, amount: { minor: 500n, currency: "EUR" } }).toString("hex"),
      "560e09b7274d6278d9a6f5912153b1e68f3ce9953ad708909c11fd1e9f19c51b",
    );
  });

  test("what is kept of an answer has the shape that this version of kept answers has", async (t) => {
    const { execute } = await openTestEngine(t);
    const created = await execute(createEvent({}, 1));
    const issued = await execute(issue(1, "100", "anna@example.com"));
    const redeemed = await execute(redeem(1, "100"));
    const product =
      "attention capacity categories closed createdAtMs description endsAtMs everIssued id inStock issued kind metadata name prices reentry renewsPin retiredAtMs slots startsAtMs stock timeZone uses";
    const entitlement =
      "attention category code customer expiresAtMs hold id inStock issuedAtMs metadata productId redemption reference revokedAtMs slots startsAtMs suspendedAtMs usage usesMax";
    const fields = (value: object) => Object.keys(value).sort().join(" ");
    // Whoever changes one of these raises `idempotencyRecordVersion`, or an older answer is read as a new one.
    assert.equal(idempotencyRecordVersion, 2);
    assert.deepEqual([successOf(created), successOf(issued), successOf(redeemed)].map(fields), [
      "accessKeys product",
      "entitlement others product",
      "entitlement product",
    ]);
    assert.deepEqual([successOf(issued).product, successOf(created).product].map(fields), [product, product]);
    assert.equal(fields(successOf(redeemed).entitlement), entitlement);
    assert.equal(
      fields(successOf(redeemed).entitlement.redemption ?? {}),
      "accessKeyId address atMs gateId operatorId reportedAtMs",
    );
    assert.equal(fields(successOf(issued).entitlement.customer ?? {}), "displayName id name ownerId");
  });

  test("an answer that another version kept is neither repeated nor in the way, whatever it holds", async (t) => {
    const { execute, sql, count } = await openTestEngine(t);
    await execute(createEvent({}, 1));
    const versions = [idempotencyRecordVersion - 1, idempotencyRecordVersion + 1];
    for (const version of versions) {
      await sql(
        `insert into kept_answer (organization_id, version, principal, key, content_hash, answer_sealed)
         values ($1, ${version}, 'anonymous', '${idempotencyKey}', '\\x00', '\\x00')`,
      );
    }
    const first = await execute(issue(1, "100"), { idempotencyKey });
    assert.equal(resultOf(first), "ok");
    assert.deepEqual(await execute(issue(1, "100"), { idempotencyKey }), first);
    assert.equal(await count("kept_answer"), versions.length + 1);
    const outcomes = await Promise.all([1, 2, 3].map(() => execute(issue(1, "200"), { idempotencyKey: "2" })));
    assert.deepEqual(tally(outcomes.map(resultOf)), { ok: 3 });
  });
});
