import { crc32 } from "node:zlib";
import type { CodeFormat } from "../core/verb.ts";
import { tokenCodes } from "../core/verbs/tokens.ts";

/** Scanners for leaked secrets know tokens by it. */
const prefix = "cf_";
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Random characters: 190 bits. */
const secretLength = 32;
/** Six digits to the base of 62 hold 32 bits. */
const checksumLength = 6;
const shape = new RegExp(`^${prefix}[0-9A-Za-z]{${secretLength + checksumLength}}$`);

/**
 * Tokens such as `cf_4nH…`: 32 random letters and digits, and 6 more that check them. So a scanner tells a token from
 * other text without asking anybody, and a mistyped one is refused without a look-up.
 */
export const tokenFormat: CodeFormat = {
  name: tokenCodes,
  draw(random) {
    let secret = "";
    while (secret.length < secretLength) {
      // Bytes from 248 on would make some letters more frequent.
      for (const byte of random.bytes(secretLength)) if (byte < 248) secret += alphabet[byte % alphabet.length];
    }
    const text = prefix + secret.slice(0, secretLength);
    return text + checksumOf(text);
  },
};

/** Whether a text has the prefix of a token, and is none. Tokens of other forms have another beginning. */
export function isBrokenToken(text: string): boolean {
  if (!text.startsWith(prefix)) return false;
  return !shape.test(text) || checksumOf(text.slice(0, -checksumLength)) !== text.slice(-checksumLength);
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let place = 0; place < checksumLength; place++) {
    digits = alphabet[rest % alphabet.length] + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
