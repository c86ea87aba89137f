import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { processorMs } from "../../../tests/support/processor-time.ts";
import { passwordLengthMax } from "../../access/password.ts";
import { customerNameLengthMax } from "../../core/customer.ts";
import { readFingerprint, writeFingerprint } from "../../kinds/chart/fingerprint.ts";
import { bodyBytesMax, isOlder, type OchartsRequest, readRequest, readVersion } from "./decode.ts";
import { ProtocolError } from "./errors.ts";

const query = "fc=module&module=occharts&controller=api";
const key = "00000000000000000000000000000001";

/** The bytes that the client sends for this body: request line, headers and body. */
function clientBytes(body: string): Buffer {
  const head = [
    `POST /shop/index.php?${query} HTTP/1.1`,
    "Host: charts.example.com",
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; WOW64; rv:35.0) Gecko/20100101 Firefox/35.0",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding: identity",
    "Connection: keep-alive",
    "Accept: */*",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Content-Type: application/x-www-form-urlencoded",
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "utf8");
}

/** Takes the query and the body out of a whole request. */
function readClient(body: string): OchartsRequest | ProtocolError {
  const bytes = clientBytes(body);
  const line = bytes.toString("latin1").split("\r\n", 1)[0] ?? "";
  const sentQuery = /^(?:POST|PUT) \S+?\?(\S+) HTTP\/1\.1$/.exec(line)?.[1] ?? "";
  return readRequest({ query: sentQuery, body: bytes.subarray(bytes.indexOf("\r\n\r\n") + 4) });
}

function readBytes(body: Uint8Array): OchartsRequest | ProtocolError {
  return readRequest({ query, body });
}

function read(body: string): OchartsRequest | ProtocolError {
  return readBytes(Buffer.from(body, "utf8"));
}

function assertRefused(result: unknown, expected: string, what?: string): void {
  assert.ok(result instanceof ProtocolError, what);
  assert.equal(result.result, expected, what);
}

const made = writeFingerprint({
  os: "linux",
  uuid: "5bcab7b3-7bd8-3e4a-9c90-b1cad18fe991",
  atMs: 1_495_855_975_000,
});
const fingerprint = readFingerprint(made.name, made.hex);
const common = { usernames: ["skipper@example.com"], version: [3, 3, 13] };
const sentBy = `username=skipper@example.com&key=${key}&version=l.3.3.13`;
const slotFields = "chartid=15&order=GBLAQPDMG&quantityId=1&slot=0";
const slotName = { order: "GBLAQPDMG", chartId: "15", quantityId: 1, slot: 0 };

test("every task is read from the client's bytes, in the client's order of keys", () => {
  assert.ok(!(fingerprint instanceof ProtocolError));
  const bodies: readonly (readonly [string, object])[] = [
    [
      "taskId=login&username=skipper@example.com&password=seadog&version=l.3.3.13",
      { task: "login", ...common, passwords: ["seadog"] },
    ],
    [`taskId=getlist&${sentBy}`, { task: "getlist", ...common, key }],
    [
      `taskId=xfpr&${sentBy}&systemName=mylaptop&xfpr=${made.hex}&xfprName=${made.name}`,
      { task: "xfpr", ...common, key, systemName: "mylaptop", fingerprint },
    ],
    [
      `taskId=assign&${sentBy}&systemName=mylaptop&${slotFields}`,
      { task: "assign", ...common, key, systemName: "mylaptop", slotName },
    ],
    [
      `taskId=request&${sentBy}&assignedSystemName=mylaptop&${slotFields}`,
      { task: "request", ...common, key, systemName: "mylaptop", slotName },
    ],
    [
      `taskId=identifySystem&${sentBy}&xfpr=${made.hex}&xfprName=${made.name}`,
      { task: "identifySystem", ...common, key, fingerprint },
    ],
  ];
  for (const [body, expected] of bodies) {
    assert.deepEqual(readClient(body), expected, body);
    const reversed = body.split("&").reverse().join("&");
    assert.deepEqual(readClient(reversed), expected, reversed);
  }
});

test("the specification's own body is read, and a client that tells neither shop nor version is served", () => {
  const expected = { task: "getlist", usernames: ["skipper@example.com"], version: undefined, key };
  assert.deepEqual(read(`taskId=getlist&username=skipper%40example.com&key=${key}`), expected);
  assert.deepEqual(
    read(`taskId=getlist&username=skipper%40example.com&key=${key}&debug=shop-debug@example.com`),
    expected,
  );
});

test("which API is meant may stand in the query or in the body, and the query counts first", () => {
  const getlist = `taskId=getlist&${sentBy}`;
  const reads = (where: { query: string; body: string }) =>
    readRequest({ query: where.query, body: Buffer.from(where.body) });
  assert.ok(!(reads({ query: "", body: `${query}&${getlist}` }) instanceof ProtocolError));
  assert.ok(
    !(reads({ query: "controller=api", body: `${getlist}&fc=module&module=occharts` }) instanceof ProtocolError),
  );
  assert.ok(!(reads({ query, body: `${getlist}&controller=other` }) instanceof ProtocolError));
  const refused: readonly { query: string; body: string }[] = [
    { query: "", body: getlist },
    { query: query.replace("api", "apioesu"), body: getlist },
    { query: query.replace("api", "apioesu"), body: `${query}&${getlist}` },
    { query: query.replace("occharts", "charts"), body: getlist },
    { query: query.replace("fc=module", "fc=page"), body: getlist },
    { query: "fc=module&module=occharts", body: getlist },
    { query: `${query}%ff`, body: getlist },
  ];
  for (const where of refused) assertRefused(reads(where), "9:615:Operation not supported", where.query);
});

test("of a parameter that comes several times the first counts", () => {
  const twice = read(`taskId=getlist&${sentBy}&taskId=login&username=other@example.com&key=${key.replace("1", "2")}`);
  assert.deepEqual(twice, { task: "getlist", ...common, key });
  assertRefused(read(`taskId=&taskId=getlist&${sentBy}`), "3a");
  const login = read("taskId=login&username=skipper@example.com&password=a&password=b");
  assert.ok(!(login instanceof ProtocolError) && login.task === "login");
  assert.deepEqual(login.passwords, ["a"]);
});

test("parameters that are not known are passed over, whatever they hold", () => {
  const result = read(`__proto__=1&taskId=getlist&x=%00&${sentBy}&y=%ff&z&&=1&toString=2`);
  assert.deepEqual(result, { task: "getlist", ...common, key });
});

test("a username is meant as it was decoded, or with a plus sign for every blank", () => {
  const usernames: readonly (readonly [string, readonly string[]])[] = [
    ["skipper@example.com", ["skipper@example.com"]],
    ["skipper%40example.com", ["skipper@example.com"]],
    ["sea+dog@example.com", ["sea dog@example.com", "sea+dog@example.com"]],
    ["sea%2Bdog@example.com", ["sea+dog@example.com"]],
    ["sjöbär@example.com", ["sjöbär@example.com"]],
    ["100%@example.com", ["100%@example.com"]],
    ["50%zz@example.com", ["50%zz@example.com"]],
    ["o'hara=x@example.com", ["o'hara=x@example.com"]],
  ];
  for (const [sent, expected] of usernames) {
    const result = read(`taskId=getlist&username=${sent}&key=${key}`);
    assert.ok(!(result instanceof ProtocolError), sent);
    assert.deepEqual(result.usernames, expected, sent);
  }
});

function passwordsOf(body: Uint8Array | string): readonly string[] {
  const result = readBytes(Buffer.from(body));
  assert.ok(!(result instanceof ProtocolError) && result.task === "login", String(body));
  return result.passwords;
}

test("a password that was escaped or not is among what it may mean, the escaped one first", () => {
  const login = "taskId=login&username=skipper@example.com&password=";
  const passwords: readonly (readonly [string, readonly string[]])[] = [
    ["seadog", ["seadog"]],
    ["sea%20dog%2B%25", ["sea dog+%", "sea%20dog%2B%25"]],
    ["s%C3%A9a", ["séa", "s%C3%A9a"]],
    ["séa", ["séa"]],
    ["sea+dog", ["sea dog", "sea+dog"]],
    ["100%", ["100%"]],
    ["100%25", ["100%", "100%25"]],
    ["caf%E9", ["caf%E9"]],
    ["sea&dog=1", ["sea", "sea&dog=1"]],
    ["a+%&b", ["a %", "a+%", "a+%&b"]],
    ["&sea", ["&sea"]],
    [" ", [" "]],
  ];
  for (const [sent, expected] of passwords) {
    for (const rest of ["", "&version=l.3.3.13", "&debug=shop-debug@example.com&version=l.3.3.13"]) {
      assert.deepEqual(passwordsOf(`${login}${sent}${rest}`), expected, sent + rest);
    }
  }
});

test("whatever a password is, the client's way to send it gives it first, and the old way gives it too", () => {
  const escaped = (text: string) =>
    Array.from(Buffer.from(text, "utf8"), (byte) =>
      /[A-Za-z0-9]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    ).join("");
  const password = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 });
  const special = fc.string({ unit: fc.constantFrom(..."%+&=a4 é"), minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(password, special), (text) => {
      const start = "taskId=login&username=skipper@example.com&password=";
      const [first] = passwordsOf(`${start}${escaped(text)}&version=l.3.3.13`);
      return first === text && passwordsOf(`${start}${text}&version=l.3.3.13`).includes(text);
    }),
  );
});

test("a password that is longer than any, or no text, is invalid", () => {
  const login = "taskId=login&username=skipper@example.com&password=";
  assert.deepEqual(passwordsOf(login + "x".repeat(passwordLengthMax)), ["x".repeat(passwordLengthMax)]);
  assertRefused(read(login + "x".repeat(passwordLengthMax + 1)), "3g");
  assertRefused(readBytes(Buffer.from(`${login}\xff`, "latin1")), "3g");
  assertRefused(read(`${login}\0`), "3g");
});

test("a task that is absent, not a word, or unknown is refused before anything else", () => {
  for (const body of ["", "taskId=", "taskid=getlist", "TaskId=getlist", "taskId", "username=x"]) {
    assertRefused(read(body), "3a", body);
  }
  for (const task of [
    "get list",
    " getlist",
    "getlist%0A",
    "1",
    "getlist;",
    "g%C3%A9tlist",
    "%ff",
    "%00",
    "a".repeat(33),
  ]) {
    assertRefused(read(`taskId=${task}`), "3b", task);
  }
  for (const task of ["getList", "logout", "toString", "constructor", "a"]) {
    assertRefused(read(`taskId=${task}`), "3c", task);
  }
});

test("what a task needs is asked for in the order of the codes, before any form is", () => {
  const wrong = "username=%00&password=%ff&key=x";
  const cases: readonly (readonly [string, string])[] = [
    ["taskId=login", "3d"],
    ["taskId=login&username=&unknown=1&password=", "3d"],
    ["taskId=login&username=%00", "3f"],
    ["taskId=login&username=%00&password=", "3f"],
    ["taskId=getlist&key=x", "3d"],
    ["taskId=getlist&username=%00", "3h"],
    ["taskId=getlist&username=%00&key=&unknown=1", "3h"],
    [`taskId=xfpr&${wrong}`, "3j"],
    [`taskId=xfpr&${wrong}&systemName=&xfpr=x&xfprName=x`, "3j"],
    [`taskId=xfpr&${wrong}&systemName=X&xfpr=x`, "3l"],
    [`taskId=xfpr&${wrong}&systemName=X`, "3l"],
    [`taskId=xfpr&${wrong}&systemName=X&xfprName=x`, "3q"],
    [`taskId=assign&${wrong}&assignedSystemName=X&${slotFields}`, "3j"],
    [`taskId=request&${wrong}&systemName=X&${slotFields}`, "3j"],
    [`taskId=request&${wrong}&assignedSystemName=&${slotFields}`, "3j"],
    [`taskId=identifySystem&${wrong}&xfpr=x`, "3l"],
    [`taskId=identifySystem&${wrong}&xfprName=x`, "3q"],
  ];
  for (const [body, code] of cases) assertRefused(read(body), code, body);
  const wrongData = new ProtocolError("wrongData").result;
  for (const field of slotFields.split("&")) {
    for (const left of [slotFields.replace(field, ""), slotFields.replace(field, `${field.split("=", 1)[0]}=`)]) {
      assertRefused(read(`taskId=assign&${wrong}&systemName=X&${left}`), wrongData, left);
    }
  }
});

test("forms are asked for in the order of the codes: username, key, system, fingerprint or chart", () => {
  const [user, code, system] = ["username=skipper@example.com", `key=${key}`, "systemName=mylaptop"];
  const cases: readonly (readonly [string, string])[] = [
    [`taskId=xfpr&username=%00&key=x&systemName=X&xfprName=x&xfpr=x`, "3e"],
    [`taskId=xfpr&${user}&key=x&systemName=X&xfprName=x&xfpr=x`, "3i"],
    [`taskId=xfpr&${user}&${code}&systemName=X&xfprName=x&xfpr=x`, "3k"],
    [`taskId=xfpr&${user}&${code}&${system}&xfprName=x&xfpr=x`, "3m"],
    [`taskId=xfpr&${user}&${code}&${system}&xfprName=x.fpr&xfpr=x`, "3n"],
    [`taskId=xfpr&${user}&${code}&${system}&xfprName=oc03X_1495855975.fpr&xfpr=x`, "3o"],
    [`taskId=identifySystem&${user}&${code}&xfprName=oc00R_1495855975.fpr&xfpr=x`, "3p"],
    [
      `taskId=identifySystem&${user}&${code}&xfprName=oc03R_1495855975.fpr&xfpr=x`,
      "9:611:Error Processing file. Invalid fingerprint.",
    ],
    [`taskId=assign&${user}&${code}&systemName=X&chartid=-&order=-&quantityId=-&slot=-`, "3k"],
    [`taskId=login&username=%00&password=%00`, "3e"],
  ];
  for (const [body, expected] of cases) assertRefused(read(body), expected, body);
});

test("a username is text of a name's length without control characters", () => {
  const readName = (name: string) => read(`taskId=getlist&username=${name}&key=${key}`);
  assert.ok(!(readName("x".repeat(customerNameLengthMax)) instanceof ProtocolError));
  for (const name of ["x".repeat(customerNameLengthMax + 1), " ", "+", "a%0Ab", "a%7F", "%00", "%ff", "\x9f"]) {
    assertRefused(readName(name), "3e", name);
  }
  assertRefused(readBytes(Buffer.from(`taskId=getlist&username=caf\xe9&key=${key}`, "latin1")), "3e");
});

test("a key has 32 hexadecimal digits, in either case", () => {
  const readKey = (text: string) => read(`taskId=getlist&username=skipper@example.com&key=${text}`);
  const upper = readKey("0123456789ABCDEF0123456789abcdef");
  assert.ok(!(upper instanceof ProtocolError) && upper.task === "getlist");
  assert.equal(upper.key, "0123456789abcdef0123456789abcdef");
  for (const text of [key.slice(1), `${key}0`, key.replace("1", "g"), ` ${key}`, `${key}%0A`, "%ff"]) {
    assertRefused(readKey(text), "3i", text);
  }
});

test("a system is called by 3 to 15 letters and digits, or by the serial of a dongle", () => {
  const readName = (name: string) => read(`taskId=assign&${sentBy}&systemName=${name}&${slotFields}`);
  for (const name of ["abc", "123", "my123456789abcd", "MyLaptop", "sgl0001A2B3", "sgl0001a2b3", "sgl0001A2B30"]) {
    const result = readName(name);
    assert.ok(!(result instanceof ProtocolError) && result.task === "assign");
    assert.equal(result.systemName, name);
  }
  for (const name of [
    "ab",
    "my123456789abcde",
    "SGL0001A2B3",
    "my laptop",
    "my-laptop",
    "sgl0001A2Bf",
    "börje",
    "abc%0A",
  ]) {
    assertRefused(readName(name), "3k", name);
  }
});

test("orders and charts are letters and digits, a quantity a positive number, a slot one digit", () => {
  const fields = { chartid: "15", order: "GBLAQPDMG", quantityId: "1", slot: "0" };
  const readSlot = (changed: Partial<typeof fields>) =>
    read(`taskId=assign&${sentBy}&systemName=mylaptop&${new URLSearchParams({ ...fields, ...changed })}`);
  const longest = { chartid: "c".repeat(32), order: "o".repeat(32), quantityId: "999999999", slot: "9" };
  const result = readSlot(longest);
  assert.ok(!(result instanceof ProtocolError) && result.task === "assign");
  assert.deepEqual(result.slotName, {
    order: longest.order,
    chartId: longest.chartid,
    quantityId: 999_999_999,
    slot: 9,
  });
  const wrong: readonly Partial<typeof fields>[] = [
    ...["1-5", "c".repeat(33), "é", " 15"].flatMap((text) => [{ chartid: text }, { order: text }]),
    ...["0", "01", "-1", "1.5", "1e3", "1000000000", "x", " 1"].map((quantityId) => ({ quantityId })),
    ...["10", "-1", "x", "²", " 0"].map((slot) => ({ slot })),
  ];
  const expected = new ProtocolError("wrongData").result;
  for (const changed of wrong) assertRefused(readSlot(changed), expected, JSON.stringify(changed));
});

test("a version is three numbers, with or without the letter of an operating system", () => {
  assert.deepEqual(readVersion("3.3.13"), [3, 3, 13]);
  assert.deepEqual(readVersion("l.3.3.13"), [3, 3, 13]);
  for (const text of [
    "",
    "3.3",
    "3.3.13.1",
    "ll.3.3.13",
    "1.3.3.13",
    ".3.3.13",
    "v3.3.13",
    "3.3.x",
    " 3.3.13",
    "3.3.1000000000",
  ]) {
    assert.equal(readVersion(text), undefined, text);
  }
});

test("versions compare as numbers from the left, and none is older than any", () => {
  const older: readonly (readonly [string, string])[] = [
    ["3.3.9", "3.3.13"],
    ["3.3.13", "3.10.0"],
    ["9.99.99", "10.0.0"],
    ["", "0.0.0"],
  ];
  for (const [text, than] of older) {
    const minimum = readVersion(than);
    assert.ok(minimum !== undefined);
    assert.equal(isOlder(readVersion(text), minimum), true, text);
    const version = readVersion(text);
    if (version !== undefined) assert.equal(isOlder(minimum, version), false, text);
    assert.equal(isOlder(minimum, minimum), false);
  }
});

test("whatever bytes come, they are a request or a failure", () => {
  const names = ["taskId", "username", "password", "key", "systemName", "xfpr", "xfprName", "slot", "other"];
  const field = fc.tuple(fc.constantFrom(...names), fc.oneof(fc.string(), fc.constantFrom("login", "xfpr", key, "%f")));
  const form = fc.array(field).map((fields) => Buffer.from(fields.map((pair) => pair.join("=")).join("&")));
  fc.assert(
    fc.property(fc.oneof(form, fc.uint8Array({ maxLength: 300 })), (body) => {
      const result = readBytes(body);
      return result instanceof ProtocolError || Object.hasOwn(result, "task");
    }),
  );
});

test("the largest body of nothing but separators is read at once", () => {
  const startedMs = processorMs();
  for (const filler of ["&", "&password=", "%", "=&"]) {
    readBytes(Buffer.from(`taskId=login&username=x&password=${filler.repeat(bodyBytesMax / filler.length)}`));
  }
  assert.ok(processorMs() - startedMs < 5_000);
});
