import type { CodeFormat, Random } from "../../core/verb.ts";

/** Blanks, signs that look like hyphens, and invisible characters: typeset texts have them. */
const ignored = /[\s\p{Pd}\u2212\u00b7\p{Cf}\p{Variation_Selector}]/gu;
const keyShape = /^(?:[0-9A-Z]{16}|[0-9A-Z]{24})$/;

/**
 * A licence key as it is kept: upper case, in groups of four joined by hyphens. Case, blanks, dashes and invisible
 * characters of the text do not matter; `undefined` when there are not 16 or 24 letters and digits.
 */
export function canonicalLicenseKey(text: string): string | undefined {
  const signs = text.replace(ignored, "").toUpperCase();
  return keyShape.test(signs) ? signs.replace(/....(?!$)/g, "$&-") : undefined;
}

const licenseKeyBytes = 16;

export const licenseKeys = { name: "license_key", draw: drawLicenseKey } as const satisfies CodeFormat;

/**
 * A licence key: 16 random bytes in Base64 without `+` and `/`, upper-cased, each `=` an `A`, in six groups of four.
 * The upper case keeps about 109 of the 128 bits.
 */
function drawLicenseKey(random: Pick<Random, "bytes">): string {
  for (;;) {
    const base64 = Buffer.from(random.bytes(licenseKeyBytes)).toString("base64");
    if (/[+/]/.test(base64)) continue;
    return base64
      .toUpperCase()
      .replaceAll("=", "A")
      .replace(/....(?!$)/g, "$&-");
  }
}
