import type { FastifyReply, FastifyRequest } from "fastify";
import type { ByteSource, DialectResponse } from "../dialects/dialect.ts";
import { isByteSource } from "./byte-source.ts";
import type { TimeLimits } from "./limits.ts";
import type { RequestLog } from "./request-log.ts";
import { type BegunResponse, begin, send, sendUnread } from "./send.ts";
import type { Work } from "./work.ts";

/** Turns the response of a dialect into the answer to a request. */
export interface Answers {
  /**
   * Makes the beginning of the answer. A file is closed when the answer is sent, is broken off, or comes too late.
   * Nothing is sent before this resolves, so a rejection can still be answered with a fault.
   */
  begin(request: FastifyRequest, reply: FastifyReply, response: DialectResponse): Promise<BegunResponse>;
  send(request: FastifyRequest, reply: FastifyReply, response: BegunResponse): Promise<void>;
  /** Answers a request whose body was not read, and closes its connection afterwards. */
  sendUnread(request: FastifyRequest, reply: FastifyReply, response: DialectResponse): Promise<void>;
}

export function createAnswers(
  requestLog: RequestLog,
  work: Work,
  { downloadIdleMs, lingerMs }: Pick<TimeLimits, "downloadIdleMs" | "lingerMs">,
): Answers {
  /** Gives a download its longer idle time, and closes its source at the end. */
  function openDownload(request: FastifyRequest, reply: FastifyReply, source: ByteSource): void {
    work.begin();
    const close = async () => {
      await Promise.try(() => source.close()).catch((error) => requestLog.unclosed(request, error));
      work.end();
    };
    if (reply.raw.closed) return void close();
    reply.raw.once("close", close);
    request.raw.socket.setTimeout(downloadIdleMs);
  }

  return {
    async begin(request, reply, response) {
      if (isByteSource(response.body)) openDownload(request, reply, response.body);
      return begin(request, withNotes(request, response));
    },
    send: (request, reply, response) => send(request, reply, response, (error) => requestLog.brokeOff(request, error)),
    sendUnread: (request, reply, response) => sendUnread(request, reply, withNotes(request, response), lingerMs),
  };
}

const noteLengthMax = 200;

/** Adds the headers that explain the answer to the caller, and notes the same for the log. */
function withNotes(request: FastifyRequest, response: DialectResponse): DialectResponse {
  const { refusal, ignored = [], headers } = response;
  request.refusal = refusal;
  request.ignored = ignored.join(", ").slice(0, noteLengthMax);
  if (refusal?.reason === undefined && ignored.length === 0) return response;
  const notes = {
    ...(refusal?.reason === undefined ? {} : { "x-counterfoil-reason": headerText(refusal.reason) }),
    ...(ignored.length === 0 ? {} : { "x-counterfoil-ignored": headerText(request.ignored) }),
  };
  return { ...response, headers: { ...headers, ...notes } };
}

/** The text, cut and reduced to the characters that a header may hold. */
function headerText(text: string): string {
  return text.slice(0, noteLengthMax).replace(/[^\x20-\x7e]/g, "?");
}
