import { isIP, type Socket } from "node:net";
import type { FastifyRequest } from "fastify";

/**
 * The address of whoever sent this request: the socket's, or what a trusted proxy says in `X-Forwarded-For`, if that is
 * an address at all.
 */
export function callerAddress(request: FastifyRequest): string {
  const told = plain(request.ip);
  return isIP(told) === 0 ? socketAddress(request.raw.socket) : told;
}

/** Empty for a connection that is closed already. */
export function socketAddress(socket: Socket): string {
  return plain(socket.remoteAddress);
}

/** Without the prefix that an IPv4 address has on an IPv6 socket. */
function plain(address: string | undefined): string {
  return (address ?? "").replace(/^::ffff:/i, "");
}
