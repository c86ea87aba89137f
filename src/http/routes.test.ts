import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dialect, Route } from "../dialects/dialect.ts";
import { readUrl } from "./broken-input.ts";
import { requestIds } from "./request-id.ts";
import { constraintOf, dialectAt, methodsAt, methodsByPath, pathOf } from "./routes.ts";

function dialect(name: string, prefixes: readonly string[], lines: readonly string[] = []): Dialect {
  const routes = lines.map((line): Route => {
    const [methods = "", path = ""] = line.split(" ");
    const [method, changes] = methods.split("!");
    const handle = () => Promise.reject(new Error("unused"));
    return {
      method: method as Route["method"],
      ...(changes === undefined ? {} : { changes: true }),
      path,
      clause: "",
      handle,
    };
  });
  return {
    name,
    prefixes,
    bodyBytesMax: 0,
    routes,
    settings: [],
    fault: () => ({ status: 200, headers: {}, body: "", compressible: false }),
  };
}

const tickets = dialect(
  "tickets",
  ["/tickets"],
  [
    "GET /tickets",
    "GET /tickets/KEY",
    "GET /tickets/:event",
    "PUT /tickets/:event",
    "GET! /tickets/:event/BARCODE",
    "POST /tickets/:event/barcode",
    "DELETE /tickets/:event/barcode/:key",
  ],
);

test("a dialect owns its prefixes and what lies under them, in any case, and nothing beside them", () => {
  const cards = dialect("cards", ["/billing/api", "/cards"]);
  const owner = (url: string) => dialectAt([tickets, cards], url)?.name;
  for (const url of [
    "/tickets",
    "/TICKETS/1",
    "/tickets?x",
    "/tickets/",
    "/tickets#x",
    "/tickets/../y",
    "//tickets///1",
  ]) {
    assert.equal(owner(url), "tickets", url);
  }
  for (const url of ["/billing/api/x", "/Cards"]) assert.equal(owner(url), "cards", url);
  for (const url of [
    "/",
    "",
    "/ticketsx",
    "/x/tickets",
    "tickets",
    "/billing",
    "/billing/apis",
    "/x//tickets",
    "/?a=/tickets",
  ]) {
    assert.equal(owner(url), undefined, url);
  }
});

test("of protocols at one path the one whose parameter the query has owns it, and the one without a parameter the rest", () => {
  const old = dialect("old", ["/shop/index.php"], ["POST /shop/index.php"]);
  const shop = dialect("new", ["/shop/index.php?api=new", "/shop/files"], ["POST /shop/index.php?api=new"]);
  for (const dialects of [
    [old, shop],
    [shop, old],
  ]) {
    const owner = (url: string) => dialectAt(dialects, url)?.name;
    const deriveConstraint = (request: { url: string }) => constraintOf(dialects).deriveConstraint(request as never);
    for (const url of ["/shop/index.php?api=new", "//Shop/INDEX.php/?x=1&api=%6eew#api=old"]) {
      assert.equal(owner(url), "new", url);
      assert.equal(deriveConstraint({ url }), "api=new", url);
    }
    for (const url of [
      "/shop/index.php",
      "/shop/index.php?api=",
      "/shop/index.php?api=New",
      "/shop/index.php?api=old&api=new",
      "/shop/index.php#?api=new",
    ]) {
      assert.equal(owner(url), "old", url);
      assert.equal(deriveConstraint({ url }), undefined, url);
    }
    assert.equal(owner("/shop/files/1"), "new");
    assert.equal(owner("/shop/other?api=new"), undefined);
    assert.equal(deriveConstraint({ url: "/shop/other?api=new" }), undefined);
  }
  assert.deepEqual(methodsAt(shop, "/shop/index.php?api=new"), ["POST"]);
});

test("methods are told by path whatever the case in which the path is written", () => {
  assert.deepEqual(methodsByPath(tickets.routes).get("/tickets/:event/barcode"), ["GET", "POST"]);
});

test("HEAD goes with every GET that changes nothing", () => {
  assert.deepEqual(methodsByPath(tickets.routes).get("/tickets/:event"), ["GET", "HEAD", "PUT"]);
  assert.deepEqual(methodsByPath(tickets.routes).get("/tickets/:event/barcode"), ["GET", "POST"]);
});

test("a path is what stands before the query, several slashes in a row being one", () => {
  assert.equal(pathOf("//shop///index.php//?a=//b"), "/shop/index.php/");
  assert.equal(pathOf("/a%2F%2Fb#//c"), "/a%2F%2Fb");
  assert.equal(pathOf(""), "");
});

test("of a URL the methods of the path with the fewest variable parts are told", () => {
  assert.deepEqual(methodsAt(tickets, "/tickets"), ["GET", "HEAD"]);
  assert.deepEqual(methodsAt(tickets, "/tickets/key"), ["GET", "HEAD"]);
  assert.deepEqual(methodsAt(tickets, "/tickets/7"), ["GET", "HEAD", "PUT"]);
  assert.deepEqual(methodsAt(tickets, "/Tickets//7/Barcode/?apikey=a/b"), ["GET", "POST"]);
  assert.deepEqual(methodsAt(tickets, "/tickets/7/barcode/1"), ["DELETE"]);
  assert.equal(methodsAt(tickets, "/tickets/7/barcode/1/2"), undefined);
});

test("the URL is read from the beginning of input that is broken elsewhere", () => {
  const read = (text: string) => readUrl(Buffer.from(text, "latin1"));
  assert.equal(read("FOO /a?b HTTP/1.1\r\n"), "/a?b");
  assert.equal(read("get /a"), "/a");
  for (const text of ["", "\0\0", "GET  /a", "/a HTTP/1.1", "GET a HTTP/1.1", "\x16\x03\x01"]) {
    assert.equal(read(text), undefined, JSON.stringify(text));
  }
  assert.equal(readUrl(undefined), undefined);
});

test("a request keeps the plain id that its caller gave it, and otherwise gets one of its own", () => {
  const name = requestIds();
  const other = requestIds();
  assert.equal(name({ "x-request-id": "a-1:b.c" }), "a-1:b.c");
  const drawn = [name({}), name({ "x-request-id": "a b" }), name({ "x-request-id": "" }), name({})];
  assert.equal(new Set(drawn).size, drawn.length);
  for (const id of drawn) assert.match(id, /^[a-z0-9]+-[a-z0-9]+-[a-z0-9]+$/);
  assert.match(other({}), /^[a-z0-9]+-[a-z0-9]+-[a-z0-9]+$/);
});
