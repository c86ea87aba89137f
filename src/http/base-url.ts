import type { Socket } from "node:net";
import type { Sender } from "./address.ts";

/** A host name or an address, perhaps with a port. No other text is safe inside a link. */
const hostShape = /^(?:[a-z0-9_](?:[a-z0-9_.-]{0,252})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * The URL by which the client addressed the server, without a slash at the end: by its `Host`, or by the
 * `X-Forwarded-Host` and `X-Forwarded-Proto` of a trusted proxy. If that is no host, the address to which the client is
 * connected takes its place.
 */
export function addressedUrl({ host, protocol }: Omit<Sender, "address">, socket: ConnectedSocket): string {
  const scheme = protocol.toLowerCase() === "https" ? "https" : "http";
  return `${scheme}://${hostShape.test(host) ? host : connectedHost(socket)}`;
}

type ConnectedSocket = Pick<Socket, "localAddress" | "localPort">;

function connectedHost({ localAddress = "localhost", localPort }: ConnectedSocket): string {
  const address = localAddress.replace(/^::ffff:/i, "").replace(/%.*$/, "");
  const host = address.includes(":") ? `[${address}]` : address;
  return localPort === undefined ? host : `${host}:${localPort}`;
}
