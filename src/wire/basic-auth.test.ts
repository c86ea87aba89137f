import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readAuthorization } from "./basic-auth.ts";

function basic(credentials: string | Uint8Array): string {
  return `Basic ${Buffer.from(credentials).toString("base64")}`;
}

test("no header and a blank header are none", () => {
  for (const header of [undefined, "", " ", "\t "]) assert.deepEqual(readAuthorization(header), { scheme: "none" });
});

test("the example of RFC 7617 is read", () => {
  const expected = { scheme: "basic", user: "Aladdin", password: "open sesame" };
  assert.deepEqual(readAuthorization("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), expected);
});

test("the scheme name may be in any letter case, with blanks around and between", () => {
  for (const header of ["basic YTpi", "BASIC YTpi", "bAsIc   YTpi", "  Basic\tYTpi  "]) {
    assert.deepEqual(readAuthorization(header), { scheme: "basic", user: "a", password: "b" }, header);
  }
});

test("the first colon divides, so a password may hold colons and either part may be empty", () => {
  const table: [string, string, string][] = [
    ["a:b:c", "a", "b:c"],
    ["a::", "a", ":"],
    [":b", "", "b"],
    ["a:", "a", ""],
    [":", "", ""],
    [" a : b ", " a ", " b "],
  ];
  for (const [credentials, user, password] of table) {
    assert.deepEqual(readAuthorization(basic(credentials)), { scheme: "basic", user, password }, credentials);
  }
});

test("credentials are UTF-8, or ISO-8859-1 when they cannot be", () => {
  assert.deepEqual(readAuthorization(basic("é:ü😀")), { scheme: "basic", user: "é", password: "ü😀" });
  assert.deepEqual(readAuthorization(basic(Buffer.from("\xe9:\xfc", "latin1"))), {
    scheme: "basic",
    user: "é",
    password: "ü",
  });
  assert.deepEqual(readAuthorization(basic("\ufeffa:b")), { scheme: "basic", user: "\ufeffa", password: "b" });
});

test("padding may be left out", () => {
  assert.deepEqual(readAuthorization("Basic YTpiYg"), { scheme: "basic", user: "a", password: "bb" });
  assert.deepEqual(readAuthorization("Basic YTpiYmI"), { scheme: "basic", user: "a", password: "bbb" });
});

test("credentials that are not what Basic says are malformed", () => {
  const headers = [
    "Basic",
    "Basic ",
    "Basic =",
    "Basic ====",
    "Basic Y",
    "Basic YTpiY",
    "Basic YTpi=",
    "Basic YTpiYg=",
    "Basic YTpiYg===",
    "Basic YT=pi",
    "Basic YT pi",
    "Basic YTpi YTpi",
    "Basic YTpi,",
    "Basic YTp-",
    "Basic YTp_",
    "Basic a:b",
    "Basic YT\npi",
    basic("nocolon"),
    basic("a\0:b"),
    basic("a:b\0"),
    basic("a:b\n"),
    basic("a\r\nX-Header: 1:b"),
    basic("a:b\x7f"),
    basic(Buffer.from("a\x1f:\xe9", "latin1")),
  ];
  for (const header of headers) assert.deepEqual(readAuthorization(header), { scheme: "malformed" }, header);
});

test("another scheme is named in lower case and its value left as written", () => {
  const table: [string, string, string][] = [
    ["Bearer abc.DEF-_~", "bearer", "abc.DEF-_~"],
    ['DIGEST username="a", realm="b"', "digest", 'username="a", realm="b"'],
    ["Negotiate", "negotiate", ""],
    ["BasicYTpi", "basicytpi", ""],
    ["__proto__ x", "__proto__", "x"],
  ];
  for (const [header, name, value] of table) {
    assert.deepEqual(readAuthorization(header), { scheme: "other", name, value });
  }
});

test("a header that does not begin with a scheme name is malformed", () => {
  for (const header of [":", "a:b", "Basic:YTpi", "Basic,", '"Basic" YTpi', "é x", "\u00a0", "\n", "Basic\u00a0YTpi"]) {
    assert.deepEqual(readAuthorization(header), { scheme: "malformed" }, header);
  }
});

test("every user without a colon and every password come through", () => {
  const clean = fc.string({ unit: "binary" }).filter((s) => s.isWellFormed() && !/[\x00-\x1f\x7f]/.test(s));
  fc.assert(
    fc.property(clean, clean, (name, password) => {
      const user = name.replaceAll(":", "");
      assert.deepEqual(readAuthorization(basic(`${user}:${password}`)), { scheme: "basic", user, password });
    }),
  );
});

test("no header makes it throw", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (s) => void [readAuthorization(s), readAuthorization(`Basic ${s}`)]),
  );
});
