import assert from "node:assert/strict";
import { test } from "node:test";
import { systemNamed } from "./system-name.ts";

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
    assert.notEqual(systemNamed(name).identity, null, name);
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
  for (const name of none) assert.equal(systemNamed(name).identity, null, JSON.stringify(name));
});

test("systems are told apart by their names without regard to case, dongles by theirs as they are", () => {
  const identity = (name: string) => systemNamed(name).identity;
  assert.equal(identity("MyTablet"), identity("mytablet"));
  assert.notEqual(identity("sgl0123ABCD"), identity("sgl0123abcd"));
});
