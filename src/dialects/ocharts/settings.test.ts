import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSetting as check } from "../../settings.ts";
import { settings } from "./settings.ts";

const checkSetting = (name: string, value: unknown) => check(settings.list, name, value);
const map = (values: Record<string, unknown>) => new Map(Object.entries(values));

test("without settings any plugin is served, and links are good for a day", () => {
  assert.deepEqual(settings.read(map({})), {
    minVersion: "none",
    maintenance: "off",
    deliveryDays: 7,
    linkHours: 24,
  });
});

test("what is set counts, and what was set and cannot be used does not", () => {
  const set = { "ocharts.minVersion": "l.3.4.0", "ocharts.maintenance": "on", "ocharts.linkHours": "1" };
  assert.deepEqual(settings.read(map(set)), {
    minVersion: [3, 4, 0],
    maintenance: "on",
    deliveryDays: 7,
    linkHours: 1,
  });
  const odd = { "ocharts.minVersion": 3, "ocharts.maintenance": true, "ocharts.linkHours": "0" };
  assert.deepEqual(settings.read(map(odd)), settings.read(map({})));
});

test("a setting is taken in the form in which it is described, and anything else has a sentence", () => {
  const right: Readonly<Record<string, readonly string[]>> = {
    "ocharts.minVersion": ["none", "3.3.13", "w.3.3.13"],
    "ocharts.maintenance": ["off", "on"],
    "ocharts.deliveryDays": ["1", "7", "365"],
    "ocharts.linkHours": ["1", "24", "8760"],
  };
  assert.deepEqual(
    Object.keys(right),
    settings.list.map(({ name }) => name),
  );
  for (const { name, byDefault } of settings.list) {
    for (const value of [byDefault, ...(right[name] ?? [])]) assert.equal(checkSetting(name, value), undefined, value);
    for (const value of ["", "maybe", "3.3", "0", "-1", "1.5", "9999", " 1", 1, null, undefined]) {
      assert.match(checkSetting(name, value) ?? "", new RegExp(`^${name} must be .*\\.$`), `${name} ${value}`);
    }
  }
  assert.match(checkSetting("ocharts.other", "x") ?? "", /^There is no setting ocharts\.other\. There are: ocharts\./);
});
