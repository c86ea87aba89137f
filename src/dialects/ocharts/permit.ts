import type { SigningKey } from "../../signing/signing-keys.ts";

/** The customer, system and content of a delivery. */
export interface PermitFields {
  readonly organization: string;
  readonly customer: string;
  /** The name of the device to which the content is bound. */
  readonly system: string;
  /** A hash, never the fingerprint itself. */
  readonly fingerprintHash: string;
  readonly product: { readonly number: string; readonly name: string };
  readonly order: string;
  readonly quantity: string;
  readonly edition: string;
  /** `null` for a unit without end. */
  readonly expiresAtMs: number | null;
  readonly issuedAtMs: number;
}

const formatVersion = 1;

/**
 * Makes and signs a permit: JSON in UTF-8 on several lines, with its keys always in the same order and a line feed at
 * the end. Times are in ISO 8601, in UTC. Anybody can check it with the organization's public key:
 *
 *     openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in permit.json -sigfile permit.json.sig
 *
 * The signature, `permit.json.sig`, has 64 bytes: Ed25519 (RFC 8032) over exactly the bytes of `permit.json`.
 *
 * Throws a RangeError for an invalid time.
 */
export function makePermit(fields: PermitFields, key: SigningKey): { json: Buffer; signature: Buffer } {
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
    keyId: key.id,
  };
  const json = Buffer.from(`${JSON.stringify(content, null, 2)}\n`);
  return { json, signature: key.sign(json) };
}
