import type { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import { placeOf } from "../access/place.ts";
import { socketAddress } from "./address.ts";
import type { ConnectionLimits, TimeLimits } from "./limits.ts";

/** A request and its answer, from the request's headers to the end of the answer. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The open connections of a server, and what is under way on each. */
export interface Connections {
  /** Notes that a request has come; it counts until its answer is out or its connection is closed, which `onEnd` hears. */
  begin(exchange: Exchange, onEnd: () => void): void;
  /** The newest request of this connection, while its answer is not out. */
  underWay(socket: Socket): Exchange | undefined;
  /**
   * Refuses new connections and lets go of those that are open. A request that is here gets its answer, and so does a
   * next one that comes within `farewellMs` of the last answer: the client may have sent it already. After `stopMs` what
   * is left is broken off. Resolves when no connection is left.
   */
  dismiss(limits: Pick<TimeLimits, "farewellMs" | "stopMs">): Promise<void>;
}

const dismissEveryMs = 10;

/** What a connection is doing: the newest request whose answer is not out, and when something last happened. */
interface State {
  exchange: Exchange | undefined;
  movedAtMs: number;
  /** Where its client is; `undefined` for a proxy. */
  readonly place: string | undefined;
}

/**
 * Watches the connections of a server, and sees to it that nobody takes all of them: an address (of IPv6, a network of 64
 * bits) that has too many loses the oldest on which nothing is under way, or is refused a new one if all are at work; and when
 * most of all are taken, the idlest of all is closed for each new one. Proxies have as many as they like.
 */
export function watchConnections(
  server: Server,
  { connectionsMax, crowdedFrom, perAddressMax }: ConnectionLimits,
  isProxy: (address: string) => boolean,
): Connections {
  const open = new Map<Socket, State>();
  /** Those on which nothing is under way, in the order in which that began. */
  const idle = new Set<Socket>();
  const byPlace = new Map<string, Set<Socket>>();

  server.maxConnections = connectionsMax;
  server.on("connection", (socket) => {
    const address = socketAddress(socket);
    const place = isProxy(address) ? undefined : placeOf(address).name;
    const others = place === undefined ? undefined : (byPlace.get(place) ?? new Set<Socket>());
    if (others !== undefined && others.size >= perAddressMax) {
      const idlest = firstIdle(others);
      if (idlest === undefined) return void socket.destroy();
      close(idlest);
    }
    if (open.size >= crowdedFrom) {
      const [idlest] = idle;
      if (idlest !== undefined) close(idlest);
    }
    open.set(socket, { exchange: undefined, movedAtMs: performance.now(), place });
    idle.add(socket);
    if (place !== undefined && others !== undefined) byPlace.set(place, others.add(socket));
    socket.once("close", () => forget(socket));
  });

  /** Those of one place stand in the order in which they were opened, which is nearly that of their idleness. */
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
    const place = open.get(socket)?.place;
    open.delete(socket);
    idle.delete(socket);
    if (place === undefined) return;
    const others = byPlace.get(place);
    others?.delete(socket);
    if (others?.size === 0) byPlace.delete(place);
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
