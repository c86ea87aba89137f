import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSetting } from "../../settings.ts";
import { settings } from "./settings.ts";

test("without settings any plugin is served, and keys are our own", () => {
  assert.deepEqual(settings.read(undefined), {
    minVersion: "none",
    maintenance: "off",
    maintenanceNotice: "The chart server is being maintained. Try again later.",
    keyHook: null,
    keyHookMs: 5_000,
    linkHours: 24,
  });
});

test("a setting is taken in the form in which it is described, and anything else has a sentence", () => {
  const right: Readonly<Record<string, readonly string[]>> = {
    "oesu.minVersion": ["none", "2.1.6", "l.2.1.6"],
    "oesu.maintenance": ["off", "on"],
    "oesu.maintenanceNotice": ["Back at nine: wait."],
    "oesu.keyHook": ["none", "/opt/keys", "https://keys.example.com/list", "http://127.0.0.1:9000"],
    "oesu.keyHookMs": ["100", "7000"],
    "oesu.linkHours": ["1", "720"],
  };
  assert.deepEqual(
    Object.keys(right),
    settings.list.map(({ name }) => name),
  );
  for (const { name, byDefault } of settings.list) {
    for (const value of [byDefault, ...(right[name] ?? [])])
      assert.equal(checkSetting(settings.list, name, value), undefined, value);
    for (const value of ["", "\n", 1, null])
      assert.match(checkSetting(settings.list, name, value) ?? "", / must be /, name);
  }
  for (const value of [
    "keys",
    "ftp://keys.example.com",
    "http://keys.example.com",
    "https://a:b@keys.example.com",
    "/a\0b",
    "./keys",
  ]) {
    assert.match(
      checkSetting(settings.list, "oesu.keyHook", value) ?? "",
      /must be an https URL, an http URL of this machine/,
      value,
    );
  }
});
