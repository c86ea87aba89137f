import assert from "node:assert/strict";
import { get as httpGet, type IncomingMessage } from "node:http";
import { after, describe, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startTestApp } from "../../tests/support/app.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { exchange } from "../../tests/support/exchange.ts";
import { type Handle, startProbeServer } from "../../tests/support/probe-server.ts";
import { openConnection } from "../../tests/support/raw-connection.ts";
import type { ByteSource, DialectResponse } from "../dialects/dialect.ts";
import type { ByteRange } from "../wire/range.ts";
import type { TimeLimits } from "./limits.ts";
import { bytesOf } from "./send.ts";

const { app, stop } = await startTestApp(undefined);
after(stop);

const startProbe = (t: Pick<TestContext, "after">, handle: Handle, timeLimits?: Partial<TimeLimits>) =>
  startProbeServer(t, app, handle, timeLimits);

const mebibyte = 1024 * 1024;
const request = "GET /probe/1 HTTP/1.1\r\nHost: a\r\n\r\n";

/** A source that remembers what was done with it. */
interface Watched extends ByteSource {
  readonly reads: ByteRange[];
  /** How many bytes it has given. */
  given: number;
  closes: number;
  readonly closed: Promise<void>;
}

interface WatchedOptions {
  readonly bytes: number;
  /** The pieces of a range. */
  pieces(range: ByteRange): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  readonly closing?: () => Promise<void>;
}

function watch({ bytes, pieces, closing }: WatchedOptions): Watched {
  const closed = Promise.withResolvers<void>();
  const source: Watched = {
    bytes,
    reads: [],
    given: 0,
    closes: 0,
    closed: closed.promise,
    async *read(range) {
      source.reads.push(range);
      for await (const piece of pieces(range)) {
        source.given += piece.byteLength;
        yield piece;
      }
    },
    async close() {
      source.closes++;
      await closing?.();
      closed.resolve();
    },
  };
  return source;
}

const content = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 31) % 256));

function* piecesOf(bytes: Buffer, pieceBytes = 999): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

const small = (bytes = content) =>
  watch({ bytes: bytes.length, pieces: ({ start, end }) => piecesOf(bytes.subarray(start, end)) });

/** Too large for every buffer on the way. */
const huge = (bytes = 1024 * mebibyte) =>
  watch({
    bytes,
    *pieces({ start, end }) {
      for (let at = start; at < end; at += 64 * 1024) yield Buffer.alloc(Math.min(64 * 1024, end - at), "x");
    },
  });

const lastModified = "Sun, 06 Nov 1994 08:49:37 GMT";
const own = { "content-type": "application/zip", etag: '"one"', "last-modified": lastModified };

const of = (body: ByteSource, more: Partial<DialectResponse> = {}): DialectResponse => ({
  status: 200,
  headers: own,
  body,
  compressible: false,
  ...more,
});

/** A server of sources, each new, the newest last. */
async function startSources(t: TestContext, make: () => Watched, timeLimits?: Partial<TimeLimits>) {
  const sources: Watched[] = [];
  const probe = await startProbe(
    t,
    () => {
      const source = make();
      sources.push(source);
      return of(source);
    },
    timeLimits,
  );
  const newest = () => {
    const source = sources.at(-1);
    assert.ok(source !== undefined);
    return source;
  };
  const warnings = () => probe.log().filter(({ level }) => Number(level) > 30);
  return { ...probe, sources, newest, warnings };
}

function download(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => httpGet(`${url}/probe/1`, { agent: false }, resolve).on("error", reject));
}

describe("a source of bytes", () => {
  test("is sent whole with its length, the dialect's headers, and the offer of parts", async (t) => {
    const { url, newest } = await startSources(t, small);
    const { status, headers, body } = await exchange(url, "GET /probe/1");
    assert.equal(status, 200);
    assert.deepEqual(body, content);
    assert.equal(headers["content-length"], "10000");
    assert.equal(headers["transfer-encoding"], undefined);
    assert.equal(headers["accept-ranges"], "bytes");
    assert.equal(headers["content-range"], undefined);
    for (const [name, value] of Object.entries(own)) assert.equal(headers[name], value);
    await newest().closed;
    assert.deepEqual(newest().reads, [{ start: 0, end: 10_000 }]);
  });

  test("is told by HEAD as by GET, and is not read for that", async (t) => {
    const { url, newest } = await startSources(t, small);
    const { date: _date, "x-request-id": _id, ...expected } = (await exchange(url, "GET /probe/1")).headers;
    for (const headers of [{}, { range: "bytes=0-9" }]) {
      const answer = await exchange(url, "HEAD /probe/1", { headers });
      assert.equal(answer.status, 200);
      assert.equal(answer.body.length, 0);
      const { date: _date, "x-request-id": _id, ...told } = answer.headers;
      assert.deepEqual(told, expected);
      await newest().closed;
      assert.deepEqual(newest().reads, []);
    }
    assert.equal((await exchange(url, "HEAD /probe/1", { headers: { "if-none-match": '"one"' } })).status, 304);
  });

  test("is never packed, whatever the client takes and the dialect says", async (t) => {
    const { url } = await startProbe(t, ({ params: { part = "" } }) =>
      of(small(), { compressible: part === "true" || (part as "any_size" | "unasked") }),
    );
    for (const compressible of ["true", "any_size", "unasked"]) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await exchange(url, `${method} /probe/${compressible}`, {
          headers: { "accept-encoding": "gzip,deflate" },
        });
        if (method === "GET") assert.deepEqual(answer.body, content);
        assert.equal(answer.headers["content-length"], "10000");
        for (const name of ["content-encoding", "vary"]) assert.equal(answer.headers[name], undefined, name);
      }
    }
  });

  test("has its own length, whatever the dialect says, and may be empty", async (t) => {
    const headers = { "Content-Length": "7", "content-length": "8" };
    const { url } = await startProbe(t, ({ params }) =>
      of(small(content.subarray(0, Number(params.part))), { headers }),
    );
    for (const bytes of [0, 1, 10_000]) {
      const answer = await exchange(url, `GET /probe/${bytes}`);
      assert.equal(answer.headers["content-length"], String(bytes));
      assert.deepEqual(answer.body, content.subarray(0, bytes));
      assert.equal((await exchange(url, `HEAD /probe/${bytes}`)).headers["content-length"], String(bytes));
    }
    const answer = await exchange(url, "GET /probe/0", { headers: { range: "bytes=0-" } });
    assert.deepEqual([answer.status, answer.headers["content-length"]], [200, "0"]);
  });

  test("that is no answer to what was asked is sent whole, with its own status", async (t) => {
    const { url } = await startProbe(t, () => of(small(), { status: 404 }));
    const headers = { range: "bytes=0-9", "if-none-match": '"one"' };
    const answer = await exchange(url, "GET /probe/1", { headers });
    assert.equal(answer.status, 404);
    assert.deepEqual(answer.body, content);
    assert.equal(answer.headers["accept-ranges"], undefined);
  });

  test("is sent to a client of HTTP/1.0 with its length, too", async (t) => {
    const { url } = await startSources(t, () => small(Buffer.from("some text")));
    const connection = await openConnection(url);
    connection.send("GET /probe/1 HTTP/1.0\r\n\r\n");
    const answer = await connection.answer();
    assert.equal(answer.headers.get("content-length"), "9");
    assert.equal(answer.text, "some text");
    await connection.closed;
  });

  test("leaves its connection to the next request, be it sent whole, in part or not at all", async (t) => {
    const { url, sources } = await startSources(t, () => small(Buffer.from("some text")));
    const connection = await openConnection(url);
    const told: string[] = [];
    for (const range of ["-", "5-", "9-", "-4"]) {
      connection.send(`GET /probe/1 HTTP/1.1\r\nHost: a\r\nRange: bytes=${range}\r\n\r\n`);
      const { status, text } = await connection.answer();
      told.push(`${status} ${text}`);
    }
    assert.deepEqual(told, ["200 some text", "206 text", "416 ", "206 text"]);
    connection.destroy();
    await Promise.all(sources.map(({ closed }) => closed));
  });
});

test("all bytes of a source that is an answer to a fault are read, and it is closed, also if it fails", async () => {
  const source = small();
  assert.deepEqual(await bytesOf(source), content);
  assert.equal(source.closes, 1);
  const failing = watch({ bytes: 10, pieces: () => [] });
  await assert.rejects(bytesOf(failing), /shorter than it said/);
  assert.equal(failing.closes, 1);
});

describe("a part of a source", () => {
  const part = (start: number, end: number) => ({ status: 206, start, end });
  const whole = { status: 200, start: 0, end: 10_000 };
  const none = { status: 416, start: 0, end: 0 };
  // Which part a range names is for the tests of range.ts.
  const rows: readonly (readonly [range: string, sent: typeof whole])[] = [
    ["bytes=5000-5001", part(5_000, 5_002)],
    ["bytes=9990-", part(9_990, 10_000)],
    ["bytes=-1", part(9_999, 10_000)],
    ["bytes=10000-", none],
    ["bytes=6-5", whole],
    ["bytes=0-0,-1", whole],
  ];
  for (const [range, { status, start, end }] of rows) {
    test(`${range} is answered with ${status}`, async (t) => {
      const { url, newest } = await startSources(t, small);
      const answer = await exchange(url, "GET /probe/1", { headers: { range, "accept-encoding": "gzip" } });
      assert.equal(answer.status, status);
      assert.deepEqual(answer.body, content.subarray(start, end));
      assert.equal(answer.headers["content-length"], String(end - start));
      assert.equal(answer.headers["accept-ranges"], "bytes");
      const told = { 200: undefined, 206: `bytes ${start}-${end - 1}/10000`, 416: "bytes */10000" }[status];
      assert.equal(answer.headers["content-range"], told);
      assert.equal(answer.headers.etag, status === 416 ? undefined : '"one"');
      await newest().closed;
      assert.equal(newest().closes, 1);
      assert.deepEqual(newest().reads, status === 416 ? [] : [{ start, end }], "no more is read than is sent");
    });
  }

  test("is sent only while the content is the one that If-Range names", async (t) => {
    const { url } = await startSources(t, small);
    const statusWith = async (condition: string) =>
      (await exchange(url, "GET /probe/1", { headers: { range: "bytes=0-9", "if-range": condition } })).status;
    assert.equal(await statusWith('"one"'), 206);
    assert.equal(await statusWith(lastModified), 206);
    assert.equal(await statusWith('"two"'), 200);
    assert.equal(await statusWith("Sun, 06 Nov 1994 08:49:36 GMT"), 200);
  });

  test("is not sent to a client that has the content, or wants another", async (t) => {
    const { url, newest } = await startSources(t, small);
    const conditions: readonly (readonly [name: string, value: string, status: number])[] = [
      ["if-none-match", '"one"', 304],
      ["if-none-match", '"two"', 206],
      ["if-modified-since", lastModified, 304],
      ["if-match", '"two"', 412],
      ["if-unmodified-since", "Sun, 06 Nov 1994 08:49:36 GMT", 412],
    ];
    for (const [name, value, status] of conditions) {
      const answer = await exchange(url, "GET /probe/1", { headers: { range: "bytes=0-9", [name]: value } });
      assert.equal(answer.status, status, `${name}: ${value}`);
      assert.deepEqual(answer.body, status === 206 ? content.subarray(0, 10) : Buffer.alloc(0));
      assert.equal(answer.headers["content-length"], { 304: undefined, 206: "10", 412: "0" }[status]);
      assert.equal(answer.headers.etag, status === 412 ? undefined : '"one"');
      await newest().closed;
      assert.equal(newest().reads.length, status === 206 ? 1 : 0);
    }
  });

  test("put together with the others is the whole", async (t) => {
    const { url } = await startSources(t, small);
    const parts: Buffer[] = [];
    for (let at = 0; at < content.length; at += 1_234) {
      const { body } = await exchange(url, "GET /probe/1", { headers: { range: `bytes=${at}-${at + 1_233}` } });
      parts.push(body);
    }
    assert.deepEqual(Buffer.concat(parts), content);
  });
});

describe("a source that fails", () => {
  test("before it gave anything is a fault, without the headers of a file", async (t) => {
    const { url, newest, warnings } = await startSources(t, () =>
      watch({
        bytes: 10,
        // biome-ignore lint/correctness/useYield: it fails before.
        async *pieces() {
          throw new Error("the disk is gone");
        },
      }),
    );
    for (const headers of [{}, { range: "bytes=0-4" }]) {
      const answer = await exchange(url, "GET /probe/1", { headers });
      assert.equal(answer.text, "fault broken");
      assert.equal(answer.headers["content-length"], "12");
      for (const name of ["etag", "accept-ranges", "content-range"])
        assert.equal(answer.headers[name], undefined, name);
      await newest().closed;
      assert.equal(newest().closes, 1);
    }
    assert.deepEqual(
      warnings().map(({ msg }) => msg),
      ["a handler broke", "a handler broke"],
    );
  });

  const failing: Readonly<Record<string, () => Watched>> = {
    "in the middle": () =>
      watch({
        bytes: 100 * mebibyte,
        async *pieces() {
          for (let count = 0; count < 100; count++) yield Buffer.alloc(64 * 1024);
          throw new Error("the disk is gone");
        },
      }),
    "by ending early": () =>
      watch({
        bytes: 10 * mebibyte,
        *pieces() {
          for (let count = 0; count < 9; count++) yield Buffer.alloc(mebibyte);
        },
      }),
  };
  for (const [how, make] of Object.entries(failing)) {
    test(`${how} breaks the connection off, is told and is closed`, async (t) => {
      const { url, newest, log, warnings } = await startSources(t, make);
      await assert.rejects(exchange(url, "GET /probe/1"), /aborted/);
      await newest().closed;
      assert.equal(newest().closes, 1);
      assert.deepEqual(
        warnings().map(({ msg }) => msg),
        ["an answer broke off in the middle"],
      );
      const line = await eventually("the request's line", () => log().find(({ msg }) => msg === "request"));
      assert.equal(line.broken, true);
    });
  }

  test("by giving more than its length never sends more", async (t) => {
    const { url, newest, warnings } = await startSources(t, () =>
      watch({
        bytes: 2 * mebibyte,
        *pieces() {
          for (let count = 0; count < 3; count++) yield Buffer.alloc(mebibyte, count);
        },
      }),
    );
    const connection = await openConnection(url);
    const chunks: Buffer[] = [];
    connection.socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    connection.send(request);
    await connection.closed;
    await newest().closed;
    const received = Buffer.concat(chunks);
    const body = received.subarray(received.indexOf("\r\n\r\n") + 4);
    assert.ok(body.length <= 2 * mebibyte);
    assert.ok(!body.includes(2));
    assert.deepEqual(
      warnings().map(({ msg }) => msg),
      ["an answer broke off in the middle"],
    );
  });

  test("to close is told, and keeps nothing from stopping", async (t) => {
    const { server, url, warnings } = await startSources(t, () =>
      watch({
        bytes: content.length,
        pieces: () => piecesOf(content),
        closing: () => Promise.reject(new Error("it is stuck")),
      }),
    );
    assert.deepEqual((await exchange(url, "GET /probe/1")).body, content);
    await server.close();
    assert.deepEqual(
      warnings().map(({ msg }) => msg),
      ["a source of bytes could not be closed"],
    );
  });
});

describe("a client of a large source", () => {
  test("that goes away ends the reading, and the source is closed once", async (t) => {
    const { url, newest, log, warnings } = await startSources(t, huge);
    const connection = await openConnection(url);
    connection.send(request);
    await new Promise((resolve) => connection.socket.once("data", resolve));
    connection.destroy();
    await newest().closed;
    const line = await eventually("the request's line", () => log().find(({ msg }) => msg === "request"));
    assert.equal(line.broken, true);
    assert.equal(newest().closes, 1);
    const { given } = newest();
    await pause(100);
    assert.equal(newest().given, given);
    assert.deepEqual(warnings(), []);
  });

  test("that breaks off while a read hangs does not keep the source open", async (t) => {
    const hanging = Promise.withResolvers<void>();
    const { url, newest, warnings } = await startSources(t, () =>
      watch({
        bytes: 10,
        async *pieces() {
          yield Buffer.alloc(5);
          await hanging.promise;
          yield Buffer.alloc(5);
        },
        closing: async () => hanging.resolve(),
      }),
    );
    const connection = await openConnection(url);
    connection.send(request);
    await new Promise((resolve) => connection.socket.once("data", resolve));
    connection.socket.resetAndDestroy();
    await newest().closed;
    assert.equal(newest().closes, 1);
    assert.deepEqual(warnings(), []);
  });

  test("that asked for several at once and goes away leaves none open", async (t) => {
    const { url, sources } = await startSources(t, huge);
    const connection = await openConnection(url);
    connection.socket.pause();
    connection.send(request.repeat(3));
    await eventually("three sources", () => sources.length === 3);
    connection.socket.resume();
    await new Promise((resolve) => connection.socket.once("data", resolve));
    connection.socket.resetAndDestroy();
    await Promise.all(sources.map(({ closed }) => closed));
    assert.deepEqual(
      sources.map(({ closes }) => closes),
      [1, 1, 1],
    );
  });

  test("that has gone, was answered, or broke its request before the source is there leaves none open", async (t) => {
    const gate = Promise.withResolvers<void>();
    const sources: Watched[] = [];
    const { url } = await startProbe(
      t,
      async () => {
        await gate.promise;
        const source = small();
        sources.push(source);
        return of(source);
      },
      { answerMs: 500 },
    );
    const gone = await openConnection(url);
    gone.send(request);
    const broken = await openConnection(url);
    broken.send("GET /probe/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    await pause(100);
    gone.destroy();
    broken.send("zz\r\n");
    broken.socket.end();
    assert.equal((await broken.answer()).text, "fault request_broken");
    assert.equal((await exchange(url, "GET /probe/1")).text, "fault unavailable");
    gate.resolve();
    await eventually("the sources", () => sources.length === 3);
    await Promise.all(sources.map(({ closed }) => closed));
  });

  test("that reads slowly gets all of it, however many time limits pass meanwhile", async (t) => {
    const limitMs = 1_500;
    const limits = {
      headersMs: limitMs,
      requestMs: limitMs,
      answerMs: limitMs,
      keepAliveMs: limitMs,
      checkEveryMs: 50,
    };
    const { url } = await startSources(t, () => huge(24 * mebibyte), {
      ...limits,
      idleMs: limitMs,
      downloadIdleMs: limitMs,
    });
    const startedAtMs = performance.now();
    let received = 0;
    for await (const chunk of await download(url)) {
      received += chunk.length;
      await pause(15);
    }
    assert.equal(received, 24 * mebibyte);
    assert.ok(performance.now() - startedAtMs > 2 * limitMs, "it was too fast to show anything");
  });

  test("that reads slowly gets the right bytes of a source whose pieces lie in one buffer", async (t) => {
    const pieces = 200;
    const pieceBytes = 64 * 1024;
    const { url } = await startProbe(t, () => ({
      status: 200,
      headers: {},
      compressible: false,
      body: {
        bytes: pieces * pieceBytes,
        async *read(_range, buffer) {
          assert.ok(buffer !== undefined && buffer.length >= pieceBytes);
          for (let piece = 0; piece < pieces; piece++) yield buffer.fill(piece).subarray(0, pieceBytes);
        },
        close: async () => {},
      },
    }));
    const chunks: Buffer[] = [];
    for await (const chunk of await download(url)) {
      chunks.push(chunk);
      if (chunks.length % 20 === 0) await pause(5);
    }
    const content = Buffer.concat(chunks);
    const wrong = Array.from({ length: pieces }, (_, piece) => piece).filter(
      (piece) => !content.subarray(piece * pieceBytes, (piece + 1) * pieceBytes).every((byte) => byte === piece % 256),
    );
    assert.equal(content.length, pieces * pieceBytes);
    assert.deepEqual(wrong, []);
  });

  test("that stops reading is read for no further, and cut off after a while", async (t) => {
    const { url, sources, newest, warnings } = await startSources(t, huge, { downloadIdleMs: 1_000 });
    const connection = await openConnection(url);
    connection.socket.pause();
    connection.send(request);
    await eventually("the source", () => sources.length === 1);
    await newest().closed;
    assert.ok(newest().given < 64 * mebibyte, `${newest().given} bytes were read`);
    assert.deepEqual(warnings(), []);
    connection.destroy();
  });

  test("may stand still for longer than a connection that waits for nothing", async (t) => {
    const { url, newest } = await startSources(t, huge, { idleMs: 200, downloadIdleMs: 60_000 });
    const connection = await openConnection(url);
    connection.socket.pause();
    connection.send(request);
    await pause(1_500);
    assert.equal(newest().closes, 0);
    connection.destroy();
    await newest().closed;
  });

  test("is cut off when the server stops, and the source is closed before the server is", async (t) => {
    let done = false;
    const { server, url, newest } = await startSources(
      t,
      () =>
        watch({
          bytes: 1024 * mebibyte,
          pieces: () => huge().read({ start: 0, end: 1024 * mebibyte }),
          closing: async () => {
            await pause(300);
            done = true;
          },
        }),
      { stopMs: 300 },
    );
    const connection = await openConnection(url);
    connection.send(request);
    await new Promise((resolve) => connection.socket.once("data", resolve));
    connection.socket.pause();
    await server.close();
    assert.equal(newest().closes, 1);
    assert.ok(done);
    connection.destroy();
  });
});

test("eight large downloads at once cost little more memory than one", async (t) => {
  const memoryGrowthMaxBytes = 80 * mebibyte;
  const { url } = await startSources(t, () => huge(64 * mebibyte));
  const receive = async () => {
    let received = 0;
    for await (const chunk of await download(url)) received += chunk.length;
    assert.equal(received, 64 * mebibyte);
  };
  // What a process takes for the first of them, its client in the same process, is not the question.
  await receive();
  const before = process.memoryUsage().rss;
  let grown = 0;
  const timer = setInterval(() => {
    grown = Math.max(grown, process.memoryUsage().rss - before);
  }, 20);
  await Promise.all(Array.from({ length: 8 }, receive));
  clearInterval(timer);
  assert.ok(grown < memoryGrowthMaxBytes, `it holds ${grown} bytes more`);
});
