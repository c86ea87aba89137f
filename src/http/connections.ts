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

/** The open connections of a server, and what is under way on each. */
export interface Connections {
  /**
   * Notes that a request has come; it counts until its answer is out or its connection is closed, which `onEnd` hears.
   */
  begin(exchange: Exchange, onEnd: () => void): void;
  /** The newest request of this connection, while its answer is not out. */
  underWay(socket: Socket): Exchange | undefined;
  /**
   * Refuses new connections and lets go of those that are open. A request that is here gets its answer, and so does a
   * next one that comes within `farewellMs` of the last answer: the client may have sent it already. After `stopMs`
   * what is left is broken off. Resolves when no connection is left.
   */
  dismiss(limits: Pick<TimeLimits, "farewellMs" | "stopMs">): Promise<void>;
}

const dismissEveryMs = 10;

/** What a connection is doing: the newest request whose answer is not out, and when something last happened. */
interface State {
  exchange: Exchange | undefined;
  movedAtMs: number;
  /** Where its client is: the name of its address prefix; `undefined` for a proxy. */
  readonly prefix: string | undefined;
}

/**
 * Watches the connections of a server, and sees to it that nobody takes all of them. An address prefix (an IPv4
 * address, or 64 bits of an IPv6 address) that has too many loses the oldest on which nothing is under way, or is
 * refused a new one if all are at work. When most of all are taken, the idlest of all is closed for each new one.
 * Proxies have as many as they like.
 */
export function watchConnections(
  server: Server,
  { connectionsMax, crowdedFrom, perPrefixMax }: ConnectionLimits,
  isProxy: (address: string) => boolean,
): Connections {
  const open = new Map<Socket, State>();
  /** Those on which nothing is under way, in the order in which that began. */
  const idle = new Set<Socket>();
  const byPrefix = new Map<string, Set<Socket>>();

  server.maxConnections = connectionsMax;
  server.on("connection", (socket) => {
    const address = socketAddress(socket);
    const prefix = isProxy(address) ? undefined : addressPrefixOf(address).name;
    const others = prefix === undefined ? undefined : (byPrefix.get(prefix) ?? new Set<Socket>());
    if (others !== undefined && others.size >= perPrefixMax) {
      const idlest = firstIdle(others);
      if (idlest === undefined) return void socket.destroy();
      close(idlest);
    }
    if (open.size >= crowdedFrom) {
      const [idlest] = idle;
      if (idlest !== undefined) close(idlest);
    }
    open.set(socket, { exchange: undefined, movedAtMs: performance.now(), prefix });
    idle.add(socket);
    if (prefix !== undefined && others !== undefined) byPrefix.set(prefix, others.add(socket));
    socket.once("close", () => forget(socket));
  });

  /** Those of one prefix stand in the order in which they were opened, which is nearly that of their idleness. */
  function firstIdle(sockets: ReadonlySet<Socket>): Socket | undefined {
    for (const socket of sockets) if (idle.has(socket)) return socket;
    return undefined;
  }

  /** It counts no longer, though the system tells of its end only later. */
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
    async dismiss({ farewellMs, stopMs }) {
      // Not the close of an HTTP server, which closes connections at once on which a request may be on its way.
      if (server.listening) NetServer.prototype.close.call(server);
      const endMs = performance.now() + stopMs;
      while (open.size > 0) {
        const nowMs = performance.now();
        for (const [socket, { exchange, movedAtMs }] of open) {
          if (nowMs >= endMs) socket.destroy();
          else if (exchange === undefined && nowMs - movedAtMs >= farewellMs) socket.destroySoon();
        }
        await pause(dismissEveryMs);
      }
    },
  };
}
