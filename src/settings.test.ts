import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkSetting,
  choice,
  defineSettings,
  joinSettings,
  type SettingDescription,
  text,
  whole,
} from "./settings.ts";

const shop = defineSettings("shop", {
  door: choice(["open", "shut"], { byDefault: "shut", meaning: "whether anybody may come in" }),
  seats: whole({ min: 1, max: 300 }, { byDefault: 20, meaning: "how many may sit", isResellers: true }),
  colour: text<string | undefined>({
    byDefault: "none",
    otherwise: undefined,
    meaning: "of the walls",
    must: "a word",
    parse: (word) => (/^[a-z]+$/.test(word) ? word : undefined),
  }),
  key: text({
    byDefault: "none",
    otherwise: "",
    meaning: "of the door",
    isSecret: true,
    parse: (key) => key,
    problemWith: (key) => (key.length < 8 ? "is too short" : undefined),
  }),
});
const mail = defineSettings("mail", { from: choice(["a", "b"], { byDefault: "a", meaning: "the sender" }) });
const map = (values: Record<string, unknown>) => new Map(Object.entries(values));

test("what is set and can be used is read with its type; all else has its default", () => {
  const byDefault = { door: "shut", seats: 20, colour: undefined, key: "" };
  for (const values of [undefined, map({}), map({ door: "open", "mail.door": "open" })]) {
    assert.deepEqual(shop.read(values), byDefault);
  }
  for (const odd of ["", "a jar", "0", "301", "1e2", " 7", "7.0", "Red", 7, true, null, ["open"], { open: true }]) {
    const values = map({ "shop.door": odd, "shop.seats": odd, "shop.colour": odd });
    assert.deepEqual(shop.read(values), byDefault, String(odd));
  }
  const set = { "shop.door": "open", "shop.seats": "300", "shop.colour": "red", "shop.key": "old" };
  assert.deepEqual(shop.read(map(set)), { door: "open", seats: 300, colour: "red", key: "old" });
});

test("the same map is read once", () => {
  const values = map({ "shop.seats": "7" });
  assert.equal(shop.read(values), shop.read(values));
  assert.notEqual(shop.read(values), shop.read(map({ "shop.seats": "7" })));
});

test("a value that cannot be set is refused with a sentence, and a name that is none with those that there are", () => {
  const check = (name: string, value: unknown) => checkSetting([...shop.list, ...mail.list], name, value);
  for (const [name, value] of [
    ["shop.door", "open"],
    ["shop.seats", "1"],
    ["shop.colour", "red"],
    ["shop.key", "12345678"],
  ] as const) {
    assert.equal(check(name, value), undefined, name);
  }
  assert.equal(check("shop.door", "ajar"), "shop.door must be one of: open, shut.");
  assert.equal(check("shop.seats", "0"), "shop.seats must be a whole number from 1 to 300.");
  assert.equal(check("shop.seats", 7), "shop.seats must be a whole number from 1 to 300.");
  assert.equal(check("shop.colour", "Red"), "shop.colour must be a word.");
  assert.equal(check("shop.key", "old"), "shop.key is too short.");
  assert.equal(check("mail.to", "x"), "There is no setting mail.to. There are: mail.from.");
  assert.equal(check("door", "open"), 'There is no setting door. See "counterfoil setting list".');
});

test("lists are joined so that settings of one prefix stand together, where the first of them stands", () => {
  const more = defineSettings("mail", { subject: choice(["x"], { byDefault: "x", meaning: "of all mail" }) });
  assert.deepEqual(
    joinSettings(mail.list, shop.list, more.list).map(({ name }) => name),
    ["mail.from", "mail.subject", "shop.door", "shop.seats", "shop.colour", "shop.key"],
  );
});

test("a description holds enough to make a JSON Schema of it", () => {
  const schemaOf = ({ type, values, range, meaning, isSecret }: SettingDescription) => ({
    description: meaning,
    ...(type === "choice" ? { enum: values } : {}),
    ...(type === "whole" ? { type: "integer", minimum: range?.min, maximum: range?.max } : {}),
    ...(type === "text" ? { type: "string", ...(isSecret === true ? { writeOnly: true } : {}) } : {}),
  });
  assert.deepEqual(
    shop.list.map((one) => schemaOf(one)),
    [
      { description: "whether anybody may come in", enum: ["open", "shut"] },
      { description: "how many may sit", type: "integer", minimum: 1, maximum: 300 },
      { description: "of the walls", type: "string" },
      { description: "of the door", type: "string", writeOnly: true },
    ],
  );
});
