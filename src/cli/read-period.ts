import type { Period } from "../core/period.ts";
import { CommandError } from "./tools.ts";

/** A period such as `1y`, `6m`, `30d` or `1y6m`; ends with a sentence for anything else. */
export function readPeriod(option: string, text: string): Period {
  const parts = /^(?:(\d{1,3})y)?(?:(\d{1,4})m)?(?:(\d{1,5})d)?$/.exec(text);
  if (parts === null || text === "") {
    throw new CommandError(`${option} "${text}" is no time, like 1y for a year, 6m for months, 30d for days, or 1y6m.`);
  }
  const [, years = "0", months = "0", days = "0"] = parts;
  return { years: Number(years), months: Number(months), days: Number(days) };
}
