import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { basic, exchange, newAddress } from "../support/exchange.ts";
import { nokkis } from "../support/nokkis.ts";
import { openConnection, type RawAnswer, sendRaw } from "../support/raw-connection.ts";
import { databaseEnvironment, logLines, residentBytes, startServer, untilLogged } from "../support/server-process.ts";

const memoryGrowthMaxBytes = 150 * 1024 * 1024;

const { environment } = await databaseEnvironment({ after });
const server = await startServer({ after }, environment, ["demo"]);
const { url } = server;

const words: Record<number, string> = {
  0: "Not defined",
  3: "Invalid xml input",
  11: "Invalid apikey",
  24: "Event not found",
  40: "Barcode not found",
  50: "Start before end",
};

function assertError({ status, text, headers }: RawAnswer, id: number): void {
  assert.equal(text, nokkis(`<error id="${id}">${words[id]}</error>`));
  assert.equal(headers.get("content-type"), "text/xml; charset=utf-8");
  assert.ok(headers.get("x-request-id"), "the request is named");
  if (id !== 0) assert.equal(status, 200);
}

/** A request with this body, its length and these header lines. */
function request(line: string, body: string | Uint8Array = "", ...lines: readonly string[]): Buffer {
  const bytes = typeof body === "string" ? Buffer.from(body) : Buffer.from(body);
  const head = [`${line} HTTP/1.1`, "Host: localhost", `Content-Length: ${bytes.length}`, ...lines, "", ""];
  return Buffer.concat([Buffer.from(head.join("\r\n"), "latin1"), bytes]);
}

describe("a number that is none, or too large for anything, is answered with error 3", { concurrency: true }, () => {
  const numbers = ["1e3", "-1", "0x10", "1.5", "NaN", "9".repeat(400), "", "١٢", "1 000", "999999999999999999"];
  for (const element of ["startdate", "enddate", "max_tickets"]) {
    for (const number of numbers) {
      test(`${element} ${number.slice(0, 30)}`, async () => {
        const fields = { startdate: "1", enddate: "2", max_tickets: "3", [element]: number };
        const lines = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
        const body = `<nokkis><event><name>Numbers</name>${lines.join("")}</event></nokkis>`;
        assertError(await sendRaw(url, request("POST /nokkis", body)), 3);
      });
    }
  }
});

describe("a path that names nothing is answered with the error of its command", { concurrency: true }, () => {
  const paths: readonly (readonly [path: string, id: number])[] = [
    ["/nokkis/%00", 24],
    ["/nokkis/2%00", 24],
    ["/nokkis/2%2Fbarcode", 24],
    ["/nokkis/%2e%2e", 24],
    ["/nokkis/..", 24],
    ["/nokkis/-1", 24],
    ["/nokkis/2e0", 24],
    ["/nokkis/0x2", 24],
    [`/nokkis/${"9".repeat(400)}`, 24],
    ["/nokkis/9007199254740993", 24],
    ["/nokkis/2'--", 24],
    ["/nokkis/2/LOG/../../1", 0],
    ["/nokkis/../../../etc/passwd", 0],
    ["/nokkis/2/%2F", 0],
    ["/nokkis/2/barcode/%00", 40],
    ["/nokkis/2/barcode/412158754%00", 40],
    ["/nokkis/2/barcode/..%2f..%2fetc%2fpasswd", 40],
    ["/nokkis/2/barcode/%E2%80%8B412158754", 40],
    [`/nokkis/2/barcode/${"9".repeat(4_000)}`, 40],
    ["/nokkis/2/BARCODE/LIST/%00", 50],
    ["/nokkis/2/BARCODE/LIST/1,%00", 50],
    [`/nokkis/2/BARCODE/LIST/${"9".repeat(400)}`, 50],
    ["/nokkis/2/BARCODE/LOG/1,1,1", 50],
    ["/nokkis/2/BARCODE/LOG?since=99999999999999999999999999", 50],
    ["/nokkis/CLIENT/%00", 11],
    ["/nokkis/CLIENT/%2e%2e%2f%2e%2e", 11],
    [`/nokkis/CLIENT/${"k".repeat(4_000)}`, 11],
    // What is no path at all.
    ["/nokkis/%zz", 3],
    ["/nokkis/%", 3],
    ["/nokkis/%FF", 3],
    ["/nokkis/2/barcode/%C0%AF", 3],
    [`/nokkis/${"1".repeat(9_000)}`, 3],
  ];
  for (const [path, id] of paths) {
    test(path.slice(0, 60), async () => {
      const answer = await sendRaw(url, request(`GET ${path}`));
      assertError(answer, id);
      if (id === 0) assert.equal(answer.status, 404);
    });
  }
});

describe("a header that makes no sense is never the server's error", { concurrency: true }, () => {
  const headers: readonly (readonly [line: string, id: number | undefined])[] = [
    ["Authorization: Basic", 11],
    ["Authorization: Basic %%%", 11],
    [`Authorization: Basic ${Buffer.from("a\0b:c").toString("base64")}`, 11],
    [`Authorization: Bearer ${"t".repeat(8_000)}`, 11],
    ["Authorization: \xff\xfe", 11],
    ["X-Apikey: \xe9", 11],
    ["Cookie: a=b; a=b; =;;;", undefined],
    ["Accept-Encoding: gzip;q=nan, *;q=2, ,,", undefined],
    ["Range: bytes=0-0,-1,5-2", undefined],
    ['If-None-Match: "', undefined],
    ["Expect: 200-ok", undefined],
    ["Connection: Upgrade\r\nUpgrade: websocket", undefined],
    ["X-Forwarded-For: ', drop table action", undefined],
    ["X-Request-Id: <script>", undefined],
  ];
  for (const [line, id] of headers) {
    test(line.slice(0, 60), async () => {
      const answer = await sendRaw(url, request("GET /nokkis/2/barcode/83475629310710", "", line));
      if (id !== undefined) return assertError(answer, id);
      assert.equal(answer.status, 200);
      assert.match(answer.text, /<barcode key="83475629310710">/);
      assert.match(answer.headers.get("x-request-id") ?? "", /^[\w-]+$/);
    });
  }

  test("an idempotency key that cannot be one is error 3", async () => {
    for (const key of ["with blanks", "k".repeat(256), "\xe9"]) {
      const answer = await sendRaw(url, request("PUT /nokkis/2/barcode/412158754", "", `Idempotency-Key: ${key}`));
      assertError(answer, 3);
    }
  });
});

describe("any media type is taken", { concurrency: true }, () => {
  const types = [
    "text/xml",
    "application/xml; charset=utf-8",
    "application/x-www-form-urlencoded",
    "application/json",
    "application/octet-stream",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    ";;;",
    "",
    "/",
    "nokkis",
    "text/xml; charset=nonsense; ;",
    `text/${"x".repeat(4_000)}`,
    "\xff",
  ];
  for (const type of types) {
    test(type.slice(0, 40) || "an empty one", async () => {
      const body = request("POST /nokkis/2/BARCODE", "<nokkis> </nokkis>", `Content-Type: ${type}`);
      const answer = await sendRaw(url, body);
      assert.equal(answer.status, 200);
      assert.match(answer.text, /^<barcode key="\d{18}" \/>$/m);
    });
  }

  test("none at all", async () => {
    const answer = await sendRaw(url, request("POST /nokkis/2/BARCODE", "<nokkis> </nokkis>"));
    assert.match(answer.text, /^<barcode key="\d{18}" \/>$/m);
  });
});

describe("a method that a path does not define is answered with 405 and what it does define", () => {
  for (const method of ["OPTIONS", "PATCH", "TRACE", "PROPFIND", "SEARCH", "QUERY", "FOO", "get", "Put", "GET2"]) {
    test(method, async () => {
      const answer = await sendRaw(url, request(`${method} /nokkis/2/barcode/412158754`, "<nokkis/>"));
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.get("allow"), "GET, HEAD, PUT, DELETE");
      assertError(answer, 0);
    });
  }

  test("HEAD where there is no GET, without a body", async () => {
    const answer = await fetch(`${url}/shop/api/ezpert/CreateLicense.action`, { method: "HEAD" });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get("allow"), "POST");
    assert.equal(await answer.text(), "");
  });
});

describe("what is hardly HTTP is answered with error 3, and the connection closed", () => {
  const line = "PUT /nokkis/2/barcode/412158754";
  const pieces: Record<string, string> = {
    "two lengths": `${line} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    "a length that is no number": `${line} HTTP/1.1\r\nHost: a\r\nContent-Length: two\r\n\r\nab`,
    "a negative length": `${line} HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n`,
    "a length and chunks": `${line} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "no host": `${line} HTTP/1.1\r\nContent-Length: 0\r\n\r\n`,
    "a NUL in the path": "GET /nokkis/\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a blank in the path": "GET /nokkis/1 2 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a version that does not exist": "GET /nokkis/1 HTTP/2.7\r\nHost: a\r\n\r\n",
    "a header without a name": "GET /nokkis/1 HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
    "a NUL in a header": "GET /nokkis/1 HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "headers that are too long": `GET /nokkis/1 HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
    "a path that is too long": `GET /nokkis/${"1".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    "a chunk without a size": `${line} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    "a chunk of an endless size": `${line} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"f".repeat(40)}\r\n`,
  };
  for (const [name, piece] of Object.entries(pieces)) {
    test(name, async () => {
      const connection = await openConnection(url);
      connection.send(piece);
      const answer = await connection.answer();
      assertError(answer, 3);
      assert.equal(answer.headers.get("connection"), "close");
      connection.socket.end();
      await connection.closed;
    });
  }

  test("a body that ends before its length", async () => {
    const connection = await openConnection(url);
    connection.send(`${line} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n<nokkis/>`);
    connection.socket.end();
    assertError(await connection.answer(), 3);
    await connection.closed;
  });

  test("what is not even that, and meant for no dialect, gets the status 400", async () => {
    const handshake = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    for (const piece of [handshake, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\0\0\0\0\n\n"]) {
      const answer = await sendRaw(url, piece);
      assert.equal(answer.status, 400);
      assert.equal(answer.text, '{"error":{"message":"The request cannot be read."}}');
    }
  });
});

describe("HTTP as old and odd clients speak it", () => {
  test("a request of HTTP/1.0 without a host is answered, and the connection closed", async () => {
    const connection = await openConnection(url);
    connection.send("GET /nokkis/1 HTTP/1.0\r\n\r\n");
    const { status, text } = await connection.answer();
    assert.equal(status, 200);
    assert.match(text, /<name>Ropecon 2009<\/name>/);
    await connection.closed;
  });

  test("requests that are sent at once are answered in their order", async () => {
    const connection = await openConnection(url);
    const ids = Array.from({ length: 50 }, (_, index) => (index % 3) + 1);
    connection.send(Buffer.concat(ids.map((id) => request(`GET /nokkis/${id}`))));
    for (const id of ids) assert.match((await connection.answer()).text, new RegExp(`<event id="${id}">`));
    connection.destroy();
  });

  test("of requests that are sent at once those before a broken one are answered, and nothing else is", async () => {
    const connection = await openConnection(url);
    connection.send(
      Buffer.concat([request("GET /nokkis/1"), request("GET /nokkis/2"), Buffer.from("GARBAGE\r\n\r\n")]),
    );
    assert.match((await connection.answer()).text, /<event id="1">/);
    assert.match((await connection.answer()).text, /<event id="2">/);
    await connection.closed;
    await assert.rejects(connection.answer(), /closed after ""/);
  });

  test("a client that closes its side after the request still gets the answer", async () => {
    const connection = await openConnection(url);
    connection.send(request("GET /nokkis/1"));
    connection.socket.end();
    assert.match((await connection.answer()).text, /<event id="1">/);
    await connection.closed;
  });

  test("a client that expects 100-continue is told to go on", async () => {
    const connection = await openConnection(url);
    connection.send("POST /nokkis/2/BARCODE HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
    assert.equal((await connection.answer()).status, 100);
    connection.send("<nokkis/>");
    assert.match((await connection.answer()).text, /<barcode key=/);
    connection.destroy();
  });

  test("a body in pieces of a byte is one body", async () => {
    const connection = await openConnection(url);
    connection.socket.setNoDelay(true);
    connection.send("POST /nokkis/2/BARCODE HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const character of "<nokkis></nokkis>") connection.send(`1\r\n${character}\r\n`);
    connection.send("0\r\n\r\n");
    assert.match((await connection.answer()).text, /<barcode key=/);
    connection.destroy();
  });

  test("a request line with the whole address is one like any other", async () => {
    assert.match((await sendRaw(url, request(`GET ${url}/nokkis/1`))).text, /<event id="1">/);
  });
});

describe("a body that is too large", () => {
  const mebibyte = Buffer.alloc(1024 * 1024, "a");

  test("of 100 MB with its length is answered with error 3, and the answer can be read", async () => {
    const answer = await exchange(url, "PUT /nokkis/2/barcode/412158754", { body: Buffer.alloc(100 * 1024 * 1024) });
    assertError(
      { ...answer, headers: new Map(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])) },
      3,
    );
    assert.equal(answer.headers.connection, "close");
  });

  test("of 100 MB in chunks is answered with error 3 while it is sent, and the connection closed", async () => {
    const connection = await openConnection(url);
    connection.send("POST /nokkis HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let sent = 0; sent < 100; sent++) {
      connection.send("100000\r\n");
      connection.send(mebibyte);
      connection.send("\r\n");
      if (connection.socket.writableNeedDrain) {
        await Promise.race([new Promise((resolve) => connection.socket.once("drain", resolve)), connection.closed]);
      }
    }
    connection.send("0\r\n\r\n");
    assertError(await connection.answer(), 3);
    await connection.closed;
  });

  test("that never ends does not keep its connection for long", async () => {
    const connection = await openConnection(url);
    connection.send("POST /nokkis HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    const timer = setInterval(() => connection.send(`8000\r\n${"a".repeat(0x8000)}\r\n`), 10);
    try {
      assertError(await connection.answer(), 3);
      await connection.closed;
    } finally {
      clearInterval(timer);
      connection.destroy();
    }
  });

  test("begins one byte above the limit", async () => {
    const frame = "<nokkis></nokkis>";
    const body = frame.replace("><", `>${" ".repeat(64 * 1024 - frame.length)}<`);
    assert.match((await sendRaw(url, request("POST /nokkis/2/BARCODE", body))).text, /<barcode key=/);
    assertError(await sendRaw(url, request("POST /nokkis/2/BARCODE", `${body} `)), 3);
  });
});

test("paths of nobody have errors of their own, and their bodies are not read", async () => {
  const answer = await exchange(url, "POST /elsewhere", { body: Buffer.alloc(1024 * 1024) });
  assert.equal(answer.status, 404);
  assert.equal(answer.text, '{"error":{"message":"There is nothing at this path."}}');
  assert.equal((await exchange(url, "GET /nokkisx")).text, answer.text);
});

test("after all this the server works, has grown little under a gigabyte of bodies, and has logged no bug", async () => {
  const before = residentBytes(server.pid);
  const body = Buffer.alloc(20 * 1024 * 1024, "a");
  for (let round = 0; round < 10; round++) {
    await Promise.all(Array.from({ length: 5 }, () => exchange(url, "PUT /nokkis/2/barcode/1", { body })));
  }
  const grown = residentBytes(server.pid) - before;
  assert.ok(grown < memoryGrowthMaxBytes, `it holds ${grown} bytes more`);
  const used = await exchange(url, "PUT /nokkis/2/barcode/412158754", {
    headers: basic("owner", "counterfoil"),
    // Wrong attempts of the tests above count against the address that they came from.
    from: newAddress(),
  });
  const { text, headers } = used;
  assert.match(text, /<status>1<\/status>\n<valid>0<\/valid>/);
  await untilLogged(server, ({ requestId }) => requestId === headers["x-request-id"]);
  assert.deepEqual(
    // One of the headers above comes through a proxy, as it says.
    logLines(server).filter(({ level, msg }) => Number(level) >= 40 && !/^a proxy is not trusted/.test(String(msg))),
    [],
  );
});
