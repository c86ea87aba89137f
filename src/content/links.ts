import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";

/** The file that a link opens, and the end of the link. */
interface LinkTarget {
  readonly organizationId: number;
  /** The kind of the file: a delivery, a package, or a document that was made for one device. */
  readonly purpose: "download" | "package" | "document";
  /** The number of a delivery or a package, the name of a document. */
  readonly name: number | string;
  readonly expiresAtMs: number;
}

/** The parts of a link that sign its target: digits and the letters a to f. */
export interface SignedLink {
  /** Seconds since 1970. */
  readonly expires: string;
  readonly signature: string;
}

/** 32 random bytes. As a key object, which is made once, it signs five times as fast. */
type LinkKey = Uint8Array | KeyObject;

const expiresShape = /^[1-9]\d{0,11}$/;
const signatureShape = /^[0-9a-f]{64}$/;

/** Signs a link. Its end is rounded down to a second. Throws a RangeError for an end before 1970. */
export function signLink({ expiresAtMs, ...target }: LinkTarget, key: LinkKey): SignedLink {
  const expires = String(Math.floor(expiresAtMs / 1_000));
  if (!expiresShape.test(expires)) throw new RangeError("a link expires at a moment after 1970");
  return { expires, signature: seal(target, expires, key).toString("hex") };
}

/**
 * Whether one of these keys signed a link, and whether the link still opens at `nowMs`. Only genuine links are
 * `expired`. The check takes the same time for every signature.
 */
export function checkLink(
  { expires, signature, ...target }: Omit<LinkTarget, "expiresAtMs"> & SignedLink,
  keys: readonly LinkKey[],
  nowMs: number,
): "valid" | "expired" | "forged" {
  if (!expiresShape.test(expires) || !signatureShape.test(signature)) return "forged";
  const presented = Buffer.from(signature, "hex");
  let isGenuine = false;
  for (const key of keys) {
    // No early exit: the time must not tell which key fits.
    const isEqual = timingSafeEqual(seal(target, expires, key), presented);
    isGenuine = isEqual || isGenuine;
  }
  if (!isGenuine) return "forged";
  return nowMs < Number(expires) * 1_000 ? "valid" : "expired";
}

/** HMAC-SHA-256 (RFC 2104). The text begins with its purpose, so that the key's other uses can never sign a link. */
function seal(
  { purpose, organizationId, name }: Omit<LinkTarget, "expiresAtMs">,
  expires: string,
  key: LinkKey,
): Buffer {
  return createHmac("sha256", key).update(`${purpose} ${organizationId} ${name} ${expires}`).digest();
}
