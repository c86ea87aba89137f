import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash, verify } from "node:crypto";
import { test } from "node:test";
import { makeTemporaryFolder, writeTree } from "../../../tests/support/folders.ts";
import { generatePrivateKey, readSigningKey } from "../../signing/signing-keys.ts";
import { makePermit } from "./permit.ts";

/** The private key of RFC 8032, 7.1, test 1; its public key is d75a98...511a. */
const rfcPrivateKeyPem = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;
const rfcKey = readSigningKey(rfcPrivateKeyPem);
const rfcPublicKey = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");

const drawnKey = () => readSigningKey(generatePrivateKey());

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
  const { json } = makePermit(fields, rfcKey);
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
  assert.deepEqual(makePermit(turned, rfcKey), makePermit(fields, rfcKey));
  const endless = JSON.parse(makePermit({ ...fields, expiresAtMs: null }, rfcKey).json.toString());
  assert.equal(endless.expiresAt, null);
});

test("the signature is 64 bytes that hold for exactly these bytes and this key", () => {
  const key = drawnKey();
  const { json, signature } = makePermit(fields, key);
  assert.equal(signature.length, 64);
  assert.equal(verify(null, json, key.publicKeyPem, signature), true);
  const changed = Buffer.from(json.toString().replace("bridge1", "bridge2"));
  assert.equal(verify(null, changed, key.publicKeyPem, signature), false);
  assert.equal(verify(null, json.subarray(0, -1), key.publicKeyPem, signature), false);
  assert.equal(verify(null, json, drawnKey().publicKeyPem, signature), false);
});

test("openssl, or where there is none the same algorithm from its library, says that a permit is genuine", (t) => {
  const key = drawnKey();
  const { json, signature } = makePermit(fields, key);
  const folder = makeTemporaryFolder(t);
  const check = (content: Buffer) => {
    writeTree(folder, { "key.pem": key.publicKeyPem, "permit.json": content, "permit.json.sig": signature });
    const files = ["-inkey", "key.pem", "-rawin", "-in", "permit.json", "-sigfile", "permit.json.sig"];
    const { status, error } = spawnSync("openssl", ["pkeyutl", "-verify", "-pubin", ...files], { cwd: folder });
    return error === undefined ? status === 0 : verify(null, content, key.publicKeyPem, signature);
  };
  assert.equal(check(json), true);
  assert.equal(check(Buffer.concat([json, Buffer.from("\n")])), false);
});
