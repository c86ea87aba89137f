import { randomBytes, randomInt } from "node:crypto";
import { longPinDigits } from "../core/card.ts";
import { type CodePattern, type Command, isPattern } from "../core/command.ts";
import { stockNumbersMax } from "../core/verbs/add-stock.ts";
import { issueQuantityMax } from "../core/verbs/issue.ts";

/**
 * Random codes drawn beyond those that a command needs: that one is taken happens about once in 10^12 draws, that two
 * are, never.
 */
const spareCodes = 1;
/** Larger quantities are refused before any code is looked at. */
const codesMax = issueQuantityMax + spareCodes;
const tokenBytes = 24;
const licenseKeyBytes = 16;

/**
 * Random pins drawn for a card: at most a fifth of all are in use, so that of 1.3 at least one is free, and of long ones
 * nearly every one is; the spare ones cover bad luck.
 */
const pinsPerCard = 1.3;
const longPinsPerCard = 1.02;
const pinsToSpare = 20;

/** The random codes that a command may choose from; none if it asks for none. */
export function drawCodes(command: Command): readonly string[] {
  switch (command.verb) {
    case "issue": {
      const { code, quantity = 1 } = command;
      if (!isPattern(code)) return [];
      const length = Math.min(Math.max(quantity, 0) + spareCodes, codesMax);
      return Array.from({ length }, () => drawCode(code));
    }
    case "add_stock": {
      if (command.secretDigits === 0 || command.numbers.length > stockNumbersMax) return [];
      const perCard = command.secretDigits >= longPinDigits ? longPinsPerCard : pinsPerCard;
      const length = Math.ceil(command.numbers.length * perCard) + pinsToSpare;
      return Array.from({ length }, () => drawPin(command.secretDigits));
    }
    case "create_token":
      return [drawToken(command.login)];
    default:
      return [];
  }
}

function drawCode(pattern: CodePattern): string {
  return "randomDigits" in pattern ? drawDigits(pattern.randomDigits) : drawLicenseKey();
}

/**
 * A licence key: 16 random bytes in Base64 without `+` and `/`, upper-cased, each `=` an `A`, in six groups of four. The
 * upper case keeps about 109 of the 128 bits.
 */
export function drawLicenseKey(): string {
  for (;;) {
    const base64 = randomBytes(licenseKeyBytes).toString("base64");
    if (/[+/]/.test(base64)) continue;
    return base64
      .toUpperCase()
      .replaceAll("=", "A")
      .replace(/....(?!$)/g, "$&-");
  }
}

/** Base64 of the login, a colon and 192 random bits. Nobody needs to look into it. */
function drawToken(login: string): string {
  return Buffer.from(`${login}:${randomBytes(tokenBytes).toString("base64url")}`, "utf8").toString("base64");
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
