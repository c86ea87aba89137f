import { isLongerThan } from "../../core/text.ts";
import type { CodeFormat, Random } from "../../core/verb.ts";

/** Blanks, signs that look like hyphens, and invisible characters: typeset texts have them. */
const ignored = /[\s\p{Pd}\u2212\u00b7\p{Cf}\p{Variation_Selector}]/gu;
const keyShape = /^(?:[0-9A-Z]{16}|[0-9A-Z]{24})$/;

/** Invisible characters, which copied texts have. */
const invisible = /[\p{Cf}\p{Variation_Selector}]/gu;
const keyLengthMax = 255;

/**
 * A licence key as it is kept. 16 or 24 letters and digits are in upper case, in groups of four joined by hyphens: case,
 * blanks, dashes and invisible characters of the text do not matter. A key of any other shape comes from another
 * server, and only blanks around it and invisible characters do not matter. `undefined` for a text that is no key: it
 * is empty, too long, or has line breaks or other control characters.
 */
export function canonicalLicenseKey(text: string): string | undefined {
  const signs = text.replace(ignored, "").toUpperCase();
  if (keyShape.test(signs)) return signs.replace(/....(?!$)/g, "$&-");
  const key = text.replace(invisible, "").trim().normalize("NFC");
  return key === "" || isLongerThan(key, keyLengthMax) || /\p{Cc}/u.test(key) ? undefined : key;
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
