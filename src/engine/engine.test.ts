import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { createTestDatabase, type TestDatabase } from "../../tests/support/database.ts";
import {
  collect,
  createEvent,
  issue,
  openTestEngine,
  redeem,
  resultOf,
  startMs,
  successOf,
  tally,
} from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { gate, owner } from "../../tests/support/principals.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { anonymous, customerPrincipal, granted, job, terminal } from "../access/principals.ts";
import type { Command, VerbName } from "../core/command.ts";
import { entitlements } from "../core/entitlement.ts";
import { permissions } from "../core/permission.ts";
import { verbs } from "../core/verbs/index.ts";
import { everyPage } from "../queries/pages.ts";
import { batchCommandsMax } from "./command-queue.ts";
import { earlyBatchCommands, lanes, organizationWaitingMax, waitingCommandsMax, waitingRowsMax } from "./engine.ts";
import { type Store, StoreBusy, StoreUnavailable, WriteConflict } from "./store.ts";

/** For tests that count the commands of a batch, or those that wait, to the last one. */
const noEarlyBatch = { earlyBatchCommands: Number.POSITIVE_INFINITY };

/** For tests that would wait for ever if what they show did not hold. */
const timeout = 60_000;

const codes = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

/** Holds back the next few transactions, as a slow disk would, until they are released. */
function holding() {
  let held = 0;
  let gate = Promise.withResolvers<void>();
  return {
    hold(count: number) {
      held = count;
      gate = Promise.withResolvers();
    },
    release: () => gate.resolve(),
    wrap: (store: Store): Store => ({
      async transact(...call) {
        if (held > 0) {
          held--;
          await gate.promise;
        }
        return store.transact(...call);
      },
    }),
  };
}

/** A database whose sequences stand at their beginning. */
async function freshDatabase(t: TestContext): Promise<TestDatabase> {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  return database;
}

/** Lets everything run that could run now. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("commands that arrive together are one transaction, decided in the order of their arrival", async (t) => {
  const { execute, transactions } = await openTestEngine(t);
  await execute(createEvent({ capacity: 30 }, 1));
  const before = transactions.length;
  const outcomes = await Promise.all(codes(50).map((code) => execute(issue(1, code))));
  assert.equal(transactions.length - before, 1);
  assert.deepEqual(
    outcomes.map(resultOf),
    codes(50).map((_, index) => (index < 30 ? "ok" : "capacity_reached")),
  );
});

test("a command sees what the ones before it in its batch have changed", async (t) => {
  const { execute, transactions, sql } = await openTestEngine(t);
  const outcomes = await Promise.all([
    execute(redeem(1, "100")),
    execute(createEvent({}, 1)),
    execute(issue(1, "100", "anna@example.com")),
    execute(issue(1, "200", "Anna@Example.com")),
    execute(redeem(1, "100")),
    execute(redeem(1, "100")),
    execute({ verb: "revoke", productId: 1, code: "200" }),
    execute(redeem(1, "200")),
    execute({ verb: "change_product", productId: 1, terms: { capacity: 0 } }),
    execute({ verb: "retire_product", productId: 1 }),
    execute(issue(1, "300")),
  ]);
  assert.equal(transactions.length, 1);
  assert.deepEqual(outcomes.map(resultOf), [
    "product_not_found",
    "ok",
    "ok",
    "ok",
    "ok",
    "already_redeemed",
    "ok",
    "entitlement_revoked",
    "capacity_below_issued",
    "ok",
    "product_retired",
  ]);
  assert.deepEqual(
    await sql(
      `select e.code, c.name, e.redeemed_at is not null as spent, e.revoked_at is not null as revoked
       from entitlement e join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
       where e.organization_id = $1 order by e.code`,
    ),
    [
      { code: "100", name: "anna@example.com", spent: true, revoked: false },
      { code: "200", name: "anna@example.com", spent: false, revoked: true },
    ],
  );
  assert.deepEqual(
    await sql("select issued, retired_at is not null as retired from product where organization_id = $1"),
    [{ issued: 1, retired: true }],
  );
});

test("a batch has a limit, and what is left over is the next batch", async (t) => {
  const { execute, transactions } = await openTestEngine(t, noEarlyBatch);
  await execute(createEvent({}, 1));
  const before = transactions.length;
  await Promise.all(codes(batchCommandsMax + 1).map((code) => execute(redeem(1, code))));
  assert.deepEqual(
    transactions.slice(before).map(({ lock }) => lock.get(entitlements)?.keys(entitlements).length),
    [batchCommandsMax, 1],
  );
});

test("a lone command waits for nobody: it passes a batch that is stuck, unless both change the same product", {
  timeout,
}, async (t) => {
  const disk = holding();
  const { execute, transactions, engine } = await openTestEngine(t, { wrap: disk.wrap });
  await Promise.all([execute(createEvent({}, 1)), execute(createEvent({ capacity: 1 }, 2))]);
  disk.hold(1);
  const stuck = execute(issue(2, "100"));
  await eventually("the transaction has begun", () => transactions.length === 2);
  const next = execute(issue(2, "200"));
  assert.equal(resultOf(await execute(issue(1, "300"))), "ok");
  assert.equal(resultOf(await execute(redeem(2, "300"))), "entitlement_not_found");
  assert.equal(transactions.length, 4);
  assert.deepEqual(engine.load(), { waiting: 1, waitingForRows: 0 });
  disk.release();
  assert.equal(resultOf(await stuck), "ok");
  assert.equal(resultOf(await next), "capacity_reached");
});

test("while every lane is busy, what arrives at different times becomes one batch", {
  timeout,
}, async (t) => {
  const disk = holding();
  const { execute, transactions } = await openTestEngine(t, { wrap: disk.wrap });
  await execute(createEvent({}, 1));
  disk.hold(lanes);
  const answers = [];
  for (let lane = 1; lane <= lanes; lane++) {
    answers.push(execute(redeem(1, `busy ${lane}`)));
    await eventually("the transaction has begun", () => transactions.length === 1 + lane);
  }
  for (const code of codes(10)) {
    answers.push(execute(redeem(1, code)));
    await settled();
  }
  assert.equal(transactions.length, 1 + lanes);
  disk.release();
  await Promise.all(answers);
  assert.equal(transactions.length, 1 + lanes + 1);
});

test("one organization's stuck batches do not hold up another's", { timeout }, async (t) => {
  const disk = holding();
  const { execute, transactions } = await openTestEngine(t, { wrap: disk.wrap });
  const other = await openTestEngine(t);
  disk.hold(lanes);
  const stuck = [execute(createEvent())];
  await eventually("the transaction has begun", () => transactions.length === 1);
  stuck.push(execute(createEvent()));
  await eventually("the transaction has begun", () => transactions.length === lanes);
  assert.equal(resultOf(await execute(createEvent(), { organizationId: other.organizationId })), "ok");
  disk.release();
  await Promise.all(stuck);
});

test("a command that breaks its batch fails alone, and its neighbours are carried out once each", async (t) => {
  const failed: string[] = [];
  const observer = { commandFailed: (verb: VerbName) => failed.push(verb) };
  const { execute, count, transactions } = await openTestEngine(t, { observer });
  await execute(createEvent({}, 1));
  const before = transactions.length;
  const answers = await Promise.allSettled([
    // The database has its own opinion on a capacity below zero, and on text with a NUL in it.
    execute(createEvent({ capacity: -1 }, 2)),
    execute(issue(1, "1\u000000")),
    ...codes(10).map((code) => execute(issue(1, code))),
    // The engine itself stumbles over a verb that does not exist, which the compiler would not let pass.
    execute({ verb: "conjure", productId: 1 } as never),
    execute(redeem(1, "3")),
  ]);
  const results = answers.map((answer) => (answer.status === "fulfilled" ? resultOf(answer.value) : "failed"));
  assert.deepEqual(results, ["failed", "failed", ...codes(10).map(() => "ok"), "failed", "ok"]);
  assert.deepEqual(failed, ["conjure", "create_product", "issue"]);
  assert.equal(await count("action", "kind = 'entitlement_issued'"), 10);
  assert.equal(await count("entitlement", "redeemed_at is not null"), 1);
  assert.equal(await count("product", "issued = 10"), 1);
  // The verb that does not exist is in no batch. The batch breaks, and so does each part with one of the two others:
  // 13 commands are halved to 7, 4, 2 and 1.
  assert.equal(transactions.length - before, 9, "halves, until the two are alone");
});

test("a command that meets another transaction is tried again after longer and longer pauses, until its time is over", async (t) => {
  const triedAtMs: number[] = [];
  const wrap = (): Store => ({
    transact: async () => {
      triedAtMs.push(performance.now());
      throw new WriteConflict("another was in the way");
    },
  });
  const { execute, engine } = await openTestEngine(t, { wrap, commandWaitMaxMs: 500 });
  const startedAtMs = performance.now();
  await assert.rejects(execute(issue(1, "1")), (error) => error instanceof StoreBusy && /too long/.test(error.message));
  const [first = 0, second = 0, third = 0, fourth = 0, ...others] = triedAtMs.map((atMs) => atMs - startedAtMs);
  assert.ok(third - second >= 9 && fourth - third >= 19, "twice at once, then after 10 and 20 ms");
  assert.ok(others.length <= 4 && triedAtMs.every((atMs) => atMs - startedAtMs < 500), `${[first, ...others]}`);
  const tries = triedAtMs.length;
  await pause(600);
  assert.equal(triedAtMs.length, tries, "never again");
  assert.deepEqual(engine.load(), { waiting: 0, waitingForRows: 0 });
});

test("two engines that issue the same code of different products: one does, the other is refused", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  await Promise.all([one.execute(createEvent({}, 1)), one.execute(createEvent({}, 2))]);
  const outcomes = await Promise.all(
    codes(40).flatMap((code) => [one.execute(issue(1, code)), other.execute(issue(2, code))]),
  );
  for (const [index] of codes(40).entries()) {
    const pair = outcomes.slice(2 * index, 2 * index + 2).map(resultOf);
    assert.deepEqual(pair.sort(), ["code_taken", "ok"], `code ${index}`);
  }
  assert.equal(await one.count("entitlement"), 40);
  assert.deepEqual(await one.sql("select sum(issued)::int as issued from product where organization_id = $1"), [
    { issued: 40 },
  ]);
});

test("two engines that name the same new customers make each of them once", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  await Promise.all([one.execute(createEvent({}, 1)), one.execute(createEvent({}, 2))]);
  const holders = codes(30).map((code) => `guest${code}@example.com`);
  const outcomes = await Promise.all([
    ...holders.map((holder) => one.execute(issue(1, `1 ${holder}`, holder))),
    ...holders.toReversed().map((holder) => other.execute(issue(2, `2 ${holder}`, holder))),
  ]);
  assert.deepEqual(tally(outcomes.map(resultOf)), { ok: 60 });
  assert.equal(await one.count("customer"), 30);
});

test("commands beyond the limit of what may wait are turned away at once, and the others are not harmed", async (t) => {
  const wrap = (): Store => ({
    transact: async () => {
      throw new StoreUnavailable("away");
    },
  });
  const { execute, engine } = await openTestEngine(t, { wrap, ...noEarlyBatch });
  const answered: number[] = [];
  const waiting = times(organizationWaitingMax, () => execute(redeem(1, "1")));
  for (const [index, answer] of waiting.entries()) answer.catch(() => answered.push(index));
  await assert.rejects(execute(redeem(1, "1")), (error) => {
    assert.ok(error instanceof StoreBusy);
    return /too many commands wait/.test(error.message);
  });
  assert.equal(answered.length, 0, "the ones before it still wait");
  await engine.drain();
  await settled();
  assert.equal(answered.length, organizationWaitingMax);
  await assert.rejects(execute(redeem(1, "1")), /away/, "there is room again");
});

test("what may wait over all organizations has a limit too, and so have the rows that it names", async (t) => {
  const wrap = (): Store => ({
    transact: async () => {
      throw new StoreUnavailable("away");
    },
  });
  const { execute, engine } = await openTestEngine(t, { wrap, ...noEarlyBatch });
  const waiting: Promise<unknown>[] = [];
  for (let organizationId = 1; organizationId <= waitingCommandsMax / organizationWaitingMax; organizationId++) {
    waiting.push(...times(organizationWaitingMax, () => execute(redeem(1, "1"), { organizationId })));
  }
  await assert.rejects(execute(redeem(1, "1"), { organizationId: 1_000 }), StoreBusy);
  assert.deepEqual(engine.load(), { waiting: waitingCommandsMax, waitingForRows: 0 });
  for (const answer of await Promise.allSettled(waiting)) assert.equal(answer.status, "rejected");

  const numbers = codes(2_000);
  const balance = { minor: 1n, currency: "EUR" };
  const stock = { verb: "add_stock", productId: 1, numbers, secretDigits: 0, balance, batch: "", details: {} } as const;
  const made = times(Math.floor(waitingRowsMax / 6_001), () => execute(stock));
  await assert.rejects(execute(stock), StoreBusy);
  for (const answer of await Promise.allSettled(made)) {
    assert.ok(answer.status === "rejected" && /away/.test(String(answer.reason)), answer.status);
  }
});

test("a command whose time is over before it is decided is turned away and never carried out; the next one is", {
  timeout,
}, async (t) => {
  const disk = holding();
  const { execute, count } = await openTestEngine(t, { wrap: disk.wrap });
  successOf(await execute(createEvent({}, 1)));
  // Time enough for all of them to be queued on a busy machine.
  const soon = { deadlineMs: performance.now() + 1_000 };
  disk.hold(lanes);
  const under = [];
  for (let lane = 0; lane < lanes; lane++) {
    const one = execute(issue(1, `under way ${lane}`), soon);
    one.catch(() => {});
    under.push(one);
    await settled();
  }
  const late = execute(issue(1, "late"), soon);
  await assert.rejects(late, (error) => error instanceof StoreBusy && /too long/.test(error.message));
  disk.release();
  for (const one of under) await assert.rejects(one, StoreBusy);
  successOf(await execute(issue(1, "next")));
  assert.equal(await count("entitlement"), 1);
});

test("drain resolves when everything that was accepted has been answered, and at once when nothing was", {
  timeout,
}, async (t) => {
  const disk = holding();
  const { execute, engine, transactions } = await openTestEngine(t, { wrap: disk.wrap });
  await engine.drain();
  disk.hold(1);
  const events: string[] = [];
  void execute(createEvent()).then(() => events.push("answered"));
  const drained = engine.drain().then(() => events.push("drained"));
  await eventually("the transaction has begun", () => transactions.length === 1);
  await settled();
  assert.deepEqual(events, []);
  disk.release();
  await drained;
  await settled();
  assert.deepEqual(events.sort(), ["answered", "drained"]);
});

test("a database that is away fails every command of the batch as unavailable, and none is tried alone", async (t) => {
  const owner = await openTestEngine(t);
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const { execute, transactions } = await openTestEngine(t, { beside: owner, address: relay.address });
  await execute(createEvent({}, 1));
  await relay.cut();
  const before = transactions.length;
  const answers = await Promise.allSettled(codes(20).map((code) => execute(issue(1, code))));
  for (const answer of answers) {
    assert.ok(answer.status === "rejected" && answer.reason instanceof StoreUnavailable, JSON.stringify(answer));
  }
  assert.equal(transactions.length - before, 1);
  await relay.mend();
  assert.equal(resultOf(await execute(issue(1, "1"))), "ok", "work goes on once it is back");
});

test("a line of the log names who did it, from where and when", async (t) => {
  const { execute, queries, organizationId } = await openTestEngine(t);
  await execute(createEvent({ accessKeys: ["GATE1"] }, 1));
  const key = await queries.accessKeys.byKey(organizationId, "GATE1");
  assert.ok(key !== undefined);
  const ada = granted(customerPrincipal({ id: 9 }), permissions);
  for (const [index, principal] of [terminal, granted(job, permissions), ada].entries()) {
    await execute(issue(1, String(index + 1)), { principal });
  }
  await execute(issue(1, "100"), { principal: owner(7), address: "192.0.2.1" });
  await execute(redeem(1, "100", startMs + 1_000), {
    principal: gate(key.id),
    address: "2001:db8::1",
  });
  const lines = await collect(everyPage(queries.log.entries, organizationId, { productId: 1, about: "entitlements" }));
  assert.deepEqual(
    lines.map(({ kind, principal, accessKey, address, recordedAtMs }) => {
      return [kind, principal.kind, principal.id, accessKey, address, recordedAtMs];
    }),
    [
      ["entitlement_issued", "terminal", null, null, null, startMs],
      ["entitlement_issued", "job", null, null, null, startMs],
      ["entitlement_issued", "customer", 9, null, null, startMs],
      ["entitlement_issued", "operator", 7, null, "192.0.2.1", startMs],
      ["entitlement_redeemed", "access_key", key.id, "GATE1", "2001:db8::1", startMs],
    ],
  );
});

test("a deleted product leaves no line of the log, also when it was changed or made in the same batch", async (t) => {
  const { execute, count } = await openTestEngine(t);
  const change = { verb: "change_product", productId: 1, terms: { name: "Ball" } } as const;
  const retire = { verb: "retire_product", productId: 1 } as const;
  await execute(createEvent({}, 1));
  await Promise.all([execute(change), execute(redeem(1, "100")), execute(retire)]);
  assert.equal(await count("action"), 0);
  await Promise.all([execute(createEvent({}, 1)), execute(retire)]);
  assert.equal(await count("action"), 0);
});

test("a number that is used again in the same batch is that of a new product, without the old one's log", async (t) => {
  const { execute, sql, queries, organizationId } = await openTestEngine(t);
  await execute(createEvent({ name: "Old", accessKeys: ["A1"] }, 1));
  const outcomes = await Promise.all([
    execute({ verb: "retire_product", productId: 1 }),
    execute(createEvent({ name: "New" }, 1)),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok"]);
  assert.deepEqual(await sql("select kind from action where organization_id = $1"), [{ kind: "product_created" }]);
  const found = await queries.products.byId(organizationId, 1);
  assert.equal(found?.product.name, "New");
  assert.deepEqual(found?.accessKeys, []);
});

test("a number that was given is never drawn later", async (t) => {
  const { execute, transactions } = await openTestEngine(t, { database: await freshDatabase(t) });
  for (const id of [5, 3]) await execute(createEvent({}, id));
  const before = transactions.length;
  assert.equal(successOf(await execute(createEvent())).product.id, 6);
  assert.equal(transactions.length - before, 1, "it was free at the first try");
});

test("a number that was given as the very first is not drawn later", async (t) => {
  const { execute, transactions } = await openTestEngine(t, { database: await freshDatabase(t) });
  await execute(createEvent({}, 1));
  const before = transactions.length;
  assert.equal(successOf(await execute(createEvent())).product.id, 2);
  assert.equal(transactions.length - before, 1, "it was free at the first try");
});

test("a principal without the permission of a verb is refused, and the database is not asked", async (t) => {
  const { engine, transactions, organizationId } = await openTestEngine(t);
  const before = transactions.length;
  for (const [name, { permission }] of Object.entries(verbs)) {
    const listed = typeof permission === "string" ? [permission] : permission;
    const others = permissions.filter((one) => !listed.includes(one));
    const principal = { ...anonymous, permissions: new Set(others) };
    // No verb may look at its input before the permission is checked, so the input need not be one of the verb's own.
    const command = { verb: name, productId: 1, code: "1" } as unknown as Command;
    assert.deepEqual(
      await engine.execute({ organizationId, command, principal, address: null }),
      { ok: false, refusal: "not_permitted" },
      name,
    );
  }
  assert.equal(transactions.length, before);
});

test("a batch starts while further requests are still being read, as soon as enough commands wait", async (t) => {
  const { execute, transactions } = await openTestEngine(t);
  await execute(createEvent({}, 1));
  const before = transactions.length;
  await Promise.all(codes(earlyBatchCommands + 1).map((code) => execute(redeem(1, code))));
  assert.deepEqual(
    transactions.slice(before).map(({ lock }) => lock.get(entitlements)?.keys(entitlements).length),
    [earlyBatchCommands, 1],
  );
});
