import assert from "node:assert/strict";
import { createHash, createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { openTestEngine } from "../../tests/support/engine.ts";
import { createSigningKeys, generatePrivateKey, readSigningKey } from "./signing-keys.ts";

/** The private key of RFC 8032, 7.1, test 1; its public key is d75a98...511a. */
const rfcPrivateKeyPem = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;
const rfcPublicKey = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");

test("the published key and the id belong to the private key, and the id is made of the 32 bytes of the key", () => {
  const { publicKeyPem, id } = readSigningKey(rfcPrivateKeyPem);
  const der = createPublicKey(publicKeyPem).export({ type: "spki", format: "der" });
  assert.deepEqual(der.subarray(-32), rfcPublicKey);
  assert.equal(id, createHash("sha256").update(rfcPublicKey).digest("hex").slice(0, 16));
  assert.notEqual(generatePrivateKey(), generatePrivateKey());
});

test("a signature is the one of RFC 8032", () => {
  assert.equal(
    readSigningKey(rfcPrivateKeyPem).sign(Buffer.alloc(0)).toString("hex"),
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  );
});

test("a key of another kind signs nothing", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  assert.throws(() => readSigningKey(pem), TypeError);
});

test("an organization has no key until one is needed, and then one, even after many concurrent calls", async (t) => {
  const { organizationId, queries, administration } = await openTestEngine(t);
  const keys = createSigningKeys({ queries, administration });
  assert.equal(await keys.find(organizationId), undefined);
  const organization = await queries.organizations.byId(organizationId);
  assert.ok(organization !== undefined);
  const made = await Promise.all([1, 2, 3].map(() => keys.ensure(organization)));
  const known = await keys.find(organizationId);
  assert.deepEqual(new Set(made.map(({ id }) => id)), new Set([known?.id]));
});

test("the key that an earlier version kept is the organization's", async (t) => {
  const { organizationId, queries, administration } = await openTestEngine(t);
  await administration.putSecretSetting(organizationId, "permit_key", rfcPrivateKeyPem);
  const key = await createSigningKeys({ queries, administration }).find(organizationId);
  assert.equal(key?.publicKeyPem, readSigningKey(rfcPrivateKeyPem).publicKeyPem);
});
