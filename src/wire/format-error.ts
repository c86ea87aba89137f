/**
 * Why bytes cannot be read as what they claim to be:
 * - `empty`: there is nothing, or nothing but white space.
 * - `encoding`: bytes that are not valid in their character encoding, or an encoding that cannot be right.
 * - `nul`: a NUL in a name or a value.
 * - `size`: more than the limits allow.
 * - `depth`: elements of XML are nested too deeply.
 * - `doctype`: a DOCTYPE in XML.
 * - `not-object`, `not-scalar`: JSON, but not an object at top level; a value that is a list or an object.
 * - `malformed`: anything else.
 */
export type FormatFault =
  | "empty"
  | "encoding"
  | "nul"
  | "size"
  | "depth"
  | "doctype"
  | "not-object"
  | "not-scalar"
  | "malformed";

/** Characters of a message: a name that it quotes can be as long as the input. */
const messageLengthMax = 160;

/**
 * A reader returns this for input that it cannot read. `message` is one short line for a log; it may quote a name out
 * of the input, never a value.
 */
export class FormatError extends Error {
  readonly fault: FormatFault;

  constructor(fault: FormatFault, message: string) {
    super(message.slice(0, messageLengthMax));
    this.fault = fault;
  }
}

/** A `size` error if there are more bytes than allowed. */
export function overSize({ byteLength }: Uint8Array, bytesMax: number): FormatError | undefined {
  if (byteLength <= bytesMax) return undefined;
  return new FormatError("size", `${byteLength} bytes are more than the ${bytesMax} allowed`);
}
