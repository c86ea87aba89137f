import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";
import { describeError, faultOf, strayFault } from "./faults.ts";

describe("what of an error stands in the log", () => {
  test("the database's words do not: they quote values", () => {
    const error = Object.assign(new Error('invalid input syntax for type bigint: "983475629310"'), {
      severity: "ERROR",
      code: "22P02",
      routine: "pg_strtoint64",
      detail: "Key (code)=(983475629310) already exists.",
      constraint: "entitlement_code",
    });
    const described = describeError(new Error("not written", { cause: error }));
    assert.doesNotMatch(JSON.stringify(described), /983475629310/);
    assert.match(JSON.stringify(described), /"code":"22P02","constraint":"entitlement_code","routine":"pg_strtoint64"/);
  });

  test("a parser's words do not: they quote what it read", () => {
    const parse = () => JSON.parse("x983475629310");
    assert.throws(parse, (error) => {
      assert.match(String(error), /983475629310/);
      assert.doesNotMatch(JSON.stringify(describeError(error)), /983475629310/);
      return true;
    });
  });

  test("our own do, with the place", () => {
    const described = describeError(new TypeError("x is not a function"));
    assert.equal(described.kind, "TypeError");
    assert.equal(described.message, "x is not a function");
    assert.ok(Array.isArray(described.at));
    assert.match(String(described.at[0]), /^at .*faults\.test\.ts/);
  });

  test("of what is no error only the kind is told", () => {
    assert.deepEqual(describeError("secret"), { kind: "string" });
    assert.deepEqual(describeError(undefined), { kind: "undefined" });
  });
});

test("what is thrown is a database that is away or busy, a request that cannot be read, or a bug", () => {
  const thrown = (fields: Record<string, unknown>) => faultOf(Object.assign(new Error("any"), fields)).kind;
  assert.equal(faultOf(new StoreUnavailable("away")).kind, "unavailable");
  assert.equal(faultOf(new StoreBusy("too much waits")).kind, "busy");
  assert.equal(thrown({ code: "FST_ERR_CTP_BODY_TOO_LARGE", statusCode: 413 }), "body_too_large");
  assert.equal(thrown({ statusCode: 400 }), "request_broken");
  assert.equal(thrown({ statusCode: 500 }), "broken");
  assert.equal(thrown({}), "broken");
  assert.equal(faultOf("text").kind, "broken");
});

test("a fault where no dialect is has a status that fits, and no details", () => {
  assert.deepEqual(strayFault({ kind: "broken" }), {
    status: 500,
    headers: { "content-type": "application/json" },
    body: '{"error":{"message":"Something broke on the server. The log has the details."}}',
    compressible: false,
  });
  const { status, headers } = strayFault({ kind: "method_not_defined", allowed: ["GET", "PUT"] });
  assert.equal(status, 405);
  assert.equal(headers.allow, "GET, PUT");
});
