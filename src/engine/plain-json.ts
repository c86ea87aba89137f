/**
 * JSON that also carries amounts of money, which are bigints: `{"$bigint":"12"}`. Only for what we write ourselves; keys
 * that start with `$` occur nowhere else.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? { $bigint: String(part) } : part));
}

/** Reads what {@link toJson} wrote. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, part) =>
    typeof part === "object" && part !== null && typeof part.$bigint === "string" ? BigInt(part.$bigint) : part,
  );
}
