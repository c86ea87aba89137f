import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { createTestDatabase } from "../../tests/support/database.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { StoreUnavailable } from "../engine/store.ts";
import { inspect, waitForDatabase } from "./inspect.ts";

const database = await createTestDatabase({ empty: true });
after(() => database.drop());

const patienceMs = 60_000;

async function closedRelay(t: TestContext) {
  const relay = await openRelay(database.address);
  t.after(() => relay.cut());
  await relay.cut();
  return relay;
}

test("a server tells its version and its clock", async () => {
  const { version, versionNumber, nowMs } = await inspect(database.address);
  assert.match(version, /^\d+(\.\d+)*/);
  assert.equal(Math.floor(versionNumber / 10_000), Number.parseInt(version, 10));
  assert.ok(versionNumber >= 150_000);
  assert.ok(Math.abs(nowMs - Date.now()) < patienceMs);
});

test("a server that cannot be reached is unavailable, and is not waited for longer than allowed", async (t) => {
  const relay = await closedRelay(t);
  let told = 0;
  await assert.rejects(inspect(relay.address), StoreUnavailable);
  await assert.rejects(
    waitForDatabase(relay.address, 300, () => told++),
    StoreUnavailable,
  );
  assert.equal(told, 1, "the wait is told of once");
});

test("a server that starts late is waited for", async (t) => {
  const relay = await closedRelay(t);
  const waiting = waitForDatabase(relay.address, patienceMs, () => void relay.mend());
  await waiting;
});

test("a server that answers is not waited for", async () => {
  await waitForDatabase(database.address, patienceMs, () => assert.fail("there is nothing to wait for"));
});

test("a missing database is told at once, with the server's own reason", async () => {
  const missing = { ...database.address, database: "no_database_of_this_name" };
  await assert.rejects(
    waitForDatabase(missing, patienceMs, () => assert.fail("waiting does not help")),
    /database "no_database_of_this_name" does not exist/,
  );
});
