import { choice, defineSettings, type ReadSettings, text } from "../../settings.ts";

/** The settings of an organization. */
export const settings = defineSettings("ezpert", {
  product: text({
    byDefault: "EZP5",
    otherwise: "EZP5",
    meaning: "the product code of the licences that CreateLicense issues",
    examples: ["the name of any product of licences"],
    isNameOf: "license",
    must: "the name of a product",
    parse: (name) => (name.trim() === "" ? undefined : name),
  }),
  httpStatus: choice(["200", "semantic"], {
    byDefault: "200",
    meaning:
      "200: an error of an operation has status 200, as old clients expect; semantic: it has a status of its own",
  }),
  timeZone: text({
    byDefault: "UTC",
    otherwise: "UTC",
    meaning: "the time zone in which reg_date is written",
    examples: ["UTC", "Asia/Seoul", "any other name of the IANA time zones"],
    must: "a name like Asia/Seoul or UTC",
    parse: (name) => (isTimeZone(name) ? name : undefined),
  }),
});

export type EzpertSettings = ReadSettings<typeof settings>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
