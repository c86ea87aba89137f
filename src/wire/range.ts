/**
 * Reads the header `Range` (RFC 9110, section 14). One range is supported. For several ranges the whole content is
 * sent, which the RFC allows.
 */

/** From `start` up to, but not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The requested part of content with `bytes` bytes: a range that is not empty and lies within the content;
 * `unsatisfiable` if the content ends before the range; `whole` without the header, for several ranges, for a range
 * that cannot be read or ends before it starts, and for empty content. Never throws.
 */
export function readRange(header: string | undefined, bytes: number): ByteRange | "unsatisfiable" | "whole" {
  const [range, ...others] = rangesOf(header);
  if (range === undefined || others.length > 0 || bytes === 0) return "whole";
  const [, first = "", last = ""] = /^(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") return partOf(bytes, Math.max(0, bytes - Number(last)), bytes);
  if (last === "") return partOf(bytes, Number(first), bytes);
  return Number(last) < Number(first) ? "whole" : partOf(bytes, Number(first), Number(last) + 1);
}

function rangesOf(header: string | undefined): readonly string[] {
  const [, list = ""] = /^bytes=(.*)$/i.exec(header?.trim() ?? "") ?? [];
  return list.split(",").flatMap((range) => range.trim() || []);
}

function partOf(bytes: number, start: number, end: number): ByteRange | "unsatisfiable" {
  return start < bytes ? { start, end: Math.min(end, bytes) } : "unsatisfiable";
}
