import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createSecrets, secretKeyBytes } from "./secrets.ts";

const [oldKey, newKey] = [randomBytes(secretKeyBytes), randomBytes(secretKeyBytes)];

test("any text opens again as it was sealed", () => {
  const secrets = createSecrets([newKey]);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (text, purpose) => {
      assert.equal(secrets.open(secrets.seal(text, purpose), purpose), text);
    }),
  );
});

test("the same text is sealed to other bytes each time, and none of them tells it", () => {
  const secrets = createSecrets([newKey]);
  const sealed = [secrets.seal("12345678", "pin"), secrets.seal("12345678", "pin")];
  assert.ok(sealed[0] !== undefined && sealed[1] !== undefined && !sealed[0].equals(sealed[1]));
  for (const bytes of sealed) assert.equal(bytes.includes("12345678"), false);
});

test("what was sealed for one purpose does not open for another", () => {
  const secrets = createSecrets([newKey]);
  const sealed = secrets.seal("12345678", "pin");
  assert.throws(() => secrets.open(sealed, "access key"));
  assert.throws(() => secrets.open(sealed, ""));
});

test("a sealed text with any byte changed, missing or added does not open", () => {
  const secrets = createSecrets([newKey]);
  const sealed = secrets.seal("12345678", "pin");
  for (let index = 0; index < sealed.length; index++) {
    const flipped = Buffer.from(sealed);
    flipped[index] = (flipped[index] ?? 0) ^ 1;
    assert.throws(() => secrets.open(flipped, "pin"), `byte ${index} flipped`);
    assert.throws(() => secrets.open(sealed.subarray(0, index), "pin"), `cut after ${index} bytes`);
  }
  assert.throws(() => secrets.open(Buffer.concat([sealed, Buffer.of(0)]), "pin"));
});

test("after a rotation the old key still opens and finds, and the new one seals", () => {
  const before = createSecrets([oldKey]);
  const during = createSecrets([newKey, oldKey]);
  const after = createSecrets([newKey]);
  const sealedBefore = before.seal("12345678", "pin");
  assert.equal(during.open(sealedBefore, "pin"), "12345678");
  assert.equal(after.open(during.seal("12345678", "pin"), "pin"), "12345678");
  assert.throws(() => after.open(sealedBefore, "pin"), /sealed with a key that SECRET_KEY does not hold/);

  const hashes = during.lookupHashes("12345678", "pin");
  assert.deepEqual(hashes, [after.lookupHash("12345678", "pin"), before.lookupHash("12345678", "pin")]);
  assert.deepEqual(during.lookupHash("12345678", "pin"), hashes[0]);
});

test("a look-up hash is the same each time, and another for any other text, purpose or key", () => {
  const secrets = createSecrets([newKey]);
  const hashes = [
    secrets.lookupHash("ABC", "access key"),
    secrets.lookupHash("ABD", "access key"),
    secrets.lookupHash("abc", "access key"),
    secrets.lookupHash("ABC", "pin"),
    createSecrets([oldKey]).lookupHash("ABC", "access key"),
  ];
  assert.equal(new Set(hashes.map((hash) => hash.toString("hex"))).size, hashes.length);
  assert.deepEqual(secrets.lookupHash("ABC", "access key"), hashes[0]);
});

test("what an earlier version has sealed and hashed still opens and is found", () => {
  const secrets = createSecrets([Buffer.alloc(secretKeyBytes, 1)]);
  const sealed = "c471eed312ea8452fae8970c87c23c337ba525bb36ed8c772906e30cdea9282aecbd64c2a3c568e82f95";
  const hash = "1c138740a974f7bed7aff86168c8f86d46bf8ef2cfd833402abcf1c9f7b111ef";
  assert.equal(secrets.open(Buffer.from(sealed, "hex"), "access key"), "ABCDE12345");
  assert.equal(secrets.lookupHash("ABCDE12345", "access key").toString("hex"), hash);
});

test("there is no sealing without a key, nor with one of another length", () => {
  assert.throws(() => createSecrets([]), /no secret key/);
  for (const length of [0, 16, 31, 33])
    assert.throws(() => createSecrets([newKey, Buffer.alloc(length)]), /bytes, not 32/);
});

test("keys for something else are derived one from each key, and are other ones for each purpose", () => {
  const [young, old] = createSecrets([newKey, oldKey]).deriveKeys("downloads");
  assert.equal(young?.length, 32);
  assert.deepEqual(createSecrets([oldKey]).deriveKeys("downloads"), [old]);
  const others = [...createSecrets([newKey]).deriveKeys("something"), newKey, oldKey, old];
  assert.ok(others.every((other) => other?.equals(young ?? Buffer.alloc(0)) === false));
});
