import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** To whom and for what a delivery was made. */
export interface PermitFields {
  readonly organization: string;
  readonly customer: string;
  /** The name of the device that the content is bound to. */
  readonly system: string;
  /** A hash, never the fingerprint itself. */
  readonly fingerprintHash: string;
  readonly product: { readonly number: string; readonly name: string };
  readonly order: string;
  readonly quantity: string;
  readonly edition: string;
  /** `null` for a right that does not end. */
  readonly expiresAtMs: number | null;
  readonly issuedAtMs: number;
}

/** The two files of a permit. */
export interface Permit {
  /** `permit.json` */
  readonly json: Buffer;
  /** `permit.json.sig`: 64 bytes, Ed25519 (RFC 8032) over exactly the bytes of `permit.json`. */
  readonly signature: Buffer;
}

/** Both in PEM: PKCS #8 (RFC 5958) and SPKI (RFC 5280). */
export interface PermitKey {
  readonly privateKeyPem: string;
  readonly publicKeyPem: string;
}

const formatVersion = 1;

/**
 * Makes and signs a permit: JSON in UTF-8 over several lines, its keys always in the same order, with a line feed at the
 * end; times in ISO 8601, in UTC. Anybody can check it with the organization's public key:
 *
 *     openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in permit.json -sigfile permit.json.sig
 *
 * Throws a TypeError for a key that is not Ed25519, and a RangeError for a time that is none.
 */
export function makePermit(fields: PermitFields, privateKeyPem: string): Permit {
  const key = readPrivateKey(privateKeyPem);
  const { product } = fields;
  const content = {
    formatVersion,
    organization: fields.organization,
    customer: fields.customer,
    system: fields.system,
    fingerprintHash: fields.fingerprintHash,
    product: { number: product.number, name: product.name },
    order: fields.order,
    quantity: fields.quantity,
    edition: fields.edition,
    expiresAt: fields.expiresAtMs === null ? null : new Date(fields.expiresAtMs).toISOString(),
    issuedAt: new Date(fields.issuedAtMs).toISOString(),
    keyId: keyIdOf(createPublicKey(key)),
  };
  const json = Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
  return { json, signature: sign(null, json, key) };
}

/** A new random key. */
export function makePermitKey(): PermitKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKeyPem: pemOf(privateKey, "pkcs8"), publicKeyPem: pemOf(publicKey, "spki") };
}

/** What is published of a key, in PEM, and the id that permits name it by. Throws a TypeError if it is not Ed25519. */
export function publicKeyOf(privateKeyPem: string): { readonly publicKeyPem: string; readonly keyId: string } {
  const publicKey = createPublicKey(readPrivateKey(privateKeyPem));
  return { publicKeyPem: pemOf(publicKey, "spki"), keyId: keyIdOf(publicKey) };
}

function readPrivateKey(privateKeyPem: string): KeyObject {
  const key = createPrivateKey(privateKeyPem);
  if (key.asymmetricKeyType !== "ed25519") throw new TypeError("permits are signed with an Ed25519 key");
  return key;
}

function pemOf(key: KeyObject, type: "pkcs8" | "spki"): string {
  return key.export({ type, format: "pem" }).toString();
}

/** The first 16 hexadecimal digits of the SHA-256 of the 32 bytes of the public key. */
function keyIdOf(publicKey: KeyObject): string {
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  return createHash("sha256").update(raw).digest("hex").slice(0, 16);
}
