import assert from "node:assert/strict";
import { test } from "node:test";
import { isParametersFault, readParameters } from "./parameters.ts";

async function read(query: string, body: string | Uint8Array = "", contentType?: string) {
  const result = await readParameters({ query, contentType, body: Buffer.from(body as Uint8Array) });
  return isParametersFault(result) ? result.fault : Object.fromEntries(result);
}

test("query and body are one, and the body wins", async () => {
  assert.deepEqual(await read("a=1&b=2", "b=3&c=4"), { a: "1", b: "3", c: "4" });
  assert.deepEqual(await read("a=1&b=2", '{"b":"3"}', "application/json"), { a: "1", b: "3" });
  assert.deepEqual(await read("a=1"), { a: "1" });
  assert.deepEqual(await read("", "a=1"), { a: "1" });
  assert.deepEqual(await read(""), {});
});

test("of a name given twice the last value counts, and an empty one is a value", async () => {
  assert.deepEqual(await read("a=1&a=2", "b=1&b="), { a: "2", b: "" });
  assert.deepEqual(await read("a=1", "a="), { a: "" });
});

test("a body is a form unless its content type says otherwise", async () => {
  for (const type of [undefined, "", "application/x-www-form-urlencoded; charset=UTF-8", "text/plain", "x"]) {
    assert.deepEqual(await read("", "a=%C3%A9+b", type), { a: "é b" });
  }
  for (const type of ["application/json", "Application/JSON; charset=utf-8", "text/json", "application/x+json"]) {
    assert.deepEqual(await read("", '{"a":"é b"}', type), { a: "é b" });
  }
  const form = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\né b\r\n--x--\r\n';
  assert.deepEqual(await read("", form, "multipart/form-data; boundary=x"), { a: "é b" });
  assert.deepEqual(await read("", form, "Multipart/Form-Data; boundary=x"), { a: "é b" });
});

test("an empty body says nothing, whatever its content type", async () => {
  for (const type of ["application/json", "multipart/form-data; boundary=x", "multipart/form-data"]) {
    assert.deepEqual(await read("a=1", "", type), { a: "1" });
  }
  assert.deepEqual(await read("a=1", " \n", "application/json"), { a: "1" });
});

test("JSON values are texts, numbers and truth values; null is nothing", async () => {
  const json = '{"text":"007","number":100,"fraction":1.5,"yes":true,"none":null}';
  assert.deepEqual(await read("none=sent", json, "application/json"), {
    none: "sent",
    text: "007",
    number: "100",
    fraction: "1.5",
    yes: "true",
  });
});

test("a JSON number whose digits would be lost is refused, and so is a list or an object", async () => {
  assert.equal(await read("", '{"number":9007199254740993}', "application/json"), "inexact");
  assert.equal(await read("", '{"number":-1e300}', "application/json"), "inexact");
  assert.deepEqual(await read("", '{"number":9007199254740991}', "application/json"), { number: "9007199254740991" });
  assert.equal(await read("", '{"id":[1]}', "application/json"), "not-scalar");
  assert.equal(await read("", '{"id":{}}', "application/json"), "not-scalar");
});

test("names of object properties are names like any other", async () => {
  const result = await readParameters({
    query: "__proto__=1&constructor=2",
    contentType: undefined,
    body: Buffer.alloc(0),
  });
  assert.ok(!isParametersFault(result));
  assert.deepEqual(
    [...result],
    [
      ["__proto__", "1"],
      ["constructor", "2"],
    ],
  );
});

test("faults of query and body keep their kind", async () => {
  assert.equal(await read("a=%00"), "nul");
  assert.equal(await read("a=%FF", "a=1"), "encoding");
  assert.equal(await read("a=1", "b=%FF"), "encoding");
  assert.equal(await read("a=1", "{", "application/json"), "malformed");
  assert.equal(await read("a=1", "[]", "application/json"), "not-object");
  assert.equal(await read("a=1", "b", "multipart/form-data"), "malformed");
});

test("a parameter named like a fault is none", async () => {
  assert.deepEqual(await read("fault=size", "message=x"), { fault: "size", message: "x" });
});
