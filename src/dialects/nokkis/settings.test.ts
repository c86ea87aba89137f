import assert from "node:assert/strict";
import { test } from "node:test";
import type { Organization } from "../../queries/organizations.ts";
import { checkSetting, readSettings, settingDescriptions } from "./settings.ts";

const organization = (settings: Record<string, unknown>): Organization => ({
  id: 1,
  name: "Test",
  settings: new Map(Object.entries(settings)),
});

const strict = { gate: "key", admin: "operator", httpStatus: "200" };

test("without an organization or without settings everything is strict, and every status 200", () => {
  assert.deepEqual(readSettings(undefined), strict);
  assert.deepEqual(readSettings(organization({})), strict);
});

test("a value that does not fit counts as the strict one", () => {
  for (const value of ["OPEN", "", null, true, 200, ["open"], { open: true }]) {
    const settings = { "nokkis.gate": value, "nokkis.admin": value, "nokkis.httpStatus": value };
    assert.deepEqual(readSettings(organization(settings)), strict, String(value));
  }
});

test("settings of another protocol are not looked at", () => {
  assert.deepEqual(readSettings(organization({ gate: "open", "mor.gate": "open" })), strict);
});

test("each setting is read", () => {
  assert.deepEqual(readSettings(organization({ "nokkis.gate": "open" })), { ...strict, gate: "open" });
  assert.deepEqual(readSettings(organization({ "nokkis.admin": "open" })), { ...strict, admin: "open" });
  assert.deepEqual(readSettings(organization({ "nokkis.httpStatus": "semantic" })), {
    ...strict,
    httpStatus: "semantic",
  });
});

test("what is described can be set and is read back, and its default is the strict one", () => {
  for (const { name, values, byDefault } of settingDescriptions) {
    const key = name.replace("nokkis.", "");
    assert.ok(values.includes(byDefault));
    assert.equal(new Map(Object.entries(readSettings(undefined))).get(key), byDefault);
    for (const value of values) {
      assert.equal(checkSetting(name, value), undefined);
      assert.equal(new Map(Object.entries(readSettings(organization({ [name]: value })))).get(key), value);
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
