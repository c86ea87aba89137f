import assert from "node:assert/strict";
import { test } from "node:test";
import { createThrottle, failuresPerAccountMax, failuresPerAddressMax, failureWindowSeconds } from "./throttle.ts";

async function failTimes(
  throttle: ReturnType<typeof createThrottle>,
  count: number,
  address: string,
  account?: string,
) {
  for (let turn = 0; turn < count; turn++) await throttle.fail(address, account);
}

test("an address is turned away after so many failures, whatever the accounts, and others are not", async () => {
  const throttle = createThrottle();
  for (let turn = 0; turn < failuresPerAddressMax; turn++) {
    assert.equal(await throttle.isClosed("192.0.2.1", "new"), false, `after ${turn} failures`);
    await throttle.fail("192.0.2.1", `account ${turn}`);
  }
  assert.equal(await throttle.isClosed("192.0.2.1", "new"), true);
  assert.equal(await throttle.isClosed("192.0.2.1", undefined), true);
  assert.equal(await throttle.isClosed("192.0.2.2", "account 1"), false);
});

test("an account is turned away after so many failures, wherever they came from, and others are not", async () => {
  const throttle = createThrottle();
  for (let turn = 0; turn < failuresPerAccountMax; turn++) {
    assert.equal(await throttle.isClosed("192.0.2.1", "1 anna"), false, `after ${turn} failures`);
    await throttle.fail(`198.51.100.${turn}`, "1 anna");
  }
  assert.equal(await throttle.isClosed("192.0.2.1", "1 anna"), true);
  assert.equal(await throttle.isClosed("192.0.2.1", "1 ben"), false);
  assert.equal(await throttle.isClosed("198.51.100.1", undefined), false);
});

test("failures without an account count for the address alone", async () => {
  const throttle = createThrottle();
  await failTimes(throttle, failuresPerAddressMax, "192.0.2.1");
  assert.equal(await throttle.isClosed("192.0.2.1", "1 anna"), true);
  assert.equal(await throttle.isClosed("192.0.2.2", "1 anna"), false);
});

test("after a while without further failures the door is open again", async (t) => {
  t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.UTC(2026, 5, 1) });
  const throttle = createThrottle();
  await failTimes(throttle, failuresPerAddressMax, "192.0.2.1", "1 anna");
  t.mock.timers.tick(failureWindowSeconds * 1_000 - 1);
  assert.equal(await throttle.isClosed("192.0.2.1", "1 anna"), true);
  t.mock.timers.tick(2);
  assert.equal(await throttle.isClosed("192.0.2.1", "1 anna"), false);
});
