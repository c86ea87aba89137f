import assert from "node:assert/strict";
import { after, describe, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { startTestApp } from "../../tests/support/app.ts";
import { exchange } from "../../tests/support/exchange.ts";
import { type Handle, startProbeServer } from "../../tests/support/probe-server.ts";
import { openConnection } from "../../tests/support/raw-connection.ts";
import type { DialectRequest, DialectResponse } from "../dialects/dialect.ts";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";
import type { TimeLimits } from "./limits.ts";

const { app, stop } = await startTestApp(undefined);
after(stop);

const startProbe = (t: Pick<TestContext, "after">, handle: Handle, timeLimits?: Partial<TimeLimits>) =>
  startProbeServer(t, app, handle, timeLimits);

function text(body: DialectResponse["body"], compressible = false): DialectResponse {
  return { status: 200, headers: { "content-type": "text/plain" }, body, compressible };
}

describe("a handler", () => {
  test("is given the bytes, the decoded path, the query as it came, headers and the address", async (t) => {
    let given: DialectRequest | undefined;
    const { url } = await startProbe(t, (request) => {
      given = request;
      return text("fine");
    });
    const body = Buffer.from([0, 255, 128]);
    const headers = { "content-type": "multipart/form-data; boundary=x", "x-twice": "a" };
    assert.equal((await exchange(url, "POST /PROBE/a%2Fb%20c/?q=%zz&r", { body, headers })).text, "fine");
    assert.ok(given !== undefined);
    assert.deepEqual(Buffer.from(given.body), body);
    assert.deepEqual({ ...given.params }, { part: "a/b c" });
    assert.equal(given.query, "q=%zz&r");
    assert.equal(given.header("content-type"), headers["content-type"]);
    assert.equal(given.header("x-twice"), "a");
    assert.equal(given.header("absent"), undefined);
    assert.equal(given.address, "127.0.0.1");
    assert.equal(given.method, "POST");
  });

  test("that breaks is the dialect's fault `broken`, and the log tells where without the words of others", async (t) => {
    const { url, log } = await startProbe(t, () => JSON.parse("x983475629310"));
    assert.equal((await exchange(url, "GET /probe/1")).text, "fault broken");
    const line = log().find(({ level }) => level === 50);
    assert.equal(line?.msg, "a handler broke");
    assert.match(JSON.stringify(line), /"kind":"SyntaxError".*server\.test\.ts/);
    assert.doesNotMatch(JSON.stringify(log()), /983475629310/);
  });

  test("that cannot reach the database is the fault `unavailable`", async (t) => {
    const { url, log } = await startProbe(t, () => {
      throw new StoreUnavailable("connection refused");
    });
    assert.equal((await exchange(url, "GET /probe/1")).text, "fault unavailable");
    assert.equal(log().find(({ level }) => level === 40)?.msg, "the database is away");
  });

  test("that a busy database keeps from being made is the fault `busy`, in the log too", async (t) => {
    const { url, log } = await startProbe(t, () => {
      throw new StoreBusy("too many commands wait for the database");
    });
    const answer = await exchange(url, "GET /probe/1");
    assert.equal(answer.text, "fault busy");
    assert.ok(log().some(({ msg }) => msg === "the database is busy"));
    assert.ok(!log().some(({ msg }) => msg === "the database is away"));
  });

  test("that takes too long is the fault `unavailable`, also in the head of a stream", async (t) => {
    // What never ended would keep the server from closing; this ends with the test.
    const end = Promise.withResolvers<string>();
    t.after(() => end.resolve("too late"));
    async function* slowStream(): AsyncGenerator<string> {
      yield "beginning";
      yield await end.promise;
    }
    const { url } = await startProbe(
      t,
      async ({ params }) => text(params.part === "stream" ? slowStream() : await end.promise),
      { answerMs: 100 },
    );
    assert.equal((await exchange(url, "GET /probe/stream")).text, "fault unavailable");
    assert.equal((await exchange(url, "GET /probe/text")).text, "fault unavailable");
  });
});

describe("a streamed answer", () => {
  test("that fails before anything was sent is a fault", async (t) => {
    async function* failing(): AsyncGenerator<string> {
      yield "beginning";
      throw new StoreUnavailable("away");
    }
    const { url } = await startProbe(t, () => text(failing()));
    assert.equal((await exchange(url, "GET /probe/1")).text, "fault unavailable");
  });

  test("that fails before any of it is out is a fault, without the headers that were meant for it", async (t) => {
    async function* failing(): AsyncGenerator<string> {
      // Longer than the beginning that is made ahead; packed it is so short that it waits for more.
      yield "x".repeat(40_000);
      throw new StoreUnavailable("away");
    }
    const { url, log } = await startProbe(t, () => ({ ...text(failing(), true), headers: { etag: '"1"' } }));
    const answer = await exchange(url, "GET /probe/1", { headers: { "accept-encoding": "gzip" } });
    assert.equal(answer.text, "fault unavailable");
    for (const name of ["etag", "vary", "content-encoding"]) assert.equal(answer.headers[name], undefined, name);
    assert.ok(answer.headers["x-request-id"]);
    assert.deepEqual(
      log().filter(({ level }) => level === 50),
      [],
      "nothing broke off",
    );
  });

  for (const encoding of ["identity", "gzip"]) {
    test(`that fails in the middle breaks the connection off (${encoding})`, async (t) => {
      async function* failing(): AsyncGenerator<string> {
        for (let count = 0; count < 100; count++) yield Array.from({ length: 999 }, () => Math.random()).join();
        throw new StoreUnavailable("away");
      }
      const { url, log } = await startProbe(t, () => text(failing(), true));
      await assert.rejects(exchange(url, "GET /probe/1", { headers: { "accept-encoding": encoding } }), /aborted/);
      assert.equal(log().find(({ level }) => level === 50)?.msg, "an answer broke off in the middle");
      await pause(10);
      assert.equal(log().find(({ msg }) => msg === "request")?.broken, true);
    });
  }

  test("is ended at its source when the client goes away", async (t) => {
    const ended = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          yield "x".repeat(64 * 1024);
          await pause(1);
        }
      } finally {
        ended.resolve();
      }
    }
    const { url, log } = await startProbe(t, () => text(endless(), true));
    for (const headers of ["", "Accept-Encoding: gzip\r\n"]) {
      const connection = await openConnection(url);
      connection.send(`GET /probe/1 HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
      await new Promise((resolve) => connection.socket.once("data", resolve));
      connection.destroy();
      await ended.promise;
    }
    assert.deepEqual(
      log().filter(({ level }) => Number(level) > 30),
      [],
    );
  });

  test("is packed for a client that takes it, and told apart from the other for caches", async (t) => {
    async function* lines(): AsyncGenerator<string> {
      for (let count = 0; count < 5_000; count++) yield `line ${count}\n`;
    }
    const { url } = await startProbe(t, () => text(lines(), true));
    const plain = await exchange(url, "GET /probe/1");
    const packed = await exchange(url, "GET /probe/1", { headers: { "accept-encoding": "gzip" } });
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(packed.body).toString(), plain.text);
    assert.equal(plain.headers.vary, "accept-encoding");
    assert.equal(packed.headers.vary, "accept-encoding");
  });
});

test("a short answer is packed when that is worth it, and never when the dialect says no", async (t) => {
  const { url } = await startProbe(t, ({ params }) =>
    text("a".repeat(Number(params.part?.slice(1))), params.part?.[0] === "c"),
  );
  const encodingOf = async (part: string) =>
    (await exchange(url, `GET /probe/${part}`, { headers: { "accept-encoding": "gzip" } })).headers["content-encoding"];
  assert.equal(await encodingOf("c5000"), "gzip");
  assert.equal(await encodingOf("c100"), undefined);
  assert.equal(await encodingOf("n5000"), undefined);
});

describe("HEAD", () => {
  const head = (url: string, part: string, headers: Record<string, string> = {}) =>
    exchange(url, `HEAD /probe/${part}`, { headers });

  test("is answered like GET, without the body: text, bytes and errors, packed or not", async (t) => {
    const { url } = await startProbe(t, ({ params: { part = "" } }) => {
      if (part === "broken") throw new Error("a bug");
      return { ...text(part === "bytes" ? Buffer.alloc(5_000) : "a".repeat(Number(part)), true), status: 203 };
    });
    for (const part of ["0", "10", "5000", "bytes", "broken"]) {
      for (const encoding of ["identity", "gzip"]) {
        const options = { "accept-encoding": encoding };
        const get = await exchange(url, `GET /probe/${part}`, { headers: options });
        const answer = await head(url, part, options);
        assert.equal(answer.body.length, 0);
        assert.equal(answer.status, get.status);
        const telling = ({ date: _date, "x-request-id": _id, ...others }: typeof get.headers) => others;
        assert.deepEqual(telling(answer.headers), telling(get.headers), part);
        assert.equal(get.headers["content-length"], String(get.body.length));
      }
    }
  });

  test("of a long stream reads its beginning only, and ends it", async (t) => {
    const ended = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield "x".repeat(1_000);
      } finally {
        ended.resolve();
      }
    }
    const { url } = await startProbe(t, () => text(endless(), true));
    const answer = await head(url, "1", { "accept-encoding": "gzip" });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, 0);
    assert.equal(answer.headers["content-encoding"], "gzip");
    assert.equal(answer.headers["content-length"], undefined);
    await ended.promise;
  });
});

describe("a request whose body is broken while its answer is made", () => {
  const head = "GET /probe/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

  test("is a fault when nothing of the answer is out, and the answer is thrown away", async (t) => {
    const made = Promise.withResolvers<void>();
    const { url, log } = await startProbe(t, async () => {
      await made.promise;
      return text("made for nothing", true);
    });
    const connection = await openConnection(url);
    connection.send(head);
    await pause(50);
    connection.send("zz\r\n");
    assert.equal((await connection.answer()).text, "fault request_broken");
    made.resolve();
    connection.socket.end();
    await connection.closed;
    await assert.rejects(connection.answer(), /closed after ""/);
    assert.deepEqual(
      log().filter(({ level }) => Number(level) > 30),
      [],
    );
  });

  test("does not disturb an answer that is on its way", async (t) => {
    const broken = Promise.withResolvers<void>();
    async function* lines(): AsyncGenerator<string> {
      yield "x".repeat(100_000);
      await broken.promise;
      yield "end";
    }
    const { url } = await startProbe(t, () => text(lines()));
    const connection = await openConnection(url);
    connection.send(head);
    await new Promise((resolve) => connection.socket.once("data", resolve));
    connection.send("zz\r\n");
    await pause(100);
    broken.resolve();
    assert.match((await connection.answer()).text, /x{100000}end$/);
    await connection.closed;
  });
});

test("bytes beyond the length of a last request do not cost it its answer", async (t) => {
  const { url } = await startProbe(t, () => text("fine"));
  for (const rest of ["more", "\r\n", "POST"]) {
    const connection = await openConnection(url);
    connection.send(`POST /probe/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n12${rest}`);
    assert.equal((await connection.answer()).text, "fine");
    await connection.closed;
  }
});

describe("time limits", { concurrency: true }, () => {
  const fine: Handle = () => text("fine");

  test("headers that are never finished, and connections that never say anything, are ended", async (t) => {
    const { url } = await startProbe(t, fine, { headersMs: 300, requestMs: 600, checkEveryMs: 50 });
    const silent = await openConnection(url);
    const half = await openConnection(url);
    half.send("GET /probe/1 HTTP/1.1\r\nHo");
    await Promise.all([silent.closed, half.closed]);
  });

  test("a body that is never finished is the fault `request_broken`", async (t) => {
    const { url } = await startProbe(t, fine, { headersMs: 300, requestMs: 600, checkEveryMs: 50, lingerMs: 100 });
    const connection = await openConnection(url);
    connection.send("POST /probe/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    assert.equal((await connection.answer()).text, "fault request_broken");
    await connection.closed;
  });

  test("a connection that waits for its next request is closed after a while", async (t) => {
    const { url } = await startProbe(t, fine, { keepAliveMs: 300 });
    const connection = await openConnection(url);
    connection.send("GET /probe/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal((await connection.answer()).text, "fine");
    await connection.closed;
  });

  test("a refused client may send for a while, and then its connection is closed", async (t) => {
    const { url } = await startProbe(t, fine, { lingerMs: 300 });
    const connection = await openConnection(url);
    connection.send("POST /probe/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n12345");
    assert.equal((await connection.answer()).text, "fault body_too_large");
    const timer = setInterval(() => connection.send("67890"), 20);
    await connection.closed;
    clearInterval(timer);
    connection.destroy();
  });

  test("an answer that nobody takes is broken off when the server stops, and that is no error", async (t) => {
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield "x".repeat(64 * 1024);
    }
    // Longer than the framework would wait by itself.
    const { server, url } = await startProbe(t, () => text(endless()), { stopMs: 11_000 });
    const connection = await openConnection(url);
    connection.send("GET /probe/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    await new Promise((resolve) => connection.socket.once("data", resolve));
    connection.socket.pause();
    await server.close();
    connection.destroy();
  });
});

describe("while the server stops", () => {
  test("a request that is here is answered, and a next one on its connection too, as the last", async (t) => {
    const gate = Promise.withResolvers<void>();
    const { server, url } = await startProbe(
      t,
      async ({ params }) => {
        if (params.part === "slow") await gate.promise;
        return text(String(params.part));
      },
      { drainMs: 2_000 },
    );
    const busy = await openConnection(url);
    const idle = await openConnection(url);
    const send = (connection: typeof busy, part: string) =>
      connection.send(`GET /probe/${part} HTTP/1.1\r\nHost: a\r\n\r\n`);
    send(idle, "first");
    assert.equal((await idle.answer()).text, "first");
    send(busy, "slow");
    await pause(50);
    const closed = server.close();
    await pause(50);
    await assert.rejects(openConnection(url), /ECONNREFUSED/);
    send(idle, "next");
    const last = await idle.answer();
    assert.equal(last.text, "next");
    assert.equal(last.headers.get("connection"), "close");
    await idle.closed;
    gate.resolve();
    assert.equal((await busy.answer()).text, "slow");
    await closed;
  });

  test("a handler whose client has gone is waited for", async (t) => {
    let done = false;
    const { server, url } = await startProbe(t, async () => {
      await pause(500);
      done = true;
      return text("too late");
    });
    const connection = await openConnection(url);
    connection.send("GET /probe/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    await pause(100);
    connection.destroy();
    await pause(50);
    await server.close();
    assert.ok(done);
  });
});

test("/healthz, /readyz and /metrics answer to GET, and the first two to HEAD, as probes ask", async (t) => {
  const { url } = await startProbe(t, () => text("unused"));
  assert.deepEqual(
    await Promise.all(["healthz", "readyz"].map(async (path) => (await exchange(url, `GET /${path}`)).text)),
    ["ok\n", "ok\n"],
  );
  assert.match((await exchange(url, "GET /metrics")).text, /^counterfoil_start_time_seconds \d+/m);
  for (const path of ["healthz", "readyz", "metrics"]) assert.equal((await exchange(url, `PUT /${path}`)).status, 404);
  assert.equal((await fetch(`${url}/healthz`, { method: "HEAD" })).status, 200);
  assert.equal((await fetch(`${url}/readyz`, { method: "HEAD" })).status, 200);
});
