import { randomBytes, randomInt } from "node:crypto";
import type { CodeFormat, Random } from "../core/verb.ts";

const chunkDigits = 12;

/** Random codes in these formats and in digits, from the secure source of the system. */
export function randomCodes(codeFormats: readonly CodeFormat[] = []): Random {
  const random: Random = {
    digits(count) {
      let text = "";
      while (text.length < count) {
        const size = Math.min(chunkDigits, count - text.length);
        text += String(randomInt(0, 10 ** size)).padStart(size, "0");
      }
      return text;
    },
    firstDigit: () => String(randomInt(1, 10)),
    bytes: (count) => randomBytes(count),
    code(name) {
      const format = codeFormats.find((one) => one.name === name);
      if (format === undefined) throw new Error(`there is no code format ${name}`);
      return format.draw(random);
    },
  };
  return random;
}
