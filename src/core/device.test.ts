import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalDeviceName, deviceIdentity } from "./device.ts";

test("a MAC address has one spelling: six upper-case pairs joined by hyphens", () => {
  for (const text of [
    "08-00-27-aa-bb-cc",
    "08:00:27:AA:BB:CC",
    "0800.27aa.bbcc",
    " 080027AABBCC ",
    "08 00 27 aa bb cc",
  ]) {
    assert.equal(canonicalDeviceName("machine", text), "08-00-27-AA-BB-CC");
  }
});

test("a masked MAC address is taken as it is", () => {
  assert.equal(canonicalDeviceName("machine", "08-00-27-AA-6H-7N"), "08-00-27-AA-6H-7N");
});

test("whatever has not twelve letters and digits is no MAC address", () => {
  for (const text of ["", "08-00-27-AA-BB", "08-00-27-AA-BB-CC-DD", "08-00-27-AA-BB-C_", "08-00-27-AA-BB-CÄ"]) {
    assert.equal(canonicalDeviceName("machine", text), undefined, text);
  }
});

test("a system is called by 3 to 15 letters and digits, a dongle by sgl and eight upper-case hex digits", () => {
  const names = [
    "abc",
    "boat",
    "Boat",
    "MYTABLET",
    "0123456789abcdE",
    "sgl0123ABCD",
    "sgl00000000",
    "sgl",
    "sglABCDEF",
  ];
  for (const name of [...names, "sgl0123ABCG", "SGL0123ABC", "sgl0123abcd"]) {
    assert.equal(canonicalDeviceName("system", name), name);
  }
  const none = [
    "",
    "ab",
    "0123456789abcdef",
    "bo at",
    "bo-at",
    "boat\n",
    " boat",
    "böat",
    "SGL0123ABCD",
    "sgl0123ABcd",
  ];
  for (const name of none) assert.equal(canonicalDeviceName("system", name), undefined, JSON.stringify(name));
});

test("a phone is known by its number alone, so no name of one is canonical", () => {
  assert.equal(canonicalDeviceName("phone", "1001"), undefined);
});

test("systems are told apart by their names without regard to case, dongles by theirs as they are", () => {
  const identity = (name: string) => deviceIdentity({ kind: "system", name });
  assert.equal(identity("MyTablet"), identity("mytablet"));
  assert.notEqual(identity("sgl0123ABCD"), identity("sgl0123abcd"));
  assert.equal(deviceIdentity({ kind: "machine", name: "08-00-27-AA-BB-CC" }), "08-00-27-AA-BB-CC");
});
