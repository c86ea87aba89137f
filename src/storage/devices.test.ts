/** Systems and the machines behind them: what is kept of a fingerprint, and by what it is found again. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bindSystem, changeSystem, createChart, openContent, register } from "../../tests/support/content.ts";
import { issue, openTestEngine, resultOf, successOf, type TestEngine } from "../../tests/support/engine.ts";
import { fullScan } from "../../tests/support/full-scan.ts";
import { machineNamed } from "../dialects/ezpert/mac-address.ts";
import { createSecrets } from "./secrets.ts";

/** Makes customers of these names; their numbers. */
function customers({ administration, organizationId }: TestEngine, ...names: string[]): Promise<number[]> {
  return Promise.all(names.map((name) => administration.putCustomer(organizationId, { name, ownerId: null })));
}

test("of a fingerprint a keyed hash is kept and nothing else, in no table and no kept answer", async (t) => {
  const opened = await openTestEngine(t);
  const [ada = 0] = await customers(opened, "ada@example.com");
  const fingerprint = "f1a9e7".repeat(8);
  const command = register(ada, "boat", fingerprint);
  successOf(await opened.execute(command, { idempotencyKey: "once" }));
  const { device } = successOf(await opened.execute(command, { idempotencyKey: "once" }));
  assert.equal(device.fingerprint, fingerprint, "the kept answer is whole, so it was kept");
  const found = await fullScan(opened);
  assert.match(found, /boat/, "the scan sees what is kept");
  assert.equal(found.includes(fingerprint), false);
  assert.equal(found.includes(Buffer.from(fingerprint, "hex").toString("latin1")), false);
  const [row] = await opened.sql<{ hash: Buffer }>(
    "select fingerprint_hash as hash from device where organization_id = $1",
  );
  for (const plain of [fingerprint, `${ada} ${fingerprint}`]) {
    assert.notDeepEqual(row?.hash, createHash("sha256").update(plain).digest(), "the hash is a keyed one");
  }
  assert.equal(row?.hash.length, 32);
});

test("one machine of two customers has two hashes, and the two never meet", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId, sql } = opened;
  const [ada = 0, ben = 0] = await customers(opened, "ada@example.com", "ben@example.com");
  const hers = successOf(await execute(register(ada, "boat", "A"))).device;
  const his = successOf(await execute(register(ben, "desk", "A"))).device;
  assert.notEqual(hers.id, his.id);
  assert.equal((await queries.devices.byFingerprint(organizationId, ada, "A"))?.name, "boat");
  assert.equal((await queries.devices.byFingerprint(organizationId, ben, "A"))?.name, "desk");
  assert.equal(await queries.devices.byFingerprint(organizationId, ada, "B"), undefined);
  const rows = await sql<{ hashes: number }>(
    "select count(distinct fingerprint_hash)::int as hashes from device where organization_id = $1",
  );
  assert.deepEqual(rows, [{ hashes: 2 }]);
});

test("whose device it is and of which organization, decides in one batch too", async (t) => {
  const opened = await openTestEngine(t);
  const { execute } = opened;
  const [ada = 0, ben = 0] = await customers(opened, "ada@example.com", "ben@example.com");
  const outcomes = await Promise.all(
    [
      register(ada, "boat", "A"),
      register(ben, "boat", "A"),
      register(ada, "desk", "A"),
      register(ben, "boat", "B"),
      register(ben, "desk", "B"),
    ].map((command) => execute(command)),
  );
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "fingerprint_taken", "fingerprint_differs", "ok"]);
  const other = await openTestEngine(t);
  await other.administration.putCustomer(other.organizationId, { id: ada, name: "ada@example.com", ownerId: null });
  const elsewhere = await other.execute(register(ada, "boat", "B"));
  assert.equal(resultOf(elsewhere), "ok", "the same customer number of another organization is another customer");
});

test("a machine that was registered under an older key is found under the newer one, by name and by fingerprint", async (t) => {
  const [oldKey, newKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const before = await openTestEngine(t, { secrets: createSecrets([oldKey]) });
  const [ada = 0] = await customers(before, "ada@example.com");
  successOf(await before.execute(register(ada, "boat", "A")));

  const after = await openTestEngine(t, { beside: before, secrets: createSecrets([newKey, oldKey]) });
  const { organizationId } = before;
  assert.equal((await after.queries.devices.byFingerprint(organizationId, ada, "A"))?.name, "boat");
  assert.equal(successOf(await after.execute(register(ada, "boat", "A"))).changed, false);
  assert.equal(resultOf(await after.execute(register(ada, "desk", "A"))), "fingerprint_taken");
  assert.equal(resultOf(await after.execute(register(ada, "boat", "B"))), "fingerprint_differs");

  const without = await openTestEngine(t, { beside: before, secrets: createSecrets([newKey]) });
  assert.equal(
    await without.queries.devices.byFingerprint(organizationId, ada, "A"),
    undefined,
    "the hash hangs on the key",
  );
  assert.equal(resultOf(await without.execute(register(ada, "boat", "A"))), "fingerprint_differs");

  successOf(await after.execute(changeSystem(ada, "boat", "release")));
  successOf(await after.execute(register(ada, "boat", "A")));
  assert.equal(
    (await without.queries.devices.byFingerprint(organizationId, ada, "A"))?.name,
    "boat",
    "what is new has the new key",
  );
});

test("a device that is barred, let in or looked at keeps its machine; a released one has none", async (t) => {
  const { execute, queries, organizationId, ada } = await openContent(t);
  for (const change of ["disable", "enable"] as const) {
    successOf(await execute(changeSystem(ada, "boat", change)));
    assert.equal((await queries.devices.byFingerprint(organizationId, ada, "A"))?.name, "boat", change);
  }
  successOf(await execute(changeSystem(ada, "boat", "release")));
  assert.equal(await queries.devices.byFingerprint(organizationId, ada, "A"), undefined);
  assert.equal((await queries.devices.ofCustomer(organizationId, ada, "system"))[0]?.fingerprint, null);
});

test("a device that is registered and barred in one batch is barred from then on", async (t) => {
  const opened = await openTestEngine(t);
  const { execute, queries, organizationId, transactions } = opened;
  const [ada = 0] = await customers(opened, "ada@example.com");
  const before = transactions.length;
  const outcomes = await Promise.all([
    execute(register(ada, "boat", "A")),
    execute(changeSystem(ada, "boat", "disable")),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok"]);
  assert.equal(transactions.length, before + 1, "it was one batch");
  assert.equal(resultOf(await execute(register(ada, "boat", "A"))), "device_disabled");
  assert.deepEqual(
    (await queries.devices.ofCustomer(organizationId, ada, "system")).map(({ disabledAtMs }) => disabledAtMs),
    [opened.nowMs],
  );
});

test("a machine can be released and take another name in one batch", async (t) => {
  const opened = await openContent(t);
  const { execute, queries, organizationId, ada, transactions } = opened;
  const before = transactions.length;
  const outcomes = await Promise.all([
    execute(changeSystem(ada, "boat", "release")),
    execute(register(ada, "desk", "A")),
    execute(register(ada, "boat", "B")),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "ok"]);
  assert.equal(transactions.length, before + 1, "it was one batch");
  assert.equal((await queries.devices.byFingerprint(organizationId, ada, "A"))?.name, "desk");
  assert.equal((await queries.devices.byFingerprint(organizationId, ada, "B"))?.name, "boat");
});

test("a customer's devices are listed by kind and name, without those of others", async (t) => {
  const opened = await openContent(t);
  const { execute, queries, organizationId, ada } = opened;
  const [ben = 0] = await customers(opened, "ben@example.com");
  for (const name of ["yacht", "desk", "abc"]) successOf(await execute(register(ada, name, `machine ${name}`)));
  successOf(await execute(register(ben, "canoe", "C")));
  await execute({ ...bindSystem("BBBB", "x"), device: machineNamed("08-00-27-00-00-01"), register: true });
  const names = async (kind: "machine" | "system") =>
    (await queries.devices.ofCustomer(organizationId, ada, kind)).map(({ name }) => name);
  assert.deepEqual(await names("system"), ["abc", "boat", "desk", "yacht"]);
  assert.deepEqual(await names("machine"), ["08-00-27-00-00-01"]);
  assert.deepEqual(await queries.devices.ofCustomer(organizationId, 404, "system"), []);
});

test("what registers and what holds is one device: found by its holder's code as by its customer", async (t) => {
  const opened = await openTestEngine(t);
  const { execute } = opened;
  await execute(createChart());
  const hers = successOf(await execute(issue(1, "AAAA", "ada@example.com"))).entitlement.customer?.id ?? 0;
  successOf(await execute(issue(1, "BBBB", "ben@example.com")));
  const { device } = successOf(await execute(register(hers, "boat", "A")));
  const { bindings } = successOf(await execute(bindSystem("AAAA", "boat")));
  assert.deepEqual(
    bindings.map((binding) => [binding.slot, binding.device.id]),
    [[0, device.id]],
  );
  assert.equal(resultOf(await execute(bindSystem("BBBB", "boat"))), "device_not_found", "another holder's boat");
});
