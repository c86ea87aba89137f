/**
 * Reads a Content-Type header (RFC 9110, section 8.3) as leniently as old
 * clients need: what cannot be read in it counts as not said.
 */

import { charsetNamed } from "./charset.ts";

export type MediaType = {
  /** `type/subtype` in lower case; empty when nothing is said. */
  readonly type: string;
  /** The encoding that the parameter `charset` names, if it is a known one. */
  readonly charset: string | undefined;
};

const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)'|([^\s;"',]+))/i;

/** See the head of this file. Never throws. */
export function readMediaType(contentType: string | undefined): MediaType {
  if (contentType === undefined) return { type: "", charset: undefined };
  const semicolon = contentType.indexOf(";");
  if (semicolon === -1) return { type: contentType.trim().toLowerCase(), charset: undefined };
  const [, quoted, singleQuoted, plain] = CHARSET.exec(contentType) ?? [];
  const label = quoted ?? singleQuoted ?? plain;
  return {
    type: contentType.slice(0, semicolon).trim().toLowerCase(),
    charset: label === undefined ? undefined : charsetNamed(label),
  };
}
