/**
 * Reads a Content-Type header (RFC 9110, section 8.3) as leniently as old clients need: an unreadable parameter is
 * ignored.
 */

import { charsetNamed } from "./charset.ts";

export interface MediaType {
  /** `type/subtype` in lower case; empty when there is none. */
  readonly type: string;
  /** The encoding in the parameter `charset`, if it is known. */
  readonly charset: string | undefined;
}

const charsetParameter = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s;"',]+))/i;

/** See the head of this file. Never throws. */
export function readMediaType(contentType = ""): MediaType {
  const semicolon = contentType.indexOf(";");
  if (semicolon === -1) return { type: contentType.trim().toLowerCase(), charset: undefined };
  const [, quoted, singleQuoted, plain] = charsetParameter.exec(contentType) ?? [];
  const label = quoted ?? singleQuoted ?? plain;
  return {
    type: contentType.slice(0, semicolon).trim().toLowerCase(),
    charset: label === undefined ? undefined : charsetNamed(label),
  };
}
