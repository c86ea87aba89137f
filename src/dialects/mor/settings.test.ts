import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSetting, readResellersSettings, readSettings, settingDescriptions } from "./settings.ts";

const map = (values: Record<string, unknown>) => new Map(Object.entries(values));

test("what is unset or does not fit has its default, which is the strict one", () => {
  const strict = {
    isOn: false,
    allowsGet: false,
    secret: "",
    checksHash: true,
    mediaType: "text/html",
    gzip: "negotiated",
    quantityMax: 1000,
  };
  assert.deepEqual(readSettings(undefined), strict);
  const odd = { "mor.api": "yes", "mor.get": true, "mor.secret": 5, "mor.hash": "no", "mor.xml": 1, "mor.gzip": "x" };
  assert.deepEqual(readSettings(map({ ...odd, "mor.quantityMax": "0" })), strict);
});

test("the API is on only with a key", () => {
  assert.equal(readSettings(map({ "mor.api": "on" })).isOn, false);
  assert.equal(readSettings(map({ "mor.api": "on", "mor.secret": "" })).isOn, false);
  assert.equal(readSettings(map({ "mor.api": "on", "mor.secret": "k" })).isOn, true);
});

test("nothing is on for a reseller that is off for the house", () => {
  const own = map({ "mor.api": "on", "mor.secret": "theirs", "mor.get": "on", "mor.quantityMax": "5" });
  const off = readResellersSettings(readSettings(map({ "mor.secret": "k", "mor.quantityMax": "7" })), own);
  assert.deepEqual([off.isOn, off.allowsGet, off.quantityMax], [false, false, 7]);
  const on = readResellersSettings(readSettings(map({ "mor.api": "on", "mor.secret": "k", "mor.get": "on" })), own);
  assert.deepEqual([on.isOn, on.allowsGet, on.secret], [true, true, "theirs"]);
});

test("a reseller has neither the key of the house nor its leave to do without hashes", () => {
  const house = readSettings(map({ "mor.api": "on", "mor.secret": "k", "mor.hash": "off", "mor.xml": "xml" }));
  const reseller = readResellersSettings(house, map({ "mor.api": "on" }));
  assert.deepEqual(
    [reseller.isOn, reseller.secret, reseller.checksHash, reseller.mediaType],
    [false, "", true, "text/xml"],
  );
});

test("a setting takes what its description lists, and a sentence says why it does not take the rest", () => {
  for (const { name, values } of settingDescriptions) {
    for (const value of values) assert.equal(checkSetting(name, value), undefined);
    if (values.length > 0) assert.match(checkSetting(name, "x") ?? "", /^mor\.\w+ must be one of: .*\.$/);
  }
  for (const good of ["1", "1000", "37"]) assert.equal(checkSetting("mor.quantityMax", good), undefined);
  for (const bad of ["0", "1001", "-1", "1.5", "", "many", 5]) {
    assert.equal(checkSetting("mor.quantityMax", bad), "mor.quantityMax must be a number from 1 to 1000.");
  }
  assert.equal(checkSetting("mor.secret", "456789"), undefined);
  for (const bad of ["", " ", "a b", "é", "x".repeat(256), undefined]) {
    assert.equal(checkSetting("mor.secret", bad), "mor.secret must be 1 to 255 visible ASCII characters.");
  }
  assert.match(checkSetting("mor.nothing", "on") ?? "", /^There is no setting mor\.nothing\./);
});

test("only the key is a secret, and only the limit of a call is nobody's but the house's", () => {
  assert.deepEqual(
    settingDescriptions.filter(({ isSecret }) => isSecret).map(({ name }) => name),
    ["mor.secret"],
  );
  assert.deepEqual(
    settingDescriptions.filter(({ isResellers }) => !isResellers).map(({ name }) => name),
    ["mor.quantityMax"],
  );
});
