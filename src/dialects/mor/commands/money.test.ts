import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../../../../tests/support/app.ts";
import { addOperator, assertError, morClient, valuesOf } from "../../../../tests/support/mor.ts";
import { openTerminal, type Terminal } from "../../../../tests/support/terminal.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined);
  terminal = openTerminal(app);
  await terminal.run("setting", "set", "mor.secret", "a-secret-of-the-house");
  await terminal.run("setting", "set", "mor.api", "on");
});
after(() => app.stop());

let groups = 0;

/** A group with two cards of 5.00; resolves with its number and the numbers of its cards. */
async function addGroup(...options: string[]): Promise<{ group: string; cards: [string, string] }> {
  const [line = ""] = await terminal.run(
    "group",
    "add",
    `World ${++groups}`,
    "--price",
    "6.20",
    "--tax",
    "24",
    ...options,
  );
  const group = /^group (\d+)$/.exec(line)?.[1] ?? assert.fail(line);
  const cards: [string, string] = [`60000${groups}0001`.padStart(10, "0"), `60000${groups}0002`.padStart(10, "0")];
  await terminal.run("stock", "add", "--group", group, "--from", cards[0], "--count", "2", "--balance", "5.00");
  return { group, cards };
}

const reseller = async (login: string) => {
  await addOperator(app, login, "reseller", { "mor.api": "on", "mor.secret": "a-secret-of-resellers" });
  return morClient(app, { login, secret: "a-secret-of-resellers" });
};
const house = async () => {
  await addOperator(app, `clerk-${groups}`, "accountant");
  return morClient(app, { login: `clerk-${groups}`, secret: "a-secret-of-the-house" });
};

const rowsOf = async (...words: string[]): Promise<readonly Record<string, unknown>[]> =>
  (await terminal.run(...words, "--json")).map((line) => JSON.parse(line));

test("a reseller sells cards of the house through an old client at its price, within its quota, and sees no others", async () => {
  const { group, cards } = await addGroup();
  const hidden = await addGroup();
  const client = await reseller("alpha");
  assertError(await client.ask("card_group_get", { id: group }), "card", "Cardgroup was not found");
  assertError(await client.ask("cc_groups_get"), "card", "Calling Cards Groups were not found");

  assert.deepEqual(
    await terminal.run("reseller", "set", "alpha", group, "--price", "7.44", "--commission", "12.5", "--quota", "1"),
    [`alpha sells group ${group} at 7.44 EUR and keeps 12.5 %, 1 at most; sold: 0`],
  );
  const shown = await client.ask("card_group_get", { id: group });
  assert.deepEqual(valuesOf(shown, "price_with_tax"), ["7.44"]);
  assert.deepEqual(valuesOf(shown, "free_cards_size"), ["1"], "what it may sell, not what there is");
  assert.deepEqual(valuesOf(await client.ask("cc_groups_get"), "group_id"), [group]);

  const sold = await client.ask("card_from_group_sell", { id: group, quantity: "1" });
  assert.deepEqual(valuesOf(sold, "number"), [cards[0]]);
  assert.deepEqual(valuesOf(sold, "balance_without_vat"), ["5.00"]);
  const again = await client.ask("card_from_group_sell", { id: group, quantity: "1" });
  assertError(again, "card", "Free cards was not found");
  assertError(await client.ask("card_from_group_sell", { id: hidden.group }), "card", "Cardgroup was not found");
  assertError(await client.ask("calling_cards_get", { number: cards[1] }), "card", "Cards were not found");
  assertError(await client.ask("card_balance_get", { number: cards[1] }), "card", "Calling Card was not found");
  const byNumber = await client.ask("card_from_group_sell", { id: group, number: hidden.cards[0] });
  assertError(byNumber, "card", "Free cards was not found");
  const topUp = { number: cards[0], amount: "5.00", currency: "EUR", description: "" };
  assertError(await client.ask("card_payment_add", topUp), "card", "Calling Card was not found");
  assertError(
    await client.ask("card_payment_add", { ...topUp, number: cards[1] }),
    "card",
    "Calling Card was not found",
  );
  const made = await client.ask("calling_cards_create", { card_group_id: group, cards_from: "6999999999" });
  assertError(made, "card", "Card Group was not found");

  assert.deepEqual(await rowsOf("reseller", "list", "--reseller", "alpha"), [
    {
      reseller: "alpha",
      group: Number(group),
      name: "World 1",
      price: "7.44",
      commission: "12.5 %",
      quota: 1,
      sold: 1,
    },
  ]);
  const today = new Date().toISOString().slice(0, 10);
  const report = await rowsOf("report", "payments", "--from", today, "--reseller", "alpha", "--by", "reseller,product");
  assert.deepEqual(report, [
    {
      reseller: "alpha",
      product: Number(group),
      name: "World 1",
      currency: "EUR",
      sold: 1,
      reversed: 0,
      sales: "7.44",
      paidBack: "0.00",
      topUps: "0.00",
      total: "7.44",
      tax: "1.44",
      commission: "0.93",
      due: "6.51",
    },
  ]);
});

test("a card is voided, returned, refunded and topped up at the terminal, and its payments tell how", async () => {
  const { group, cards } = await addGroup();
  const [first, second] = cards;
  const client = await house();
  const sell = () => client.ask("card_from_group_sell", { id: group, quantity: "1" });
  const pinOf = async () => valuesOf(await sell(), "pin")[0];
  assert.match(await terminal.refused("card", "void", first), /is in stock: nothing was paid for it/);

  const pin = await pinOf();
  const lines = await terminal.run("card", "void", first, "--why", "mistaken");
  assert.match(lines[0] ?? "", /^paid back 6\.20 EUR with payment \d+, which reverses \d+$/);
  assert.equal(lines[1], `card ${first} is in stock again, with 5.00 EUR on it`);
  assert.equal(await pinOf(), pin, "the same card with the same pin");

  assert.deepEqual(await terminal.run("group", "pins", group, "renew"), [
    `a returned card of group ${group} gets a new pin`,
  ]);
  assert.match((await terminal.run("card", "return", first))[1] ?? "", /is in stock again, with a new pin/);
  const renewed = await pinOf();
  assert.match(renewed ?? "", /^\d{8}$/);
  assert.notEqual(renewed, pin);

  const amount = { number: first, amount: "12.40", currency: "EUR", description: "" };
  assert.match((await client.ask("card_payment_add", amount)).text, /<new_balance>15\.00</);
  assert.match(await terminal.refused("card", "return", first), /was topped up/);
  const topUp = (await rowsOf("card", "payments", first)).find((one) => one.for === "top-up");
  assert.equal(topUp?.channel, "mor");
  assert.match(await terminal.refused("card", "undo-top-up", first, "--payment", "1000000"), /has no top-up 1000000/);
  const undone = await terminal.run("card", "undo-top-up", first, "--payment", String(topUp?.number));
  assert.equal(undone[1], `card ${first} stays sold, with 5.00 EUR on it`);

  await sell();
  assert.match((await terminal.run("card", "refund", second, "--keep"))[1] ?? "", /stays with its buyer/);
  assert.match(await terminal.refused("card", "refund", second), /Nothing that was paid .* is left to be paid back/);
  assert.match((await terminal.run("card", "return", first, "--end"))[1] ?? "", /has ended/);
  assert.equal((await rowsOf("card", "show", first))[0]?.state, "ended");
  assertError(await client.ask("card_balance_get", { number: first }), "card", "Calling Card was not found");

  const today = new Date().toISOString().slice(0, 10);
  const [whole] = await rowsOf("report", "payments", "--from", today, "--by", "nothing", "--product", group);
  assert.deepEqual([whole?.sold, whole?.reversed, whole?.total, whole?.tax], [4, 4, "0.00", "0.00"]);
});

test("the price of a group changes at once and from a moment on, and old clients see the price of the moment", async () => {
  const { group } = await addGroup();
  const client = await house();
  const priceOf = async () => valuesOf(await client.ask("card_group_get", { id: group }), "price_with_tax")[0];
  assert.deepEqual(await terminal.run("group", "price", group, "7.00"), [`group ${group} costs 7.00 EUR from now on`]);
  await terminal.run("group", "price", group, "8.00", "--from", "2999-01-01");
  assert.equal(await priceOf(), "7.00");
  const [shown] = await rowsOf("group", "show", group);
  assert.equal(shown?.following, "8.00 from 2999-01-01T00:00:00.000Z");
  assert.equal((await rowsOf("group", "list")).find((one) => one.number === Number(group))?.price, "7.00");
  const [line] = await terminal.run("group", "withdraw-price", group, "--from", "2999-01-01");
  assert.equal(line, `the price of group ${group} from 2999-01-01T00:00:00.000Z on is withdrawn`);
  assert.equal((await rowsOf("group", "show", group))[0]?.following, null);
  for (const [words, sentence] of [
    [["withdraw-price", group, "--from", "2999-01-01"], /^No price of group \d+ follows at 2999-01-01/],
    [["price", group, "7,00"], /^The price "7,00" is no amount in EUR/],
    [["price", group, "9.00", "--from", "2020-01-01"], /has passed/],
    [["price", "999999", "9.00"], /^There is no card group 999999/],
    [["pins", group, "shred"], /neither renew nor keep/],
  ] as const) {
    assert.match(await terminal.refused("group", ...words), sentence);
  }
});

test("terms of resellers and reports that cannot be end with a sentence, and lists without rows say so", async () => {
  const { group } = await addGroup();
  await reseller("beta");
  const own = await addGroup("--owner", "beta");
  await house();
  for (const [words, sentence] of [
    [["reseller", "set", "nobody", group], /^There is no operator nobody/],
    [["reseller", "set", `clerk-${groups}`, group], /is no reseller/],
    [["reseller", "set", "beta", own.group], /belongs to a reseller, who alone sells it/],
    [["reseller", "set", "beta", group, "--commission", "101"], /no percentage from 0 to 100/],
    [["reseller", "set", "beta", group, "--quota", "many"], /--quota "many" is not a whole number/],
    [["report", "payments", "--from", "yesterday"], /--from "yesterday" is no day/],
    [["report", "payments", "--from", "2026-12-02", "--to", "2026-12-01"], /lies before the first/],
    [["report", "payments", "--from", "2001-01-01", "--zone", "Nowhere"], /is no time zone/],
    [["report", "payments", "--from", "2001-01-01", "--by", "weekday"], /is none of day, reseller, product, channel/],
  ] as const) {
    assert.match(await terminal.refused(...words), sentence);
  }
  assert.deepEqual(await terminal.run("report", "payments", "--from", "2001-01-01", "--to", "2001-01-02"), [
    "Nothing was paid from 2001-01-01 to 2001-01-02.",
  ]);
  assert.deepEqual(await terminal.run("reseller", "list", "--reseller", "beta"), [
    'No reseller sells cards of the house. "counterfoil reseller set" lets one.',
  ]);
});
