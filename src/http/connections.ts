import type { Server } from "node:http";
import { Server as NetServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TimeLimits } from "./limits.ts";

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
}

export function watchConnections(server: Server): Connections {
  const open = new Map<Socket, State>();

  server.on("connection", (socket) => {
    open.set(socket, { exchange: undefined, movedAtMs: performance.now() });
    socket.once("close", () => open.delete(socket));
  });

  return {
    begin(exchange, onEnd) {
      const state = open.get(exchange.request.raw.socket);
      if (state !== undefined) state.exchange = exchange;
      exchange.reply.raw.once("close", () => {
        if (state?.exchange === exchange) {
          state.exchange = undefined;
          state.movedAtMs = performance.now();
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
