import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { DialectResponse } from "../dialects/dialect.ts";
import { acceptsGzip, gzipBytes } from "../wire/encoding.ts";
import { packedFromBytes, streamHeadLength } from "./limits.ts";

/**
 * Makes the beginning of a streamed answer, or all of it if it is short: what fails there rejects, so that it can still be
 * answered with an error.
 */
export async function begun(response: DialectResponse): Promise<DialectResponse> {
  return isStream(response.body) ? { ...response, body: await readHead(response.body) } : response;
}

/**
 * Sends a dialect's answer, packed as the dialect says and the client takes it. What fails in the middle of a stream
 * breaks the connection off, so that nobody takes half an answer for a whole one, and is told to `onBreak`.
 */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body, compressible }: DialectResponse,
  onBreak: (error: Error) => void,
): Promise<void> {
  reply.code(status).headers(headers);
  if (compressible !== false && compressible !== "unasked") reply.header("vary", "accept-encoding");
  const packed =
    compressible === "unasked" || (compressible !== false && acceptsGzip(request.headers["accept-encoding"]));

  if (isStream(body)) {
    const stream = Readable.from(body, { objectMode: false }).on("error", onBreak);
    if (!packed) return void reply.send(stream);
    const gzip = createGzip({ level: 1 });
    stream.on("error", (error) => gzip.destroy(error));
    gzip.on("close", () => stream.destroy());
    return void reply.header("content-encoding", "gzip").send(stream.pipe(gzip));
  }
  const bytes = toBuffer(body);
  if (packed && (compressible !== true || bytes.length >= packedFromBytes)) {
    const small = await gzipBytes(bytes);
    return void reply.header("content-encoding", "gzip").send(small);
  }
  reply.send(bytes);
}

/**
 * Sends a short answer to a request whose body was not read, and closes the connection afterwards. The client may not
 * look for the answer before it has sent everything, and closing while it sends would destroy the answer on its way:
 * so what it sends is thrown away, for `lingerMs` at most.
 */
export async function sendUnread(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body }: DialectResponse,
  lingerMs: number,
): Promise<void> {
  const bytes = await bytesOf(body);
  // The framework would end the answer at once.
  reply.hijack();
  const answer = reply.raw;
  answer.writeHead(status, {
    ...headers,
    "x-request-id": request.id,
    "content-length": bytes.length,
    connection: "close",
  });
  answer.write(bytes);
  await untilSent(request.raw, lingerMs);
  answer.end();
}

/** Throws away what the client sends, until it has sent all, is gone, or `waitMs` are over. */
async function untilSent(incoming: IncomingMessage, waitMs: number): Promise<void> {
  const sent = Promise.withResolvers<void>();
  for (const end of ["end", "close"]) incoming.once(end, sent.resolve);
  incoming.socket.once("end", sent.resolve);
  if (incoming.readableEnded || incoming.socket.readableEnded) sent.resolve();
  incoming.resume();
  const timer = setTimeout(sent.resolve, waitMs);
  await sent.promise;
  clearTimeout(timer);
}

/** All bytes of a body. */
export async function bytesOf(body: DialectResponse["body"]): Promise<Buffer> {
  if (isStream(body)) return Buffer.from((await Array.fromAsync(body)).join(""), "utf8");
  return toBuffer(body);
}

/** A buffer is sent as it is; to a text the framework would add a content type. */
function toBuffer(body: string | Uint8Array): Buffer {
  if (typeof body === "string") return Buffer.from(body, "utf8");
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function isStream(body: DialectResponse["body"]): body is AsyncIterable<string> {
  return typeof body === "object" && Symbol.asyncIterator in body;
}

/** The whole answer if it is short; otherwise a stream whose beginning has been made. */
async function readHead(body: AsyncIterable<string>): Promise<string | AsyncIterable<string>> {
  const iterator = body[Symbol.asyncIterator]();
  let head = "";
  while (head.length < streamHeadLength) {
    const { done, value } = await iterator.next();
    if (done === true) return head;
    head += value;
  }
  return rest(head, iterator);
}

async function* rest(head: string, iterator: AsyncIterator<string>): AsyncGenerator<string> {
  try {
    yield head;
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
