import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { inNetworks } from "../access/networks.ts";

/** The sender of a request, and how it addressed the server, as far as the proxies in between are trusted. */
export interface Sender {
  /** Network address; empty for a connection that is closed already. */
  readonly address: string;
  /** The host and perhaps a port, as they were sent; empty without a `Host` header. */
  readonly host: string;
  /** The scheme, as it was sent. */
  readonly protocol: string;
}

/**
 * Makes the function that finds the sender of a request. `trustedProxies` are addresses and networks like `10.0.0.0/8`.
 * Their `X-Forwarded-For`, `-Host` and `-Proto` are believed, each entry only if the proxy that wrote it is trusted. So
 * the client is the last address in the list that is no trusted proxy, or the first address if all are trusted. The
 * other two headers may be lists as well. Each proxy appends its entry, and the entry about the client counts.
 */
export function senders(trustedProxies: readonly string[]): (request: IncomingMessage) => Sender {
  const isTrusted = inNetworks(trustedProxies);

  return ({ headers, socket }) => {
    let address = socketAddress(socket);
    const sent = { address, host: headers.host ?? "", protocol: "encrypted" in socket ? "https" : "http" };
    if (trustedProxies.length === 0 || !isTrusted(address)) return sent;
    const chain = entriesOf(headers["x-forwarded-for"]);
    let hops = 0;
    while (hops < chain.length && isTrusted(address)) {
      const previous = readAddress(chain.at(-1 - hops) ?? "");
      if (previous === undefined) break;
      address = previous;
      hops++;
    }
    const entry = (name: string) => {
      const entries = entriesOf(headers[name]);
      return entries[Math.max(0, entries.length - Math.max(1, hops))] ?? "";
    };
    return {
      address,
      host: entry("x-forwarded-host") || sent.host,
      protocol: entry("x-forwarded-proto") || sent.protocol,
    };
  };
}

/** Empty for a connection that is closed already. */
export function socketAddress(socket: Socket): string {
  return withoutPrefix(socket.remoteAddress ?? "");
}

/** The host without its port: organizations are found by it. */
export function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, "");
}

function entriesOf(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return [];
  const entries = header.toString().split(",");
  return entries.map((entry) => entry.trim());
}

/**
 * Reads an address as proxies write it: `203.0.113.5`, the same with a port, `2001:db8::1`, `[2001:db8::1]:443`, or any
 * of these in quotes. `undefined` for other texts, such as `unknown`.
 */
function readAddress(entry: string): string | undefined {
  const text = entry.replace(/^"(.*)"$/, "$1");
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = withoutPrefix(bracketed ?? dotted ?? text).replace(/%.*$/, "");
  return isIP(address) === 0 ? undefined : address;
}

/** Removes the prefix that an IPv4 address has on an IPv6 socket. */
function withoutPrefix(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
