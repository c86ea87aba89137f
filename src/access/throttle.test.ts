import assert from "node:assert/strict";
import { test } from "node:test";
import { addressPrefixOf } from "./address-prefix.ts";
import {
  type Attempt,
  attackWindowSeconds,
  attemptOf,
  createThrottle,
  failuresAnywhereMax,
  failuresPerAccountMax,
  failuresPerKnownAccountMax,
  failuresPerNetworkMax,
  failuresPerPrefixMax,
  failuresWhileAttackedMax,
  failureWindowSeconds,
} from "./throttle.ts";

/** A throttle, and a clock that stands until it is moved. */
function open() {
  const clock = { nowMs: 0 };
  return { clock, throttle: createThrottle(() => clock.nowMs) };
}

const attempt = (address: string, account?: string, credentials?: string): Attempt =>
  attemptOf(addressPrefixOf(address), account, credentials);

function failTimes({ throttle }: ReturnType<typeof open>, count: number, address: string, account?: string): void {
  for (let turn = 0; turn < count; turn++) throttle.fail(attempt(address, account));
}

test("an address is turned away after so many failures, whatever the accounts, and others are not", () => {
  const { throttle } = open();
  for (let turn = 0; turn < failuresPerPrefixMax; turn++) {
    assert.equal(throttle.isClosed(attempt("192.0.2.1", "new")), false, `after ${turn} failures`);
    throttle.fail(attempt("192.0.2.1", `account ${turn}`));
  }
  assert.equal(throttle.isClosed(attempt("192.0.2.1", "new")), true);
  assert.equal(throttle.isClosed(attempt("192.0.2.1")), true);
  assert.equal(throttle.isClosed(attempt("192.0.2.2", "account 1")), false);
});

test("the addresses of one /64 are one prefix, and those of one /48 are turned away together after many more", () => {
  const one = open();
  for (let turn = 0; turn < failuresPerPrefixMax; turn++) failTimes(one, 1, `2001:db8:1:2::${turn.toString(16)}`);
  assert.equal(one.throttle.isClosed(attempt("2001:db8:1:2:ffff::1")), true);
  assert.equal(one.throttle.isClosed(attempt("2001:db8:1:3::1")), false);

  const other = open();
  for (let turn = 0; turn < failuresPerNetworkMax; turn++) failTimes(other, 1, `2001:db8:1:${turn.toString(16)}::1`);
  assert.equal(other.throttle.isClosed(attempt("2001:db8:1:ffff::1")), true);
  assert.equal(other.throttle.isClosed(attempt("2001:db8:2::1")), false);
});

test("an account is turned away at a prefix after so many failures there, and neither another account nor another prefix", () => {
  const opened = open();
  failTimes(opened, failuresPerAccountMax - 1, "192.0.2.1", "anna");
  assert.equal(opened.throttle.isClosed(attempt("192.0.2.1", "anna")), false);
  failTimes(opened, 1, "192.0.2.1", "anna");
  assert.equal(opened.throttle.isClosed(attempt("192.0.2.1", "anna")), true);
  assert.equal(opened.throttle.isClosed(attempt("192.0.2.1", "ben")), false);
  assert.equal(opened.throttle.isClosed(attempt("192.0.2.2", "anna")), false);
});

test("an account that is attacked from many prefixes takes few failures more from each, and a first attempt always", () => {
  const opened = open();
  for (let turn = 0; turn < failuresAnywhereMax; turn++) failTimes(opened, 1, `198.51.100.${turn}`, "anna");
  for (let turn = 0; turn < failuresWhileAttackedMax; turn++) {
    assert.equal(opened.throttle.isClosed(attempt("203.0.113.1", "anna")), false, `after ${turn} failures`);
    failTimes(opened, 1, "203.0.113.1", "anna");
  }
  assert.equal(opened.throttle.isClosed(attempt("203.0.113.1", "anna")), true);
  assert.equal(opened.throttle.isClosed(attempt("203.0.113.1", "ben")), false);
  opened.clock.nowMs += failureWindowSeconds * 1000;
  assert.equal(opened.throttle.isClosed(attempt("203.0.113.1", "anna")), true, "for longer than a minute");
  opened.clock.nowMs = attackWindowSeconds * 1000;
  assert.equal(opened.throttle.isClosed(attempt("203.0.113.1", "anna")), false);
});

test("credentials that were right pass where they were right, until they are wrong; others on the account far longer", () => {
  const opened = open();
  const { throttle } = opened;
  const right = attempt("192.0.2.1", "anna", "right");
  throttle.succeed(right);
  failTimes(opened, failuresPerPrefixMax, "192.0.2.1");
  failTimes(opened, failuresPerAccountMax, "192.0.2.1", "anna");
  assert.equal(throttle.isClosed(right), false);
  assert.equal(throttle.isClosed(attempt("192.0.2.1", "anna", "other")), false);
  assert.equal(throttle.isClosed(attempt("192.0.2.1", "ben", "right of ben")), true);
  failTimes(opened, failuresPerKnownAccountMax, "192.0.2.1", "anna");
  assert.equal(throttle.isClosed(attempt("192.0.2.1", "anna", "other")), true);
  assert.equal(throttle.isClosed(right), false);
  assert.equal(throttle.rankOf(right), 0);

  failTimes(opened, failuresPerPrefixMax, "192.0.2.2");
  assert.equal(throttle.isClosed(attempt("192.0.2.2", "anna", "right")), true, "right elsewhere is not known here");
  throttle.fail(right);
  assert.equal(throttle.isClosed(right), true);
});

test("who presents something wrong beside what is right counts a little, and once", () => {
  const { throttle } = open();
  for (let turn = 0; turn < 10 * failuresPerPrefixMax; turn++) {
    throttle.succeed(attempt("192.0.2.1", undefined, `guess ${turn}, key`), { besideWrong: true });
    throttle.succeed(attempt("192.0.2.2", undefined, "scanner, key"), { besideWrong: true });
  }
  assert.equal(throttle.isClosed(attempt("192.0.2.1", undefined, "another, key")), true);
  assert.equal(throttle.isClosed(attempt("192.0.2.2", undefined, "another, key")), false);
});

test("prefixes that failed are heard after those that did not, for longer than they are turned away", () => {
  const opened = open();
  failTimes(opened, 3, "192.0.2.1");
  assert.ok(opened.throttle.rankOf(attempt("192.0.2.1")) > opened.throttle.rankOf(attempt("192.0.2.2")));
  opened.clock.nowMs += failureWindowSeconds * 1000;
  assert.ok(opened.throttle.rankOf(attempt("192.0.2.1")) > opened.throttle.rankOf(attempt("192.0.2.2")));
});

test("after a while without further failures the door is open again", () => {
  const opened = open();
  failTimes(opened, failuresPerPrefixMax, "192.0.2.1", "anna");
  opened.clock.nowMs += failureWindowSeconds * 1000 - 1;
  assert.equal(opened.throttle.isClosed(attempt("192.0.2.1", "anna")), true);
  opened.clock.nowMs += 1;
  assert.equal(opened.throttle.isClosed(attempt("192.0.2.1", "anna")), false);
});
