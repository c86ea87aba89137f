import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorName, ProtocolError, type ResultName, results } from "./errors.ts";

// The table is a constant, so it has no other keys than those of its type.
const names = Object.keys(results) as readonly ResultName[];
const errorNames = names.filter((name): name is ErrorName => name !== "successful" && name !== "undetermined");

function errorNamed(name: ErrorName): ProtocolError {
  return new ProtocolError(name, undefined, name === "machineKnown" ? "mylaptop" : "");
}

test("every code that the specification lists with a meaning stands in the table once, and 14 with one code of ours", () => {
  const letters = Array.from("abcdefghijklmnopq", (letter) => `3${letter}`);
  const production = [300, 403, 503, 603, 604, 605, 607, 610, 611, 612, 613, 614, 615].map((code) => `9:${code}`);
  const shop = ["10", "11", "14:615", "15", "16", "17", "18", "19", "20", "21", "25", "26", "27"];
  const codes = ["0", "1", "2", "3", ...letters, "4", "5", "6", "7", "8", ...production, ...shop];
  assert.deepEqual(names.map((name) => results[name].code).sort(), codes.sort());
});

test("a failure is its code, and its message unless clients have words for the code or act on it", () => {
  const bare = errorNames.filter(
    (name) => !errorNamed(name).result.includes(":") && !/^3[a-q]$/.test(results[name].code),
  );
  // 10, 15 and 25, and 7, are never sent.
  assert.deepEqual(bare.map((name) => results[name].code).sort(), ["10", "15", "25", "27", "4", "5", "6", "7"]);
  assert.match(new ProtocolError("slotTaken").result, /^17:This place is not free: /);
  assert.match(new ProtocolError("maintenance").result, /^2:The chart server is being maintained\./);
  assert.equal(new ProtocolError("usernameMissing").result, "3d");
  assert.equal(new ProtocolError("keyWrong").result, "6");
  assert.equal(new ProtocolError("databaseError").result, "9:503:Internal Server Database Error.");
  assert.equal(
    new ProtocolError("fingerprintOfAnother").result,
    "9:610:This system already exists but fingerprint does not match.",
  );
  assert.equal(
    new ProtocolError("machineKnown", undefined, "mylaptop").result,
    "9:612:There is already a system for this machine: mylaptop",
  );
  assert.equal(new ProtocolError("editionMissing").result, "14:615:There is no edition of this chart yet.");
});

test("no failure can be taken for a success, and each is plain text that a client can show", () => {
  for (const name of errorNames) {
    const { result } = errorNamed(name);
    assert.match(result, /^(?:3[a-q]|(?:[2-9]|[12]\d|9:\d{3}|14:\d{3})(?::[A-Z][\x20-\x7e]+)?)$/, name);
    assert.doesNotMatch(result, /[()&<>]/, name);
  }
});
