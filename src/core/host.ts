/** The number of the organization that serves requests whose host belongs to no other organization. */
export const defaultOrganizationId = 1;

/** The longest name that a host can have, in characters (RFC 1035, section 2.3.4). */
const hostLengthMax = 253;
const nameShape = /^[a-z0-9_][a-z0-9_.-]*$/;
const addressShape = /^\[[0-9a-f:.]{2,45}\]$/;

/**
 * The host in the form in which it is stored and looked up: in lower case and without a dot at its end. `undefined` for
 * a text that is neither a host name nor an address: one with a port, for example, or with more than 253 characters.
 */
export function canonicalHost(text: string): string | undefined {
  if (text.length > hostLengthMax + 1) return undefined;
  const host = text.toLowerCase().replace(/\.$/, "");
  if (host.length > hostLengthMax) return undefined;
  return nameShape.test(host) || addressShape.test(host) ? host : undefined;
}
