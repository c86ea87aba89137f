import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { DialectResponse } from "../dialects/dialect.ts";
import type { Connections, Exchange } from "./connections.ts";
import { bytesOf } from "./send.ts";

/** The error of the HTTP parser about input that it cannot read; `rawPacket` is the piece at which it failed. */
export interface BrokenInput extends Error {
  readonly code?: string | undefined;
  readonly rawPacket?: unknown;
}

interface BrokenInputOptions {
  readonly connections: Connections;
  readonly lingerMs: number;
  /** Answers a request whose body breaks off or takes too long. */
  answer(exchange: Exchange): void;
  /**
   * Makes the answer to input that did not become a request, and logs it. `url` stands in its first line, if readable.
   */
  refuse(input: BrokenInput, socket: Socket, url: string | undefined): DialectResponse;
}

/**
 * Makes the function that answers input which the HTTP parser cannot read, with an error of the dialect that owns the
 * path. A client that sent several requests at once still gets the answers to the readable ones.
 */
export function answerBrokenInput(options: BrokenInputOptions): (input: BrokenInput, socket: Socket) => void {
  const { connections, lingerMs, answer, refuse } = options;
  // The parser reports the error again with every further piece.
  const refused = new WeakSet<Socket>();

  return (input, socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    // The last answer is on its way; the connection ends with it.
    if (!socket.writable) return;
    const exchange = connections.underWay(socket);
    if (exchange === undefined) {
      refuseInput(input, socket).catch((error) => socket.destroy(error));
      return;
    }
    const { request, reply } = exchange;
    if (request.raw.complete || reply.sent || reply.raw.headersSent) {
      reply.raw.once("finish", () => socket.destroySoon());
    } else answer(exchange);
  };

  async function refuseInput(input: BrokenInput, socket: Socket): Promise<void> {
    const { status, headers, body } = refuse(input, socket, readUrl(input.rawPacket));
    const bytes = await bytesOf(body);
    const fields = { ...headers, date: new Date().toUTCString(), "content-length": bytes.length, connection: "close" };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n`;
    socket.end(Buffer.concat([Buffer.from(head, "latin1"), bytes]));
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(timer));
  }
}

/** The URL in the first line of the input, however broken the rest is; `undefined` without a method and a path. */
export function readUrl(input: unknown): string | undefined {
  const text = Buffer.isBuffer(input) ? input.toString("latin1") : "";
  return /^[^\s/]+ (\/[^\s]*)/.exec(text)?.[1];
}
