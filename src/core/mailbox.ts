/** An e-mail address, and the name that is shown with it. */
export interface Mailbox {
  /** Empty for none. */
  readonly name: string;
  readonly address: string;
}

/** RFC 5321, section 4.5.3.1: a path has 256 octets, two of them its brackets. RFC 6531 counts octets of UTF-8. */
const mailAddressBytesMax = 254;
const localPartBytesMax = 64;

const localPartShape = /^[^\s@<>()[\]\\,;:"\p{C}]+$/u;
const domainLabel = "(?!-)[\\p{L}\\p{M}\\p{N}_-]{1,63}(?<!-)";
const domainShape = new RegExp(`^${domainLabel}(?:\\.${domainLabel})*$`, "u");

/**
 * Whether this is exactly one address that mail can be sent to, as `name@domain`. Quoted local parts, address literals,
 * control characters, invisible characters, and text that could be read as a second address or header are refused. The
 * mailer sends to no other addresses, so code that promises a mail asks here first.
 */
export function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  const localPart = text.slice(0, at);
  if (at < 1 || Buffer.byteLength(text) > mailAddressBytesMax || Buffer.byteLength(localPart) > localPartBytesMax)
    return false;
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
