import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSetting as check } from "../../settings.ts";
import { isOn, type MorSettings, readResellersSettings, settings } from "./settings.ts";

const checkSetting = (name: string, value: unknown) => check(settings.list, name, value);
const map = (values: Record<string, unknown>) => new Map(Object.entries(values));

test("what is unset or does not fit has its default, which is the strict one", () => {
  const strict = {
    api: "off",
    get: "off",
    secret: "",
    hash: "on",
    xml: "html",
    gzip: "negotiated",
    quantityMax: 1000,
    numbers: [],
    stockMax: 100_000,
  };
  assert.deepEqual(settings.read(undefined), strict);
  const odd = { "mor.api": "yes", "mor.get": true, "mor.secret": 5, "mor.hash": "no", "mor.xml": 1, "mor.gzip": "x" };
  const numbers = { "mor.quantityMax": "0", "mor.numbers": "all", "mor.stockMax": "-1" };
  assert.deepEqual(settings.read(map({ ...odd, ...numbers })), strict);
});

test("the API is on only with a key", () => {
  assert.equal(isOn(settings.read(map({ "mor.api": "on" }))), false);
  assert.equal(isOn(settings.read(map({ "mor.api": "on", "mor.secret": "" }))), false);
  assert.equal(isOn(settings.read(map({ "mor.api": "on", "mor.secret": "k" }))), true);
});

test("nothing is on for a reseller that is off for the house", () => {
  const own = map({ "mor.api": "on", "mor.secret": "theirs", "mor.get": "on", "mor.quantityMax": "5" });
  const off = readResellersSettings(settings.read(map({ "mor.secret": "k", "mor.quantityMax": "7" })), own);
  assert.deepEqual([isOn(off), off.get, off.quantityMax], [false, "off", 7]);
  const on = readResellersSettings(settings.read(map({ "mor.api": "on", "mor.secret": "k", "mor.get": "on" })), own);
  assert.deepEqual([isOn(on), on.get, on.secret], [true, "on", "theirs"]);
});

test("a reseller makes numbers and has stock as the house says for all, or for it alone", () => {
  const house = settings.read(map({ "mor.numbers": "70, 71", "mor.stockMax": "500" }));
  const of = ({ numbers, stockMax }: MorSettings) => [numbers, stockMax];
  assert.deepEqual(of(readResellersSettings(house, map({}))), [["70", "71"], 500]);
  const own = { "mor.numbers": "8", "mor.stockMax": "0" };
  assert.deepEqual(of(readResellersSettings(house, map(own))), [["8"], 0]);
  assert.deepEqual(of(readResellersSettings(house, map({ "mor.numbers": "any" }))), ["any", 500]);
  assert.deepEqual(of(readResellersSettings(house, map({ "mor.numbers": "none" }))), [[], 500]);
});

test("a reseller has neither the key of the house nor its leave to do without hashes", () => {
  const house = settings.read(map({ "mor.api": "on", "mor.secret": "k", "mor.hash": "off", "mor.xml": "xml" }));
  const reseller = readResellersSettings(house, map({ "mor.api": "on" }));
  assert.deepEqual([isOn(reseller), reseller.secret, reseller.hash, reseller.xml], [false, "", "on", "xml"]);
});

test("a setting takes what its description lists, and a sentence says why it does not take the rest", () => {
  for (const { name, values } of settings.list) {
    for (const value of values) assert.equal(checkSetting(name, value), undefined);
    if (values.length > 0) assert.match(checkSetting(name, "x") ?? "", /^mor\.\w+ must be one of: .*\.$/);
  }
  for (const good of ["1", "1000", "37"]) assert.equal(checkSetting("mor.quantityMax", good), undefined);
  for (const bad of ["0", "1001", "-1", "1.5", "", "many", 5]) {
    assert.equal(checkSetting("mor.quantityMax", bad), "mor.quantityMax must be a number from 1 to 1000.");
  }
  for (const good of ["any", "none", "7", "70,71", "70, 0071"]) {
    assert.equal(checkSetting("mor.numbers", good), undefined, good);
  }
  for (const bad of ["", "7,", "x", "7;8", "1".repeat(20), 7]) {
    assert.match(checkSetting("mor.numbers", bad) ?? "", /^mor\.numbers must be none, any, or /);
  }
  for (const good of ["0", "999999999"]) assert.equal(checkSetting("mor.stockMax", good), undefined);
  for (const bad of ["", "-1", "1e9", "1000000000", 5]) {
    assert.equal(checkSetting("mor.stockMax", bad), "mor.stockMax must be a number of at most nine digits.");
  }
  for (const good of ["0123456789abcdef", "x".repeat(255)]) assert.equal(checkSetting("mor.secret", good), undefined);
  for (const bad of [
    "",
    "456789",
    "0123456789abcde",
    "0123456789 abcdef",
    "é".repeat(20),
    "x".repeat(256),
    undefined,
  ]) {
    assert.match(checkSetting("mor.secret", bad) ?? "", /^mor\.secret must be 16 to 255 visible ASCII characters\./);
  }
  assert.match(checkSetting("mor.nothing", "on") ?? "", /^There is no setting mor\.nothing\./);
});

test("only the key is a secret, and only the limit of a call is nobody's but the house's", () => {
  assert.deepEqual(
    settings.list.filter(({ isSecret }) => isSecret).map(({ name }) => name),
    ["mor.secret"],
  );
  assert.deepEqual(
    settings.list.filter(({ isResellers }) => !isResellers).map(({ name }) => name),
    ["mor.quantityMax"],
  );
});
