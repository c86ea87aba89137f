import { randomInt } from "node:crypto";
import type { Command } from "../core/command.ts";

/** Random codes drawn per command: that the first is taken happens about once in 10^12 draws, that both are, never. */
const candidatesPerCode = 2;

/** The random codes that a command may choose from; none if it asks for none. */
export function drawCodes(command: Command): readonly string[] {
  if (command.verb !== "issue" || typeof command.code === "string") return [];
  const { randomDigits } = command.code;
  return Array.from({ length: candidatesPerCode }, () => drawDigits(randomDigits));
}

const chunkDigits = 12;

/**
 * A random decimal number of exactly so many digits, the first of them not zero, from the system's secure source.
 * Text, since more than 15 digits do not fit a double.
 */
export function drawDigits(digits: number): string {
  let text = String(randomInt(1, 10));
  while (text.length < digits) {
    const size = Math.min(chunkDigits, digits - text.length);
    text += String(randomInt(0, 10 ** size)).padStart(size, "0");
  }
  return text;
}
