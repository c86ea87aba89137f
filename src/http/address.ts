import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { inNetworks } from "./networks.ts";

/** Who sent a request and how the server was addressed, as far as those who passed it on are believed. */
export interface Sender {
  /** Network address; empty for a connection that is closed already. */
  readonly address: string;
  /** Host and perhaps port, as they were sent; empty when they were not. */
  readonly host: string;
  /** The scheme, as it was sent. */
  readonly protocol: string;
}

/**
 * Makes the function that finds out who sent a request. `trustedProxies` are addresses and networks like `10.0.0.0/8`:
 * of these `X-Forwarded-For`, `-Host` and `-Proto` are believed, each entry only from one that is trusted itself. So
 * the client is the last address in the list that is no trusted proxy, or the first. Where the other two are lists,
 * each proxy has put its entry at the end, and the one that belongs to the client counts: the first, if all are
 * trusted.
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
      const told = readAddress(chain.at(-1 - hops) ?? "");
      if (told === undefined) break;
      address = told;
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
  return plain(socket.remoteAddress ?? "");
}

/** The host without its port, as organizations are told apart. */
export function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, "");
}

function entriesOf(header: string | readonly string[] | undefined): readonly string[] {
  return header === undefined
    ? []
    : header
        .toString()
        .split(",")
        .map((entry) => entry.trim());
}

/**
 * An address as proxies write it: `203.0.113.5`, with a port behind it, `2001:db8::1`, `[2001:db8::1]:443`, in quotes.
 * `undefined` for anything else, as `unknown`.
 */
function readAddress(entry: string): string | undefined {
  const text = entry.replace(/^"(.*)"$/, "$1");
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = plain(bracketed ?? dotted ?? text).replace(/%.*$/, "");
  return isIP(address) === 0 ? undefined : address;
}

/** Without the prefix that an IPv4 address has on an IPv6 socket. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
