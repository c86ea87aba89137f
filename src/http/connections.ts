import type { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { addressPrefixOf } from "../access/address-prefix.ts";
import { socketAddress } from "./address.ts";
import type { ConnectionLimits, TimeLimits } from "./limits.ts";

/** A request and its answer, from the request's headers to the end of the answer. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The open connections of a server, and the request under way on each. */
export interface Connections {
  /** Registers a request until its answer is sent or its connection is closed. Then it calls `onEnd`. */
  begin(exchange: Exchange, onEnd: () => void): void;
  /** The newest unanswered request of this connection. */
  underWay(socket: Socket): Exchange | undefined;
  /**
   * Refuses new connections and closes the open ones. A request under way gets its answer, and so does a further one
   * that arrives within `drainMs` of the last answer: the client may have sent it already. After `stopMs` the remaining
   * connections are broken off. Resolves when none is left.
   */
  drain(limits: Pick<TimeLimits, "drainMs" | "stopMs">): Promise<void>;
}

const drainCheckEveryMs = 10;

interface State {
  /** The newest unanswered request. */
  exchange: Exchange | undefined;
  /** The end of the last answer, or the beginning of the connection. */
  movedAtMs: number;
  /** The name of the client's address prefix; `undefined` for a proxy. */
  readonly prefix: string | undefined;
}

/**
 * Watches the connections of a server, and keeps a client from taking all of them. If an address prefix (an IPv4
 * address, or 64 bits of an IPv6 address) has too many, its oldest idle connection is closed for a new one, or the new
 * one is refused if none is idle. When most of all connections are taken, the longest idle one is closed for each new
 * one. Proxies have no limit of their own.
 */
export function watchConnections(
  server: Server,
  { connectionsMax, crowdedFrom, perPrefixMax }: ConnectionLimits,
  isProxy: (address: string) => boolean,
): Connections {
  const open = new Map<Socket, State>();
  /** Connections without a request, in the order in which they became idle. */
  const idle = new Set<Socket>();
  const byPrefix = new Map<string, Set<Socket>>();

  server.maxConnections = connectionsMax;
  server.on("connection", (socket) => {
    const address = socketAddress(socket);
    const prefix = isProxy(address) ? undefined : addressPrefixOf(address).name;
    const others = prefix === undefined ? undefined : (byPrefix.get(prefix) ?? new Set<Socket>());
    if (others !== undefined && others.size >= perPrefixMax) {
      const longestIdle = firstIdle(others);
      if (longestIdle === undefined) return void socket.destroy();
      close(longestIdle);
    }
    if (open.size >= crowdedFrom) {
      const [longestIdle] = idle;
      if (longestIdle !== undefined) close(longestIdle);
    }
    open.set(socket, { exchange: undefined, movedAtMs: performance.now(), prefix });
    idle.add(socket);
    if (prefix !== undefined && others !== undefined) byPrefix.set(prefix, others.add(socket));
    socket.once("close", () => forget(socket));
  });

  /** The sockets of a prefix stand in the order in which they were opened, which is nearly the order of idleness. */
  function firstIdle(sockets: ReadonlySet<Socket>): Socket | undefined {
    for (const socket of sockets) if (idle.has(socket)) return socket;
    return undefined;
  }

  /** The socket no longer counts, though the system reports its end only later. */
  function close(socket: Socket): void {
    forget(socket);
    socket.destroy();
  }

  function forget(socket: Socket): void {
    const prefix = open.get(socket)?.prefix;
    open.delete(socket);
    idle.delete(socket);
    if (prefix === undefined) return;
    const others = byPrefix.get(prefix);
    others?.delete(socket);
    if (others?.size === 0) byPrefix.delete(prefix);
  }

  return {
    begin(exchange, onEnd) {
      const { socket } = exchange.request.raw;
      const state = open.get(socket);
      if (state !== undefined) state.exchange = exchange;
      idle.delete(socket);
      exchange.reply.raw.once("close", () => {
        if (state?.exchange === exchange) {
          state.exchange = undefined;
          state.movedAtMs = performance.now();
          if (open.has(socket)) idle.add(socket);
        }
        onEnd();
      });
    },
    underWay: (socket) => open.get(socket)?.exchange,
    async drain({ drainMs, stopMs }) {
      // An HTTP server's own close would end connections at once, although a request may be on its way.
      if (server.listening) NetServer.prototype.close.call(server);
      const endMs = performance.now() + stopMs;
      while (open.size > 0) {
        const nowMs = performance.now();
        for (const [socket, { exchange, movedAtMs }] of open) {
          if (nowMs >= endMs) socket.destroy();
          else if (exchange === undefined && nowMs - movedAtMs >= drainMs) socket.destroySoon();
        }
        await pause(drainCheckEveryMs);
      }
    },
  };
}
