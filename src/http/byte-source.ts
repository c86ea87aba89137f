import type { ByteSource, DialectResponse } from "../dialects/dialect.ts";
import { isRangeMeant, judgePreconditions, type PreconditionHeaders } from "../wire/precondition.ts";
import { type ByteRange, readRange } from "../wire/range.ts";

/** The parts of a request that decide which bytes of a source are sent. */
interface ContentRequest {
  readonly method: string;
  readonly headers: PreconditionHeaders & { readonly range?: string | undefined };
}

/** The answer for a source: its bytes in `range`, or no body at all. */
interface Selection {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly range: ByteRange | undefined;
}

export function isByteSource(body: DialectResponse["body"]): body is ByteSource {
  return typeof body === "object" && "bytes" in body;
}

/**
 * Selects the answer for a source, as RFC 9110 says: the whole (200) or a part (206). There is no body if the client
 * has the source already (304), wants another one (412), or asks for bytes behind its end (416). A response whose
 * status is not 200 is sent whole. HEAD gets the headers of the whole.
 */
export function selectPart(request: ContentRequest, response: DialectResponse, bytes: number): Selection {
  const { status, headers } = response;
  const isHead = request.method === "HEAD";
  const whole: Selection = {
    status,
    headers: { ...headers, "content-length": String(bytes) },
    range: isHead || bytes === 0 ? undefined : { start: 0, end: bytes },
  };
  if (status !== 200) return whole;

  const ranged = { "accept-ranges": "bytes" };
  const content = { etag: headers.etag, lastModified: headers["last-modified"] };
  const condition = judgePreconditions(request.headers, content);
  if (condition === "failed") return { status: 412, headers: ranged, range: undefined };
  if (condition === "unchanged") return { status: 304, headers: { ...headers, ...ranged }, range: undefined };

  const mayBePart = !isHead && isRangeMeant(request.headers, content);
  const range = mayBePart ? readRange(request.headers.range, bytes) : "whole";
  if (range === "whole") return { ...whole, headers: { ...whole.headers, ...ranged } };
  if (range === "unsatisfiable") {
    return { status: 416, headers: { ...ranged, "content-range": `bytes */${bytes}` }, range: undefined };
  }
  const { start, end } = range;
  const part = { "content-length": String(end - start), "content-range": `bytes ${start}-${end - 1}/${bytes}` };
  return { status: 206, headers: { ...headers, ...ranged, ...part }, range };
}

/** The bytes of a part, exactly as many as it has: fails as soon as the source gives more, or ends with fewer. */
export async function* readPart(source: ByteSource, range: ByteRange, buffer?: Uint8Array): AsyncGenerator<Uint8Array> {
  let left = range.end - range.start;
  for await (const piece of source.read(range, buffer)) {
    left -= piece.byteLength;
    if (left < 0) throw new Error("a source of bytes is longer than it said");
    yield piece;
  }
  if (left > 0) throw new Error("a source of bytes is shorter than it said");
}
