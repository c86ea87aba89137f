import { defineSettings, type SettingValues, text } from "../settings.ts";

const dayMs = 24 * 60 * 60 * 1000;
const daysMax = 36_500;
const forEver = "forever";

const days = { must: `a number of days from 1 to ${daysMax}, or ${forEver}`, parse: parseDays };

/** How long an organization keeps its log. */
export const logSettings = defineSettings("log", {
  days: text<number | typeof forEver>({
    ...days,
    byDefault: forEver,
    otherwise: forEver,
    meaning: `for how many days lines of the log are kept that tell of what was done: 1 to ${daysMax}, or ${forEver}`,
  }),
  refusedDays: text<number | typeof forEver>({
    ...days,
    byDefault: "90",
    otherwise: 90,
    meaning: "the same for lines that tell of what was refused",
  }),
});

/** For how long lines of both kinds are kept, in milliseconds; `null` is for ever. */
export function readLogAges(values: SettingValues): { doneMs: number | null; refusedMs: number | null } {
  const { days: done, refusedDays: refused } = logSettings.read(values);
  const ageOf = (kept: typeof done) => (kept === forEver ? null : kept * dayMs);
  return { doneMs: ageOf(done), refusedMs: ageOf(refused) };
}

function parseDays(value: string): number | typeof forEver | undefined {
  if (value === forEver) return forEver;
  const count = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  return count >= 1 && count <= daysMax ? count : undefined;
}
