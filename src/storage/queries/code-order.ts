import type { CodeRange } from "../../queries/entitlements.ts";

/** Larger than any code of 19 digits. */
const codeNumberMax = "99999999999999999999";

/** Both ends of a range as numbers; without a range, all codes. */
export function rangeOf(codes: CodeRange | undefined): [first: string, last: string] {
  return [String(codes?.first ?? -1n), codes?.last === undefined ? codeNumberMax : String(codes.last)];
}

/** The number by which the database sorts a code; see the column `code_number`. */
export function numberOf(code: string): string {
  return /^[0-9]{1,19}$/.test(code) ? code : "-1";
}
