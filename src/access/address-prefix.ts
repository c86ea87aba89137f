import { isIPv4 } from "node:net";

/** The network prefix of a caller, for which guesses and connections are counted. */
export interface AddressPrefix {
  /** An IPv4 address, or the first 64 bits of an IPv6 address, since a client with one such address has them all. */
  readonly name: string;
  /** The first 48 bits of an IPv6 address, which a provider gives to one customer. An IPv4 address has no network. */
  readonly network: string | undefined;
}

/** A longer text is not an address. It is cut, so that a caller cannot make the counted names long. */
const addressLengthMax = 64;
const groups = 8;

/** The prefix of a network address. Any other text, even the empty one, is a prefix of its own. */
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
