/**
 * Why input is not in its format:
 * - `empty`: there is only white space, or nothing.
 * - `encoding`: the bytes are not valid in their character encoding, or the encoding is impossible.
 * - `nul`: a name or a value contains a NUL.
 * - `size`: the input exceeds a limit.
 * - `depth`: elements of XML, or lists and objects of JSON, are nested too deeply.
 * - `doctype`: XML contains a DOCTYPE.
 * - `repeated`: an object of JSON has a name twice.
 * - `name`: an object of JSON has a name that no object may have.
 * - `not-object`: JSON is not an object at its top level.
 * - `not-scalar`: a value in JSON is a list or an object.
 * - `malformed`: any other fault.
 */
export type FormatFault =
  | "empty"
  | "encoding"
  | "nul"
  | "size"
  | "depth"
  | "doctype"
  | "repeated"
  | "name"
  | "not-object"
  | "not-scalar"
  | "malformed";

/** The length of a message, since a quoted name can be as long as the input. */
const messageLengthMax = 160;

/**
 * A reader returns this for input that it cannot read. `message` is one short line for a log. It may quote a name from
 * the input, never a value.
 */
export class FormatError extends Error {
  readonly fault: FormatFault;

  constructor(fault: FormatFault, message: string) {
    super(message.slice(0, messageLengthMax));
    this.fault = fault;
  }
}

/** A `size` error if there are too many bytes. */
export function overSize({ byteLength }: Uint8Array, bytesMax: number): FormatError | undefined {
  if (byteLength <= bytesMax) return undefined;
  return new FormatError("size", `${byteLength} bytes are more than the ${bytesMax} allowed`);
}
