const dayMs = 24 * 60 * 60 * 1000;
const daysMax = 36_500;
const forEver = "forever";

/** How long an organization keeps its log; what is unset has its default. */
export const logSettings = [
  {
    name: "log.days",
    values: [],
    byDefault: forEver,
    meaning: `for how many days lines of the log are kept that tell of what was done: 1 to ${daysMax}, or ${forEver}`,
  },
  {
    name: "log.refusedDays",
    values: [],
    byDefault: "90",
    meaning: "the same for lines that tell of what was refused",
  },
] as const;

/** The sentence that says why this value cannot be set; `undefined` when it can. */
export function checkLogSetting(name: string, value: string): string | undefined {
  if (!logSettings.some((setting) => setting.name === name)) {
    return `There is no setting ${name}. There are: ${logSettings.map((setting) => setting.name).join(", ")}.`;
  }
  return parseDays(value) === undefined
    ? `${name} must be a number of days from 1 to ${daysMax}, or ${forEver}.`
    : undefined;
}

/**
 * For how long lines of both kinds are kept, in milliseconds; `null` is for ever. What does not fit has its default.
 */
export function readLogAges(settings: ReadonlyMap<string, unknown>): {
  doneMs: number | null;
  refusedMs: number | null;
} {
  const [done, refused] = logSettings.map(({ name, byDefault }) => {
    const days = parseDays(settings.get(name)) ?? parseDays(byDefault);
    return typeof days === "number" ? days * dayMs : null;
  });
  return { doneMs: done ?? null, refusedMs: refused ?? null };
}

/** `undefined` for what is neither a number of days nor for ever. */
function parseDays(value: unknown): number | typeof forEver | undefined {
  if (value === forEver) return forEver;
  const days = typeof value === "string" && /^\d{1,5}$/.test(value) ? Number(value) : 0;
  return days >= 1 && days <= daysMax ? days : undefined;
}
