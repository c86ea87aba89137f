import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Administration } from "../engine/administration.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";

/**
 * The secret setting that holds an organization's private key, in PEM: PKCS #8 (RFC 5958). It is named after the first
 * use of the key. Databases of earlier versions have their keys under it.
 */
const keySetting = "permit_key";

/** The Ed25519 key (RFC 8032) with which an organization signs. */
export interface SigningKey {
  /** Names the key in signed files: the first 16 hexadecimal digits of the SHA-256 of the public key's 32 bytes. */
  readonly id: string;
  /** Checks signatures: SPKI (RFC 5280) in PEM. */
  readonly publicKeyPem: string;
  /** The signature over exactly these bytes: 64 bytes. */
  sign(bytes: Uint8Array): Buffer;
}

/** The signing keys of all organizations. Both functions reject with `StoreUnavailable` while the database is away. */
export interface SigningKeys {
  /** The organization's key, read from the database; `undefined` until the first `ensure`. */
  find(organizationId: number): Promise<SigningKey | undefined>;
  /** The organization's key, made if there is none. Concurrent processes all get the same key. */
  ensure(organization: Organization): Promise<SigningKey>;
}

export interface SigningKeysOptions {
  readonly queries: Pick<Queries, "organizations">;
  readonly administration: Pick<Administration, "ensureSecretSetting">;
}

export function createSigningKeys({ queries, administration }: SigningKeysOptions): SigningKeys {
  const known = (organization: Organization | undefined) => {
    const pem = organization?.settings.get(keySetting);
    return typeof pem === "string" ? readSigningKey(pem) : undefined;
  };
  return {
    find: async (organizationId) => known(await queries.organizations.byId(organizationId)),
    async ensure(organization) {
      const key = known(organization);
      if (key !== undefined) return key;
      return readSigningKey(
        await administration.ensureSecretSetting(organization.id, keySetting, generatePrivateKey()),
      );
    },
  };
}

/** A new random private key, in PEM. */
export function generatePrivateKey(): string {
  return pemOf(generateKeyPairSync("ed25519").privateKey, "pkcs8");
}

/** Throws a TypeError for a key that is not Ed25519. */
export function readSigningKey(privateKeyPem: string): SigningKey {
  const privateKey = createPrivateKey(privateKeyPem);
  if (privateKey.asymmetricKeyType !== "ed25519") throw new TypeError("a signing key is an Ed25519 key");
  const publicKey = createPublicKey(privateKey);
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  return {
    id: createHash("sha256").update(raw).digest("hex").slice(0, 16),
    publicKeyPem: pemOf(publicKey, "spki"),
    sign: (bytes) => sign(null, bytes, privateKey),
  };
}

function pemOf(key: KeyObject, type: "pkcs8" | "spki"): string {
  return key.export({ type, format: "pem" }).toString();
}
