/**
 * Reads the text fields of a multipart/form-data body (RFC 7578). Files are
 * passed over: a part with a file name, or of type application/octet-stream.
 *
 * Promise: never throws on any input. Fields come out as text; a part may name
 * its character set, otherwise it is UTF-8. Parts without a name are passed
 * over. Of a name given more than once the last value wins. The result is a
 * Map, so field names such as `__proto__` are names like any other.
 *
 * Every refusal is a `MultipartFault` with one of these kinds:
 * - `size`: more bytes, parts or headers than the limits allow.
 * - `encoding`: a name or value that is not in its character set; also one
 *   that holds U+FFFD itself, which cannot be told from it.
 * - `nul`: a NUL in a name or value.
 * - `malformed`: no boundary in the content type, or a body that does not end
 *   with it.
 */

import { Busboy } from "@fastify/busboy";

export type MultipartFaultKind = "size" | "encoding" | "nul" | "malformed";

export type MultipartFault = { readonly fault: MultipartFaultKind; readonly message: string };

export type MultipartLimits = {
  /** Fields and files together. */
  readonly partsMax: number;
  readonly bytesMax: number;
  /** Headers of one part. */
  readonly headersMax: number;
};

export const MULTIPART_LIMITS: MultipartLimits = { partsMax: 1000, bytesMax: 1024 * 1024, headersMax: 20 };

/** Tells a fault from fields. */
export function isMultipartFault(result: ReadonlyMap<string, string> | MultipartFault): result is MultipartFault {
  return "fault" in result;
}

/** The fields of a body; `contentType` is the request's header, which names the boundary. */
export function readMultipart(
  bytes: Uint8Array,
  contentType: string,
  limits?: Partial<MultipartLimits>,
): Promise<ReadonlyMap<string, string> | MultipartFault> {
  const { partsMax, bytesMax, headersMax } = { ...MULTIPART_LIMITS, ...limits };
  if (bytes.byteLength > bytesMax) {
    const message = `${bytes.byteLength} bytes are more than the ${bytesMax} allowed`;
    return Promise.resolve({ fault: "size", message });
  }
  return new Promise((resolve) => {
    const refuse = (fault: MultipartFaultKind, message: string) => resolve({ fault, message });
    // The library throws on what it cannot start with, and tells what it finds later as an event.
    const malformed = () => refuse("malformed", "the body is not a multipart form");
    try {
      const parser = new Busboy({
        headers: { "content-type": contentType },
        limits: { parts: partsMax, headerPairs: headersMax, fieldSize: bytesMax },
      });
      const fields = new Map<string, string>();
      parser.on("field", (name: string | undefined, value: string) => {
        if (name === undefined) return;
        const text = name + value;
        if (text.includes("\ufffd")) refuse("encoding", "a field is not in its character set");
        if (text.includes("\0")) refuse("nul", "a field holds a NUL");
        fields.set(name, value);
      });
      parser.on("partsLimit", () => refuse("size", `there are more than the ${partsMax} parts allowed`));
      parser.on("error", malformed);
      parser.on("finish", () => resolve(fields));
      parser.end(bytes);
    } catch {
      malformed();
    }
  });
}
