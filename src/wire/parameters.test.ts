import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError } from "./format-error.ts";
import { readParameters } from "./parameters.ts";

function read(query: string, body: string | Uint8Array = "", contentType?: string) {
  const result = readParameters({ query, contentType, body: Buffer.from(body as Uint8Array) });
  return result instanceof FormatError ? result.fault : Object.fromEntries(result.shortest);
}

function readAsSent(body: string, contentType = "application/json") {
  const result = readParameters({ query: "id=1", contentType, body: Buffer.from(body) });
  return result instanceof FormatError ? result.fault : Object.fromEntries(result.asSent);
}

test("query and body are one, and the body wins", () => {
  assert.deepEqual(read("a=1&b=2", "b=3&c=4"), { a: "1", b: "3", c: "4" });
  assert.deepEqual(read("a=1&b=2", '{"b":"3"}', "application/json"), { a: "1", b: "3" });
  assert.deepEqual(read("a=1"), { a: "1" });
  assert.deepEqual(read("", "a=1"), { a: "1" });
  assert.deepEqual(read(""), {});
});

test("of a name given twice the last value counts, and an empty one is a value", () => {
  assert.deepEqual(read("a=1&a=2", "b=1&b="), { a: "2", b: "" });
  assert.deepEqual(read("a=1", "a="), { a: "" });
});

test("a body is a form unless its content type says otherwise", () => {
  for (const type of [undefined, "", "application/x-www-form-urlencoded; charset=UTF-8", "text/plain", "x"]) {
    assert.deepEqual(read("", "a=%C3%A9+b", type), { a: "é b" });
  }
  for (const type of ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/x+json"]) {
    assert.deepEqual(read("", '{"a":"é b"}', type), { a: "é b" });
  }
  const form = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\né b\r\n--x--\r\n';
  assert.deepEqual(read("", form, "multipart/form-data; boundary=x"), { a: "é b" });
  assert.deepEqual(read("", form, "Multipart/Form-Data; boundary=x"), { a: "é b" });
});

test("an empty body says nothing, whatever its content type", () => {
  for (const type of ["application/json", "multipart/form-data; boundary=x", "multipart/form-data"]) {
    assert.deepEqual(read("a=1", "", type), { a: "1" });
  }
  assert.deepEqual(read("a=1", " \n", "application/json"), { a: "1" });
});

test("JSON values are texts, numbers and truth values; null is nothing", () => {
  const json = '{"text":"007","number":100,"fraction":1.5,"yes":true,"none":null}';
  assert.deepEqual(read("none=sent", json, "application/json"), {
    none: "sent",
    text: "007",
    number: "100",
    fraction: "1.5",
    yes: "true",
  });
});

test("a JSON number has two spellings, and one with more digits than a double holds only that which was sent", () => {
  const json = '{"number":5.00,"whole":9007199254740991,"large":9007199254740993,"huge":-1e300,"text":"5.00"}';
  const common = { large: "9007199254740993", huge: "-1e300", text: "5.00", whole: "9007199254740991" };
  assert.deepEqual(read("", json, "application/json"), { ...common, number: "5" });
  assert.deepEqual(readAsSent(json), { ...common, number: "5.00", id: "1" });
  assert.deepEqual(readAsSent("a=5.00", "text/plain"), { a: "5.00", id: "1" });
});

test("a list or an object is no parameter", () => {
  assert.equal(read("", '{"id":[1]}', "application/json"), "not-scalar");
  assert.equal(read("", '{"id":{}}', "application/json"), "not-scalar");
});

test("a form is in the character set of its media type, and in UTF-8 if that is unknown or has no forms", () => {
  const form = (charset: string) => `application/x-www-form-urlencoded; charset=${charset}`;
  assert.deepEqual(read("", "a=%C9mile", form("ISO-8859-1")), { a: "Émile" });
  assert.deepEqual(read("q=%C3%A9", Buffer.from("a=\xc9mile", "latin1"), form("latin1")), { q: "é", a: "Émile" });
  assert.deepEqual(read("", "a=%A4", form('"iso-8859-15"')), { a: "€" });
  assert.deepEqual(read("", "a=%93%8C%8B%9E&b=%BC%AD", form("Shift_JIS")), { a: "東京", b: "ｼｭ" });
  assert.deepEqual(read("", "a=%BC%AD%BF%EF", form("EUC-KR")), { a: "서울" });
  assert.deepEqual(read("", "a=%1B%24B%45%6C%1B%28B", form("ISO-2022-JP")), { a: "東" });
  for (const charset of ["utf-16", "nonsense", "utf-7", ""])
    assert.deepEqual(read("", "a=%C3%A9", form(charset)), { a: "é" });
  assert.equal(read("", "a=%93", form("Shift_JIS")), "encoding");
});

test("names of object properties are names like any other", () => {
  const result = readParameters({
    query: "__proto__=1&constructor=2",
    contentType: undefined,
    body: Buffer.alloc(0),
  });
  assert.ok(!(result instanceof FormatError));
  assert.deepEqual(
    [...result.shortest],
    [
      ["__proto__", "1"],
      ["constructor", "2"],
    ],
  );
});

test("faults of query and body keep their kind", () => {
  assert.equal(read("a=%00"), "nul");
  assert.equal(read("a=%FF", "a=1"), "encoding");
  assert.equal(read("a=1", "b=%FF"), "encoding");
  assert.equal(read("a=1", "{", "application/json"), "malformed");
  assert.equal(read("a=1", "[]", "application/json"), "not-object");
  assert.equal(read("a=1", "b", "multipart/form-data"), "malformed");
});

test("a parameter named like a fault is none", () => {
  assert.deepEqual(read("fault=size", "message=x"), { fault: "size", message: "x" });
});
