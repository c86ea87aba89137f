/**
 * Conditional requests (RFC 9110, section 13): the content must still be, or no longer be, the content that the client
 * knows.
 *
 * Content is known by its `ETag`, its `Last-Modified`, or both. A date counts only in the form that every sender must
 * use today (section 5.6.7). Any other text is ignored, so that at worst the whole content is sent.
 */

/** The header fields of an answer by which its content is recognized later. */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** Header fields of a request, by lower-case name. */
export interface PreconditionHeaders {
  readonly "if-match"?: string | undefined;
  readonly "if-unmodified-since"?: string | undefined;
  readonly "if-none-match"?: string | undefined;
  readonly "if-modified-since"?: string | undefined;
  readonly "if-range"?: string | undefined;
}

const entityTag = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Checks the conditions of a GET or HEAD in the order of section 13.2.2: `failed` (412) if the client wants other
 * content, `unchanged` (304) if the client has the content already, `met` otherwise. Never throws.
 */
export function judgePreconditions(headers: PreconditionHeaders, content: Validators): "met" | "unchanged" | "failed" {
  const match = headers["if-match"];
  if (match === undefined) {
    if (isModifiedSince(content, headers["if-unmodified-since"]) === true) return "failed";
  } else if (!isStronglyNamed(match, content)) return "failed";

  const noneMatch = headers["if-none-match"];
  if (noneMatch === undefined) {
    return isModifiedSince(content, headers["if-modified-since"]) === false ? "unchanged" : "met";
  }
  return isNamed(noneMatch, content) ? "unchanged" : "met";
}

/**
 * Whether a `Range` counts: always without `If-Range`, and otherwise only if that names the current content, by a
 * strong tag or by the exact date.
 */
export function isRangeMeant(headers: PreconditionHeaders, content: Validators): boolean {
  const condition = headers["if-range"];
  if (condition === undefined) return true;
  return condition.includes('"') ? isStronglyNamed(condition, content) : condition === content.lastModified;
}

/** The strong comparison: a tag that is weak on either side names nothing. */
function isStronglyNamed(tags: string, { etag }: Validators): boolean {
  if (tags.trim() === "*") return true;
  return [...tags.matchAll(entityTag)].some(([tag, weak]) => weak === undefined && tag === etag);
}

/** The weak comparison. */
function isNamed(tags: string, { etag }: Validators): boolean {
  if (tags.trim() === "*") return true;
  return [...tags.matchAll(entityTag)].some(([, , opaque]) => opaque === etag?.replace(/^W\//, ""));
}

/** `undefined` if one of the dates is missing or cannot be read. */
function isModifiedSince({ lastModified }: Validators, since: string | undefined): boolean | undefined {
  const modifiedAtMs = readDate(lastModified);
  const sinceMs = readDate(since);
  return modifiedAtMs === undefined || sinceMs === undefined ? undefined : modifiedAtMs > sinceMs;
}

function readDate(text: string | undefined): number | undefined {
  const ms = text !== undefined && httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
