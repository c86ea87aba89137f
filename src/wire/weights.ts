/**
 * Reads the Accept headers (RFC 9110, sections 12.4.2 and 12.5): lists of values with a weight from 0, which refuses,
 * to 1.
 */

export interface Preference {
  /** In lower case: a coding, a media range, or `*`. */
  readonly value: string;
  /** As they were sent, without the weight. */
  readonly parameters: readonly string[];
  readonly weight: number;
}

const weightParameter = /^[ \t]*[qQ]=(.*)$/;

/** A weight has at most three decimals. */
const weightShape = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;

/** Every member of the list. A member with an unreadable weight is left out. Refuses nothing. */
export function readPreferences(header: string): readonly Preference[] {
  const preferences: Preference[] = [];
  for (const member of header.split(",")) {
    const [value = "", ...parameters] = member.trim().split(";");
    const at = parameters.findIndex((parameter) => weightParameter.test(parameter));
    const weight = weightParameter.exec(parameters[at] ?? "")?.[1]?.trim() ?? "1";
    if (at !== -1) parameters.splice(at, 1);
    if (weightShape.test(weight)) {
      preferences.push({ value: value.trim().toLowerCase(), parameters, weight: Number(weight) });
    }
  }
  return preferences;
}

/**
 * The weight of these media types for a client: that of the most specific range that names one, 0 if none does or it
 * refuses.
 */
export function weightOf(preferences: readonly Preference[], types: readonly string[]): number {
  const ranges = [types, types.map((type) => type.replace(/\/.*/, "/*")), ["*/*"]];
  for (const equals of ranges) {
    const weights = preferences.filter(({ value }) => equals.includes(value)).map(({ weight }) => weight);
    if (weights.length > 0) return Math.max(...weights);
  }
  return 0;
}
