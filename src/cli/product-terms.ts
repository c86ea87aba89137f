import { type Command, Option } from "commander";
import type { Product, ProductTerms, Reentry } from "../core/product.ts";
import { isTimeZone } from "../core/time-zone.ts";
import type { UseLimit } from "../core/use.ts";
import { categoryWords, changedCategories } from "./category.ts";
import { momentWords, readBound, zoneSentence } from "./moment.ts";
import { itemsOf, none, readMetadata, readText, readWhole } from "./read-option.ts";
import { CommandError } from "./tools.ts";

/** The options that tell the terms of a product. */
export interface TermOptions {
  readonly description?: string;
  readonly starts?: string;
  readonly ends?: string;
  readonly timeZone?: string;
  readonly capacity?: string;
  readonly category?: readonly string[];
  readonly uses?: string;
  readonly reentry?: Reentry;
  readonly attention?: string;
  readonly metadata?: readonly string[];
  readonly key?: readonly string[];
}

/** Adds the options that tell the terms of a product. */
export function withTermOptions(command: Command): Command {
  return command
    .option("--description <text>", "a text about it")
    .option("--starts <time>", `the first moment at which it is valid, ${momentWords}`)
    .option("--ends <time>", "the last second; a day alone is the whole of it")
    .option("--time-zone <zone>", "in which its times and days are meant, like Europe/Helsinki (default: UTC)")
    .option("--capacity <number>", "how many places there are (default: no bound)")
    .option("--category <terms...>", `a sort of it, as ${categoryWords}`)
    .option("--uses <number>", "how often each is honoured: 10, unlimited, 1/day (default: 1)")
    .addOption(
      new Option("--reentry <rule>", "after_exit: who is inside must leave before entering again").choices([
        "none",
        "after_exit",
      ]),
    )
    .option("--attention <note>", "a note for the steward at the gate")
    .option("--metadata <key=value...>", "values of your own")
    .option("--key <key...>", "access keys of scanners, as KEY, or KEY:adult,child for some categories alone");
}

/** The terms that the options set; absent ones keep their value. `before` is absent for a new product. */
export function readTerms(options: TermOptions, before: Product | undefined): Partial<ProductTerms> {
  const { description, starts, ends, capacity, category, uses, reentry, attention, metadata, key } = options;
  const timeZone = options.timeZone ?? before?.timeZone ?? "UTC";
  if (!isTimeZone(timeZone)) throw new CommandError(zoneSentence(timeZone));
  const startsAtMs = readBound("--starts", starts, timeZone, "start");
  const endsAtMs = readBound("--ends", ends, timeZone, "end");
  return {
    ...(description === undefined ? {} : { description }),
    ...(startsAtMs === undefined ? {} : { startsAtMs }),
    ...(endsAtMs === undefined ? {} : { endsAtMs }),
    ...(options.timeZone === undefined ? {} : { timeZone }),
    ...(capacity === undefined ? {} : { capacity: capacity === none ? null : readWhole("--capacity", capacity) }),
    ...(category === undefined ? {} : { categories: changedCategories(before?.categories ?? [], category) }),
    ...(uses === undefined ? {} : { uses: readUses(uses) }),
    ...(reentry === undefined ? {} : { reentry }),
    ...(attention === undefined ? {} : { attention: readText(attention) }),
    ...(metadata === undefined ? {} : { metadata: readMetadata("--metadata", metadata) }),
    ...(key === undefined ? {} : { accessKeys: readKeys(key).map((one) => one.key) }),
  };
}

/** An access key, with the categories to which it is limited; `null` for all. */
interface KeyTerms {
  readonly key: string;
  readonly categories: readonly string[] | null;
}

/** The access keys of `KEY` or `KEY:adult,child`. */
export function readKeys(given: readonly string[]): readonly KeyTerms[] {
  return itemsOf(given).map((text) => {
    const [key = "", categories] = text.split(":");
    return { key, categories: categories === undefined ? null : categories.split(",") };
  });
}

const perDay = "/day";
/** The word for a number of uses without limit. */
export const unlimited = "unlimited";

/** How often an entitlement is honoured: `10`, `unlimited` or `1/day`; ends with a sentence for anything else. */
function readUses(text: string): UseLimit {
  const per = text.endsWith(perDay) ? "day" : "entitlement";
  const number = per === "day" ? text.slice(0, -perDay.length) : text;
  if (number === unlimited) return { max: null, per: "entitlement" };
  if (!/^\d{1,9}$/.test(number)) {
    throw new CommandError(`--uses "${text}" is no number of uses, like 10, ${unlimited} or 1${perDay}.`);
  }
  return { max: Number(number), per };
}

/** The same in words that `--uses` reads. */
export function usesText({ max, per }: UseLimit): string {
  return max === null ? unlimited : `${max}${per === "day" ? perDay : ""}`;
}
