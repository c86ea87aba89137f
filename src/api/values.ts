import { type Metadata, metadataKeyLengthMax, metadataKeysMax, metadataValueLengthMax } from "../core/metadata.ts";
import type { Money } from "../core/money.ts";
import { integer, named, object, record, type Schema, text, type ValueOfSchema } from "./schema.ts";

/** How values of the core look in JSON, and how they are read. A schema stands with its two functions. */

/** A number of the core. In JSON it is text: it may one day be none, and nobody is to reckon with it. */
export const id = (what: string): Schema<string> =>
  text({ maxLength: 15, pattern: "^(?:0|[1-9][0-9]*)$" }, { description: `The id of ${what}.`, examples: ["42"] });

/** A moment in UTC, as RFC 3339 writes it. Any offset is taken. */
export const time = (what: string): Schema<string> =>
  text({ maxLength: 40, format: "date-time" }, { description: what, examples: ["2027-06-20T18:00:00.000Z"] });

/** Reads a time that fits the schema. */
export function readTime(written: string): number {
  return Date.parse(written);
}

export function writeTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** The same for a time that may be missing; `undefined`, which no JSON has, stays. */
export function readTimeOrNull<T extends string | null | undefined>(written: T): number | Exclude<T, string> {
  return typeof written === "string" ? readTime(written) : (written as Exclude<T, string>);
}

export function writeTimeOrNull(atMs: number | null): string | null {
  return atMs === null ? null : writeTime(atMs);
}

export const money = named(
  "Money",
  object(
    {
      amount: integer(
        { minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
        { description: "In the smallest unit of the currency: cents of a euro, yen of a yen.", examples: [1240] },
      ),
      currency: text({ maxLength: 3, pattern: "^[A-Z]{3}$" }, { description: "ISO 4217.", examples: ["EUR"] }),
    },
    { description: "An amount of money." },
  ),
);

export function readMoney({ amount, currency }: ValueOfSchema<typeof money>): Money {
  return { minor: BigInt(amount), currency };
}

export function writeMoney({ minor, currency }: Money): ValueOfSchema<typeof money> {
  return { amount: Number(minor), currency };
}

export const metadata = named(
  "Metadata",
  record(text({ maxLength: metadataValueLengthMax }), metadataKeysMax, {
    description: `Values of your own, which the server keeps and does not read: up to ${metadataKeysMax} names of up to ${metadataKeyLengthMax} characters.`,
    examples: [{ order: "A-1001" }],
  }),
);

/** In the order of the names, so that the same values are the same text, and have the same `ETag`. */
export function writeMetadata(values: Metadata | null): Metadata | null {
  return values && Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const cursorLengthMax = 4_096;

export const writeId = (number: number | null): string | null => (number === null ? null : String(number));
