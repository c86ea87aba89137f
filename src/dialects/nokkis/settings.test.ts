import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSetting as check } from "../../settings.ts";
import { settings } from "./settings.ts";

const checkSetting = (name: string, value: unknown) => check(settings.list, name, value);
const map = (values: Record<string, unknown>) => new Map(Object.entries(values));

const strict = { gate: "key", admin: "operator", httpStatus: "200" };

test("without an organization or without settings everything is strict, and every status 200", () => {
  assert.deepEqual(settings.read(undefined), strict);
  assert.deepEqual(settings.read(map({})), strict);
});

test("a value that does not fit counts as the strict one", () => {
  for (const value of ["OPEN", "", null, true, 200, ["open"], { open: true }]) {
    const odd = { "nokkis.gate": value, "nokkis.admin": value, "nokkis.httpStatus": value };
    assert.deepEqual(settings.read(map(odd)), strict, String(value));
  }
});

test("settings of another protocol are not looked at", () => {
  assert.deepEqual(settings.read(map({ gate: "open", "mor.gate": "open" })), strict);
});

test("each setting is read", () => {
  assert.deepEqual(settings.read(map({ "nokkis.gate": "open" })), { ...strict, gate: "open" });
  assert.deepEqual(settings.read(map({ "nokkis.admin": "open" })), { ...strict, admin: "open" });
  assert.deepEqual(settings.read(map({ "nokkis.httpStatus": "semantic" })), {
    ...strict,
    httpStatus: "semantic",
  });
});

test("what is described can be set and is read back, and its default is the strict one", () => {
  for (const { name, values, byDefault } of settings.list) {
    const key = name.replace("nokkis.", "");
    assert.ok(values.includes(byDefault));
    assert.equal(new Map(Object.entries(settings.read(undefined))).get(key), byDefault);
    for (const value of values) {
      assert.equal(checkSetting(name, value), undefined);
      assert.equal(new Map(Object.entries(settings.read(map({ [name]: value })))).get(key), value);
    }
  }
});

test("a setting that is not there, or a value that is none, is refused with a sentence that says what there is", () => {
  assert.equal(
    checkSetting("nokkis.gates", "open"),
    "There is no setting nokkis.gates. There are: nokkis.gate, nokkis.admin, nokkis.httpStatus.",
  );
  assert.equal(checkSetting("nokkis.gate", "ajar"), "nokkis.gate must be one of: key, open.");
  assert.equal(checkSetting("nokkis.httpStatus", 200), "nokkis.httpStatus must be one of: 200, semantic.");
  assert.equal(checkSetting("nokkis.admin", undefined), "nokkis.admin must be one of: operator, open.");
});
