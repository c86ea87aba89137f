import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvent, issue, openTestEngine, redeem, resultOf, tally } from "../../tests/support/engine.ts";
import { gate, owner } from "../../tests/support/principals.ts";
import type { Command } from "../core/command.ts";
import { contentHash, idempotencyKeyLengthMax, isIdempotencyKey } from "./idempotency.ts";
import { StoreUnavailable } from "./store.ts";

const drawn = { verb: "issue", productId: 1, holder: null, code: { randomDigits: 18 } } as const;
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

test("a key is 1 to 255 visible ASCII characters", () => {
  for (const key of ["a", "~", "!", "8e03978e-40d5-43dd-bc93-6894a57f9324", "x".repeat(idempotencyKeyLengthMax)]) {
    assert.equal(isIdempotencyKey(key), true, key);
  }
  for (const key of ["", " ", "a b", "a\n", "ä", "\u007f", "a\0", "x".repeat(idempotencyKeyLengthMax + 1)]) {
    assert.equal(isIdempotencyKey(key), false, JSON.stringify(key));
  }
});

test("the content of two commands is the same only if everything in them is", () => {
  const base: Command = redeem(1, "100");
  const others: readonly Command[] = [
    redeem(2, "100"),
    redeem(1, "0100"),
    redeem(1, "100", 5),
    { verb: "revoke", productId: 1, code: "100" },
    issue(1, "100"),
    issue(1, "100", "anna@example.com"),
  ];
  const hashes = [base, ...others].map((command) => contentHash(command).toString("hex"));
  assert.equal(new Set(hashes).size, hashes.length);
  assert.ok(contentHash(redeem(1, "100")).equals(contentHash(base)));
});

test("the same key within one batch acts once and repeats the first answer", async (t) => {
  const { execute, transactions, count } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  const before = transactions.length;
  const [first, ...others] = await Promise.all(times(10, () => execute(drawn, { idempotencyKey: "k" })));
  assert.equal(transactions.length - before, 1);
  assert.ok(first?.ok);
  for (const other of others) assert.deepEqual(other, first);
  assert.equal(await count("entitlement"), 1);
});

test("the same key in a later batch repeats the first answer as it was, whatever has changed since", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, count } = opened;
  await execute(createEvent({}, 1));
  const first = await execute(issue(1, "100", "anna@example.com"), { idempotencyKey: "k" });
  await execute({ verb: "revoke", productId: 1, code: "100" });
  await execute({ verb: "change_product", productId: 1, terms: { name: "Ball" } });
  opened.nowMs += 60_000;
  assert.deepEqual(await execute(issue(1, "100", "anna@example.com"), { idempotencyKey: "k" }), first);
  assert.equal(await count("action", "kind = 'entitlement_issued'"), 1);
});

test("64 parallel commands with one key over two engines are one act with one answer", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  await one.execute(createEvent({}, 1));
  // None of the three locks a row that would serialize them: what decides is the key alone.
  const commands: readonly Command[] = [drawn, createEvent({ name: "Twice" }), issue(1, "100", "anna@example.com")];
  for (const [index, command] of commands.entries()) {
    const idempotencyKey = `key ${index}`;
    const outcomes = await Promise.all(
      times(64, (turn) => (turn % 2 === 0 ? one : other).execute(command, { idempotencyKey })),
    );
    for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0]);
    assert.equal(outcomes[0]?.ok, true);
  }
  assert.equal(await one.count("entitlement"), 2);
  assert.equal(await one.count("product"), 2);
});

test("a key that was used for other content is refused, before any reason of the command itself", async (t) => {
  const { execute } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  await execute(issue(1, "100"), { idempotencyKey: "k" });
  for (const command of [issue(1, "101"), issue(9, "100"), redeem(1, "100"), redeem(9, "9")]) {
    assert.equal(resultOf(await execute(command, { idempotencyKey: "k" })), "idempotency_key_reused");
  }
  assert.equal(resultOf(await execute(redeem(1, "100"))), "ok", "it was not redeemed by the refused one");
  const outcomes = await Promise.all([
    execute(issue(1, "200"), { idempotencyKey: "l" }),
    execute(issue(1, "201"), { idempotencyKey: "l" }),
    execute(issue(1, "200"), { idempotencyKey: "l" }),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "idempotency_key_reused", "ok"], "within one batch too");
});

test("a refusal for good is an answer too: it is repeated, even when the same would be refused otherwise by now", async (t) => {
  const { execute, count } = await openTestEngine(t);
  await Promise.all([execute(createEvent({}, 1)), execute(issue(1, "100")), execute(redeem(1, "100"))]);
  assert.equal(resultOf(await execute(redeem(1, "100"), { idempotencyKey: "k" })), "already_redeemed");
  await execute({ verb: "revoke", productId: 1, code: "100" });
  assert.equal(resultOf(await execute(redeem(1, "100"), { idempotencyKey: "k" })), "already_redeemed");
  assert.equal(await count("action", "kind = 'entitlement_redeemed'"), 2);
  assert.equal(resultOf(await execute(redeem(1, "100"), { idempotencyKey: "l" })), "entitlement_revoked");
});

test("the keys of one caller, and of one organization, do not meet those of another", async (t) => {
  const { execute } = await openTestEngine(t);
  const other = await openTestEngine(t);
  await Promise.all([execute(createEvent({}, 1)), other.execute(createEvent({}, 1))]);
  const outcomes = await Promise.all([
    execute(drawn, { idempotencyKey: "k" }),
    execute(drawn, { idempotencyKey: "k", principal: owner(1) }),
    execute(drawn, { idempotencyKey: "k", principal: owner(2) }),
    execute(drawn, { idempotencyKey: "k", principal: gate(1) }),
    other.execute(drawn, { idempotencyKey: "k" }),
  ]);
  const issued = outcomes.map((outcome) => (outcome.ok ? outcome.value.entitlement.code : outcome.refusal));
  assert.equal(new Set(issued).size, issued.length);
  assert.deepEqual(tally(outcomes.map(resultOf)), { ok: issued.length });
});

test("a command that failed keeps no answer: the same key acts when it is sent again", async (t) => {
  let away = false;
  const { execute } = await openTestEngine(t, {
    wrap: (store) => ({
      async transact(...call) {
        if (away) throw new StoreUnavailable("away");
        return store.transact(...call);
      },
    }),
  });
  await execute(createEvent({}, 1));
  away = true;
  await assert.rejects(execute(issue(1, "100"), { idempotencyKey: "k" }), StoreUnavailable);
  away = false;
  assert.equal(resultOf(await execute(issue(1, "100"), { idempotencyKey: "k" })), "ok");
});

test("an answer that was forgotten is not repeated, and the command is decided anew", async (t) => {
  const { execute, administration } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  await execute(issue(1, "100"), { idempotencyKey: "k" });
  const minuteMs = 60_000;
  await administration.forgetIdempotencyRecords(minuteMs);
  assert.equal(resultOf(await execute(issue(1, "100"), { idempotencyKey: "k" })), "ok", "it is kept for a minute");
  assert.ok((await administration.forgetIdempotencyRecords(0)) > 0);
  assert.equal(resultOf(await execute(issue(1, "100"), { idempotencyKey: "k" })), "code_taken");
});

test("what is kept of an answer is sealed", async (t) => {
  const { execute, sql } = await openTestEngine(t);
  await execute(createEvent({ accessKeys: ["GATE1SECRET"] }, 1), { idempotencyKey: "k" });
  const [row] = await sql<{ answer_sealed: Buffer }>(
    "select answer_sealed from kept_answer where organization_id = $1",
  );
  assert.ok(row !== undefined && row.answer_sealed.length > 100);
  assert.equal(row.answer_sealed.includes("GATE1SECRET"), false);
});
