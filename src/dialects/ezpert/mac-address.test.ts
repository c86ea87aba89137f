import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalMacAddress, machineNamed } from "./mac-address.ts";

test("a MAC address has one spelling: six upper-case pairs joined by hyphens", () => {
  for (const text of [
    "08-00-27-aa-bb-cc",
    "08:00:27:AA:BB:CC",
    "0800.27aa.bbcc",
    " 080027AABBCC ",
    "08 00 27 aa bb cc",
  ]) {
    assert.equal(canonicalMacAddress(text), "08-00-27-AA-BB-CC");
  }
});

test("a masked MAC address is taken as it is", () => {
  assert.equal(canonicalMacAddress("08-00-27-AA-6H-7N"), "08-00-27-AA-6H-7N");
});

test("whatever has not twelve letters and digits is no MAC address", () => {
  for (const text of ["", "08-00-27-AA-BB", "08-00-27-AA-BB-CC-DD", "08-00-27-AA-BB-C_", "08-00-27-AA-BB-CÄ"]) {
    assert.equal(canonicalMacAddress(text), undefined, text);
  }
});

test("a machine is named by the canonical spelling alone", () => {
  assert.equal(machineNamed("08-00-27-AA-BB-CC").identity, "08-00-27-AA-BB-CC");
  assert.equal(machineNamed("08:00:27:AA:BB:CC").identity, null);
});
