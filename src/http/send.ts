import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { DialectResponse } from "../dialects/dialect.ts";
import { acceptsGzip, gzipBytes } from "../wire/encoding.ts";
import { packedFromBytes, streamHeadLength } from "./limits.ts";

/**
 * Sends a dialect's answer, packed as the dialect says and the client takes it. Of a streamed answer the head is
 * made first: what fails there rejects, so that it can still be answered with an error; what fails later breaks the
 * connection off, so that nobody takes half an answer for a whole one.
 */
export async function send(request: FastifyRequest, reply: FastifyReply, response: DialectResponse): Promise<void> {
  const body = isStream(response.body) ? await readHead(response.body) : response.body;
  reply.code(response.status).headers(response.headers);
  const { compressible } = response;
  if (compressible !== false && compressible !== "unasked") reply.header("vary", "accept-encoding");
  const packed =
    compressible === "unasked" || (compressible !== false && acceptsGzip(request.headers["accept-encoding"]));

  if (isStream(body)) {
    const stream = Readable.from(body, { objectMode: false });
    if (!packed) return void reply.send(stream);
    const gzip = createGzip({ level: 1 });
    stream.on("error", (error) => gzip.destroy(error));
    gzip.on("close", () => stream.destroy());
    return void reply.header("content-encoding", "gzip").send(stream.pipe(gzip));
  }
  const bytes = typeof body === "string" ? Buffer.from(body, "utf8") : body;
  if (packed && (compressible !== true || bytes.length >= packedFromBytes)) {
    const small = await gzipBytes(bytes);
    return void reply.header("content-encoding", "gzip").send(small);
  }
  // A buffer is sent as it is; with a text the framework would add to the content type.
  reply.send(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
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
