import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import { makeTemporaryFolder, writeTree } from "../../tests/support/folders.ts";
import { makePermit, makePermitKey, publicKeyOf } from "./permit.ts";

/** The private key of RFC 8032, 7.1, test 1; its public key is d75a98...511a. */
const rfcPrivateKeyPem = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;
const rfcPublicKey = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");

const fields = {
  organization: "Sample Charts",
  customer: "skipper@example.com",
  system: "bridge1",
  fingerprintHash: "ab".repeat(32),
  product: { number: "15", name: "Grande Bretagne, côtes" },
  order: "ABCDEFGHI",
  quantity: "1",
  edition: "2017-2",
  expiresAtMs: Date.UTC(2027, 0, 31),
  issuedAtMs: Date.UTC(2026, 1, 1, 12, 30),
};

test("a permit names everything in the same order, over several lines, with a line feed at the end", () => {
  const { json } = makePermit(fields, rfcPrivateKeyPem);
  assert.equal(
    json.toString(),
    `{
  "formatVersion": 1,
  "organization": "Sample Charts",
  "customer": "skipper@example.com",
  "system": "bridge1",
  "fingerprintHash": "${"ab".repeat(32)}",
  "product": {
    "number": "15",
    "name": "Grande Bretagne, côtes"
  },
  "order": "ABCDEFGHI",
  "quantity": "1",
  "edition": "2017-2",
  "expiresAt": "2027-01-31T00:00:00.000Z",
  "issuedAt": "2026-02-01T12:30:00.000Z",
  "keyId": "${createHash("sha256").update(rfcPublicKey).digest("hex").slice(0, 16)}"
}
`,
  );
});

test("the order in which the fields are given changes nothing, and a right without end has none", () => {
  const { product, ...rest } = fields;
  const turned = { product: { name: product.name, number: product.number }, ...rest };
  assert.deepEqual(makePermit(turned, rfcPrivateKeyPem), makePermit(fields, rfcPrivateKeyPem));
  const endless = JSON.parse(makePermit({ ...fields, expiresAtMs: null }, rfcPrivateKeyPem).json.toString());
  assert.equal(endless.expiresAt, null);
});

test("the signature is 64 bytes that hold for exactly these bytes and this key", () => {
  const { privateKeyPem, publicKeyPem } = makePermitKey();
  const { json, signature } = makePermit(fields, privateKeyPem);
  assert.equal(signature.length, 64);
  assert.equal(verify(null, json, publicKeyPem, signature), true);
  const changed = Buffer.from(json.toString().replace("bridge1", "bridge2"));
  assert.equal(verify(null, changed, publicKeyPem, signature), false);
  assert.equal(verify(null, json.subarray(0, -1), publicKeyPem, signature), false);
  assert.equal(verify(null, json, makePermitKey().publicKeyPem, signature), false);
});

test("openssl, or where there is none the same algorithm from its library, says that a permit is genuine", (t) => {
  const { privateKeyPem, publicKeyPem } = makePermitKey();
  const { json, signature } = makePermit(fields, privateKeyPem);
  const folder = makeTemporaryFolder(t);
  const check = (content: Buffer) => {
    writeTree(folder, { "key.pem": publicKeyPem, "permit.json": content, "permit.json.sig": signature });
    const files = ["-inkey", "key.pem", "-rawin", "-in", "permit.json", "-sigfile", "permit.json.sig"];
    const { status, error } = spawnSync("openssl", ["pkeyutl", "-verify", "-pubin", ...files], { cwd: folder });
    return error === undefined ? status === 0 : verify(null, content, publicKeyPem, signature);
  };
  assert.equal(check(json), true);
  assert.equal(check(Buffer.concat([json, Buffer.from("\n")])), false);
});

test("what is published of a key belongs to it, and its id is made of the 32 bytes of the key", () => {
  const { publicKeyPem, keyId } = publicKeyOf(rfcPrivateKeyPem);
  const der = createPublicKey(publicKeyPem).export({ type: "spki", format: "der" });
  assert.deepEqual(der.subarray(-32), rfcPublicKey);
  assert.equal(keyId, createHash("sha256").update(rfcPublicKey).digest("hex").slice(0, 16));
  const made = makePermitKey();
  assert.equal(publicKeyOf(made.privateKeyPem).publicKeyPem, made.publicKeyPem);
  assert.notEqual(makePermitKey().privateKeyPem, made.privateKeyPem);
});

test("a key of another kind signs no permit", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  assert.throws(() => makePermit(fields, pem), TypeError);
  assert.throws(() => publicKeyOf(pem), TypeError);
});
