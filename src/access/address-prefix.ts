import { isIPv4 } from "node:net";

/** From where a caller calls, as far as guesses and connections are counted. */
export interface AddressPrefix {
  /** An IPv4 address, or of an IPv6 address the first 64 bits: whoever has one of those has all that begin like it. */
  readonly name: string;
  /** Of an IPv6 address the first 48 bits, which a provider gives to one customer; none of an IPv4 address. */
  readonly network: string | undefined;
}

/** Longer text is no address; it is cut, so that nothing that is counted by prefix grows with what a caller sends. */
const addressLengthMax = 64;
const groups = 8;

/** The prefix of a network address. Text that is no address is a prefix of its own, and so is the empty text. */
export function addressPrefixOf(address: string): AddressPrefix {
  if (!address.includes(":")) return { name: address.slice(0, addressLengthMax), network: undefined };
  const text = address.slice(0, addressLengthMax).toLowerCase().replace(/%.*$/, "");
  const mapped = text.replace(/^::ffff:/, "");
  if (isIPv4(mapped)) return { name: mapped, network: undefined };
  const [head = "", tail] = text.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, groups - first.length - last.length);
  const all = [...first, ...Array<string>(zeros).fill("0"), ...last].map((group) => group.replace(/^0+(?=.)/, ""));
  return { name: `${all.slice(0, 4).join(":")}::/64`, network: `${all.slice(0, 3).join(":")}::/48` };
}
