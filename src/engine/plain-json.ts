/**
 * JSON with bigints, which amounts of money are: `{"$bigint":"12"}`. It is only for data of the server itself, in which
 * no other key starts with `$`.
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
