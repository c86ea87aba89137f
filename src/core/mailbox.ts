/** An e-mail address, and the name that is shown with it. */
export interface Mailbox {
  /** Empty for none. */
  readonly name: string;
  readonly address: string;
}

/** RFC 5321, 4.5.3.1: a path has 256 characters, two of which are its brackets. */
export const mailAddressLengthMax = 254;
const localPartLengthMax = 64;

const localPartShape = /^[^\s@<>()[\]\\,;:"\p{C}]+$/u;
const domainShape = /^[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*$/u;

/**
 * Whether this is exactly one address that mail can be sent to, as `name@domain`. Quoted local parts, address literals
 * and whatever could be read as a second address or header are none.
 */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const localPart = text.slice(0, at);
  if (at < 1 || text.length > mailAddressLengthMax || localPart.length > localPartLengthMax) return false;
  return localPartShape.test(localPart) && domainShape.test(text.slice(at + 1));
}

const namedShape = /^(?<name>[^<>\p{C}]*)<(?<address>[^<>]*)>$/u;

/** Reads `name@domain` or `Shown Name <name@domain>`; `undefined` for anything else. */
export function parseMailbox(text: string): Mailbox | undefined {
  const trimmed = text.trim();
  const { name = "", address = trimmed } = namedShape.exec(trimmed)?.groups ?? {};
  if (!isMailAddress(address)) return undefined;
  return { name: name.trim().replace(/^"(.*)"$/, "$1"), address };
}
