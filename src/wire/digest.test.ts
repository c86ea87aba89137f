import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { equalInConstantTime, sha1Hex, sha256Hex } from "./digest.ts";

test("digests agree with the published examples", () => {
  assert.equal(sha1Hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  assert.equal(sha1Hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  assert.equal(sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert.equal(sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("a string is digested as its UTF-8 bytes", () => {
  assert.equal(sha256Hex("é😀"), sha256Hex(Buffer.from("é😀", "utf8")));
});

test("secrets are equal when their bytes are, whatever form they come in", () => {
  assert.ok(equalInConstantTime("", ""));
  assert.ok(equalInConstantTime("é", Buffer.from("é")));
  assert.ok(equalInConstantTime(new Uint8Array([1, 2]), Buffer.from([1, 2])));
});

test("secrets of different length, prefix or form are told apart without an error", () => {
  const table: [string | Uint8Array, string | Uint8Array][] = [
    ["", "a"],
    ["a", "ab"],
    ["secret", "secret "],
    ["secret", "Secret"],
    ["\0", ""],
    ["é", "e\u0301"],
    ["é", Buffer.from([0xe9])],
    ["\ufffd", "\ud800"],
    ["\ud800", "\ud801"],
    [Buffer.from(sha256Hex("a"), "hex"), sha256Hex("a")],
  ];
  for (const [a, b] of table) {
    assert.equal(equalInConstantTime(a, b), false, JSON.stringify([a, b]));
    assert.equal(equalInConstantTime(b, a), false, JSON.stringify([b, a]));
  }
});

test("for every two well-formed strings the answer is that of ===", () => {
  const text = fc.string({ unit: "binary", maxLength: 3 }).filter((s) => s.isWellFormed());
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(equalInConstantTime(a, b), a === b);
      assert.ok(equalInConstantTime(a, a));
    }),
  );
});
