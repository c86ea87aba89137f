import type { ValidateFunction } from "ajv/dist/2020.js";
import { Problem } from "./problem.ts";
import type { Schema } from "./schema.ts";

/** Where a value stands in a request. */
export type Place = "body" | "query" | "path";

const checks = new WeakMap<object, ValidateFunction>();

/**
 * Whether a value fits a schema; otherwise the problem, with the first part that does not. The checker of a schema is
 * made when it is first needed: made at the start, those of all routes would delay it.
 */
export async function fits<T>(
  schema: Schema<T>,
  value: unknown,
  place: Place,
): Promise<{ readonly value: T } | Problem> {
  let check = checks.get(schema);
  if (check === undefined) {
    check = (await compiler()).compile(schema);
    checks.set(schema, check);
  }
  if (check(value)) return { value: value as T };
  const [error] = check.errors ?? [];
  const { instancePath = "", keyword = "", params = {}, message = "does not fit" } = error ?? {};
  const name = keyword === "additionalProperties" ? String(params.additionalProperty) : undefined;
  const missing = keyword === "required" ? String(params.missingProperty) : undefined;
  const pointer = `${place}${instancePath}${name === undefined && missing === undefined ? "" : `/${escaped(name ?? missing ?? "")}`}`;
  if (name !== undefined) return new Problem("request_invalid", pointer, "There is no such field.");
  if (missing !== undefined) return new Problem("request_invalid", pointer, "The field is missing.");
  const allowed = Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(", ")}` : "";
  return new Problem("request_invalid", pointer, `The value ${message}${allowed}.`);
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

let made: Promise<{ compile(schema: object): ValidateFunction }> | undefined;

/** The compiler, loaded when it is first needed. */
function compiler() {
  made ??= import("ajv/dist/2020.js").then(
    ({ Ajv2020 }) =>
      new Ajv2020({
        strict: true,
        allowUnionTypes: true,
        strictTypes: false,
        validateSchema: false,
        formats: { "date-time": isTime },
      }),
  );
  return made;
}

const timeShape = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[Zz]|[+-](\d{2}):(\d{2}))$/;
/** Years before it are no dates of anything that is sold, and of other calendars. */
const yearMin = 1900;

/** Whether this is a moment as RFC 3339 writes it, on a day that there is. Leap seconds, which no clock here has, are none. */
export function isTime(text: string): boolean {
  const parts = timeShape.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offsetHours, offsetMinutes] = parts;
  const date = new Date(Date.UTC(year, month - 1, day));
  return (
    year >= yearMin &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60 &&
    !((offsetHours ?? 0) > 23) &&
    !((offsetMinutes ?? 0) > 59)
  );
}
