import type { Server } from "node:http";
import type { Socket } from "node:net";
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
   * Lets go of all connections: requests that are here, or come within `farewellMs` on a connection that is open, are
   * answered; connections without one are closed, and after `stopMs` all. Resolves when the server may stop listening;
   * what is left is closed as soon as it has its answer.
   */
  dismiss(limits: Pick<TimeLimits, "farewellMs" | "stopMs">): Promise<void>;
}

const dismissEveryMs = 20;

export function watchConnections(server: Server): Connections {
  const open = new Set<Socket>();
  const exchanges = new Map<Socket, Exchange>();

  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      exchanges.delete(socket);
    });
  });

  return {
    begin(exchange, onEnd) {
      const { socket } = exchange.request.raw;
      exchanges.set(socket, exchange);
      exchange.reply.raw.once("close", () => {
        if (exchanges.get(socket) === exchange) exchanges.delete(socket);
        onEnd();
      });
    },
    underWay: (socket) => exchanges.get(socket),
    async dismiss({ farewellMs, stopMs }) {
      if (open.size > 0) await pause(farewellMs);
      const endMs = performance.now() + stopMs;
      const timer = setInterval(() => {
        for (const socket of open) {
          if (performance.now() >= endMs) socket.destroy();
          else if (!exchanges.has(socket)) socket.destroySoon();
        }
        if (open.size === 0 && !server.listening) clearInterval(timer);
      }, dismissEveryMs);
    },
  };
}
