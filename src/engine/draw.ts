import { randomInt } from "node:crypto";
import type { Command } from "../core/command.ts";
import { stockNumbersMax } from "../core/verbs/add-stock.ts";

/** Random codes drawn per command: that the first is taken happens about once in 10^12 draws, that both are, never. */
const candidatesPerCode = 2;

/**
 * Random pins drawn for a card: at most a fifth of all are in use, so that of 1.3 at least one is free, and the spare
 * ones cover bad luck.
 */
const pinsPerCard = 1.3;
const pinsToSpare = 20;

/** The random codes that a command may choose from; none if it asks for none. */
export function drawCodes(command: Command): readonly string[] {
  switch (command.verb) {
    case "issue": {
      if (typeof command.code === "string") return [];
      const { randomDigits } = command.code;
      return Array.from({ length: candidatesPerCode }, () => drawDigits(randomDigits));
    }
    case "add_stock": {
      if (command.secretDigits === 0 || command.numbers.length > stockNumbersMax) return [];
      const length = Math.ceil(command.numbers.length * pinsPerCard) + pinsToSpare;
      return Array.from({ length }, () => drawPin(command.secretDigits));
    }
    default:
      return [];
  }
}

const chunkDigits = 12;

/**
 * A random decimal number of exactly so many digits, the first of them not zero, from the system's secure source.
 * Text, since more than 15 digits do not fit a double.
 */
export function drawDigits(digits: number): string {
  return String(randomInt(1, 10)) + drawPin(digits - 1);
}

/** So many random decimal digits from the system's secure source; the first may be zero. */
function drawPin(digits: number): string {
  let text = "";
  while (text.length < digits) {
    const size = Math.min(chunkDigits, digits - text.length);
    text += String(randomInt(0, 10 ** size)).padStart(size, "0");
  }
  return text;
}
