import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { DialectResponse } from "../dialects/dialect.ts";
import { acceptsGzip, gzipBytes } from "../wire/encoding.ts";
import { isByteSource, readPart, selectPart } from "./byte-source.ts";
import { packedFromBytes, pieceBytes, streamHeadLength } from "./limits.ts";

/** An answer whose beginning is made. Of a source, its body is the part that is sent. */
export interface BegunResponse extends Omit<DialectResponse, "body"> {
  readonly body: string | Uint8Array | AsyncIterable<string> | Pieces | undefined;
}

/** Content that is read piece by piece into one buffer. */
interface Pieces {
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** Makes the beginning of an answer, or all of a short one. Rejects if that fails; an error can still be sent then. */
export async function begin(request: FastifyRequest, response: DialectResponse): Promise<BegunResponse> {
  const { body, isLive = false } = response;
  if (isByteSource(body)) {
    const { status, headers, range } = selectPart(request, response, body.bytes);
    const part = range && (await readFirst(readPart(body, range, Buffer.allocUnsafeSlow(pieceBytes))));
    return { status, headers, body: part, compressible: false };
  }
  return { ...response, body: isStream(body) && !isLive ? await readHead(body) : body };
}

/**
 * Sends an answer, packed if the dialect allows it and the client accepts it. If a stream fails in the middle, the
 * connection is broken off, so that half an answer never looks whole, and `onBreak` gets the error. If nothing was sent
 * yet, the framework's error handler answers instead.
 */
export async function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body, compressible, hidesLength = false }: BegunResponse,
  onBreak: (error: Error) => void,
): Promise<void> {
  reply.code(status).headers(headers);
  if (body === undefined) return void reply.send();
  if (typeof body === "object" && "pieces" in body) return sendPieces(request, reply, body, onBreak);
  if (compressible !== false && compressible !== "unasked") reply.header("vary", "accept-encoding");
  const packed =
    compressible === "unasked" || (compressible !== false && acceptsGzip(request.headers["accept-encoding"]));

  if (isStream(body)) {
    if (packed) reply.header("content-encoding", "gzip");
    if (request.method === "HEAD") {
      await body[Symbol.asyncIterator]().return?.();
      return void reply.send();
    }
    const stream = Readable.from(body, { objectMode: false });
    stream.on("error", (error) => {
      if (reply.raw.headersSent) onBreak(error);
    });
    if (!packed) return void reply.send(stream);
    const gzip = createGzip({ level: 1 });
    stream.on("error", (error) => gzip.destroy(error));
    gzip.on("close", () => stream.destroy());
    return void reply.send(stream.pipe(gzip));
  }
  const bytes = toBuffer(body);
  if (packed && (compressible !== true || bytes.length >= packedFromBytes)) {
    const small = await gzipBytes(bytes);
    return void reply.header("content-encoding", "gzip").send(small);
  }
  reply.send(hidesLength && request.method !== "HEAD" ? Readable.from([bytes]) : bytes);
}

/**
 * Sends pieces that share a buffer: each is written before the next one is read, so a download takes one buffer. The
 * framework's streams would take a new buffer for each piece, faster than the garbage collector frees them.
 */
async function sendPieces(
  request: FastifyRequest,
  reply: FastifyReply,
  { pieces }: Pieces,
  onBreak: (error: Error) => void,
): Promise<void> {
  const answer = reply.raw;
  let wake = () => {};
  answer.once("close", () => wake());
  answer.statusCode = reply.statusCode;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) answer.setHeader(name, value);
  }
  reply.hijack();
  request.sentBytes = 0;
  try {
    for await (const piece of pieces) {
      if (answer.destroyed) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        answer.write(piece, () => resolve());
      });
      if (!answer.destroyed) request.sentBytes += piece.byteLength;
    }
    if (!answer.destroyed) answer.end();
  } catch (error) {
    answer.destroy();
    onBreak(error instanceof Error ? error : new Error("something that is no error was thrown"));
  }
}

/**
 * Sends a short answer to a request whose body was not read, and closes the connection afterwards. A client may send
 * its whole body before it reads the answer, and closing earlier would destroy the answer on its way. So the rest of
 * the body is discarded, for `lingerMs` at most.
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

/** Discards the rest of a body, until the client has sent all of it or is gone, or `waitMs` are over. */
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

/** All bytes of a body; a source is closed then. */
export async function bytesOf(body: DialectResponse["body"]): Promise<Buffer> {
  if (isByteSource(body)) {
    try {
      return Buffer.concat(await Array.fromAsync(readPart(body, { start: 0, end: body.bytes })));
    } finally {
      await body.close();
    }
  }
  if (isStream(body)) return Buffer.from((await Array.fromAsync(body)).join(""), "utf8");
  return toBuffer(body);
}

/** A buffer is sent as it is; to a text the framework would add a content type. */
function toBuffer(body: string | Uint8Array): Buffer {
  if (typeof body === "string") return Buffer.from(body, "utf8");
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

function isStream<Body>(body: Body): body is Extract<Body, AsyncIterable<unknown>> {
  return typeof body === "object" && body !== null && Symbol.asyncIterator in body;
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
  return resume(head, iterator);
}

/** A stream whose first piece has been read. */
async function readFirst(body: AsyncIterable<Uint8Array>): Promise<Pieces | undefined> {
  const iterator = body[Symbol.asyncIterator]();
  const { done, value } = await iterator.next();
  return done === true ? undefined : { pieces: resume(value, iterator) };
}

/** The first piece, then the rest. Unlike with a generator, ending it early ends the rest even before it began. */
function resume<Piece>(first: Piece, rest: AsyncIterator<Piece>): AsyncIterable<Piece> {
  let isFirst = true;
  const iterator: AsyncIterator<Piece> = {
    async next() {
      if (!isFirst) return rest.next();
      isFirst = false;
      return { done: false, value: first };
    },
    async return() {
      await rest.return?.();
      return { done: true, value: undefined };
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
