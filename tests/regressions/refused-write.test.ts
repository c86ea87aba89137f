/**
 * The commit of a batch was sent together with its writes. A write that the driver itself refused (a value that it
 * cannot send, a name that stands for another statement) was left out, and the commit came behind it: half of the batch
 * was on disk and its caller was told that it had failed.
 *
 * Guarantee: when one statement of a batch cannot be sent, nothing of the batch is written.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { holdings } from "../../src/core/binding.ts";
import { customers } from "../../src/core/customer.ts";
import { accessKeys } from "../../src/core/product.ts";
import type { Noun } from "../../src/core/state.ts";
import type { Store, Writes } from "../../src/engine/store.ts";
import { allStatements, command, type SqlExecutor } from "../../src/storage/statement.ts";
import { createEvent, issue, openTestEngine, redeem, resultOf } from "../support/engine.ts";

/** A value of which the types say that it is text, and the driver finds out that it is none. */
const unsendable = () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  return circle as unknown as string;
};

/** The same writes with one more row. */
function adding<R>(writes: Writes, noun: Noun<unknown, R>, row: R): Writes {
  return { ...writes, changes: new Map([...writes.changes, [noun, { added: [row], changed: [], removed: [] }]]) };
}

const faults: Readonly<Record<string, (writes: Writes) => Writes>> = {
  "the last statement of all": (writes) => ({
    ...writes,
    entries: writes.entries.map((action) => ({ ...action, address: unsendable() })),
  }),
  "one in the middle": (writes) =>
    adding(writes, customers, { id: 1, name: "anna@example.com", ownerId: null, displayName: unsendable() }),
  "one that is made of several": (writes) =>
    adding(writes, holdings, { entitlementId: unsendable() as never, bindings: [] }),
  "one whose access keys are none": (writes) =>
    adding(writes, accessKeys, { productId: 1, keys: [unsendable()], limits: [] }),
};

for (const [where, spoil] of Object.entries(faults)) {
  test(`a batch of which one statement cannot be sent leaves nothing behind: ${where}`, async (t) => {
    let spoils = false;
    const wrap = (store: Store): Store => ({
      transact: (organizationId, needs, decide) =>
        store.transact(organizationId, needs, (loaded) => (spoils ? spoil(decide(loaded)) : decide(loaded))),
    });
    const { execute, count } = await openTestEngine(t, { wrap });
    await Promise.all([execute(createEvent({}, 1)), execute(issue(1, "100")), execute(issue(1, "200"))]);
    const lines = await count("action");
    spoils = true;
    const answers = await Promise.allSettled([execute(redeem(1, "100")), execute(redeem(1, "200"))]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(await count("entitlement", "redeemed_at is not null"), 0);
    assert.equal(await count("action"), lines);
    spoils = false;
    assert.equal(resultOf(await execute(redeem(1, "100"))), "ok", "the connection is good for the next batch");
  });
}

const run = (sql: SqlExecutor, name: string, text: string, values: readonly unknown[]) =>
  command(name, text)(sql, ...values);

test("a name stands for one text, and a value is one that can be sent; else a statement throws before anything is sent", () => {
  const sent: unknown[] = [];
  const sql = {
    query(query: unknown) {
      sent.push(query);
      return new Promise<never>(() => {});
    },
  };
  // One of the server's own, since a name stays known to the process, and to other tests in it.
  const [name = "", text = ""] = [...allStatements()][0] ?? [];
  void run(sql, name, text, [1n]);
  void run(sql, name, text, [[true, null, "x", Buffer.of(1)]]);
  assert.equal(sent.length, 2);
  assert.throws(() => run(sql, name, "select 2, $1", [1]), /has two texts/);
  assert.throws(() => run(sql, "n".repeat(64), "select 1", []), /too long/);
  for (const value of [{}, Symbol("s"), () => {}, new Date(), [[{}]], [Symbol("s")]]) {
    assert.throws(() => run(sql, name, text, [value]), TypeError);
  }
  assert.equal(sent.length, 2);
});
