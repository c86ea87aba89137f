/**
 * The calls around the sale of cards: MOR API card group get, Card Groups get, Calling Cards get, Calling Cards create,
 * card balance get, card payment add, user login, user logout.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import {
  addGroup,
  addReseller,
  assertDocument,
  assertError,
  cardNumbers,
  type MorAnswer,
  type MorClient,
  morClient,
  valuesOf,
} from "../../../tests/support/mor.ts";
import { anybody } from "../../../tests/support/principals.ts";
import { hashPassword } from "../../access/password.ts";
import { failuresPerAccountMax } from "../../access/throttle.ts";

let app: TestApp;
let client: MorClient;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  await app.app.administration.putCurrency(1, "USD", "1.25");
  client = morClient(app);
});
after(() => app.stop());

const order = { organizationId: 1, principal: anybody, address: null } as const;

/** Sells a card by its number. */
async function sell(group: number, number: string): Promise<void> {
  const answer = await client.ask("card_from_group_sell", { id: String(group), number });
  assert.deepEqual(valuesOf(answer, "number"), [number]);
}

/** Fails unless the error is this one, in the place of errors about cards. */
function assertCardError(answer: MorAnswer, words: string): void {
  assertError(answer, "card", words);
}

test("card_group_get tells of the group, in the documentation's spelling, under both names", async () => {
  for (const name of ["card_group_get", "show_calling_card_group"]) {
    assertDocument(
      await client.ask(name, { id: "6" }),
      `
<page>
  <cardgroup>
    <name>World Card 10</name>
    <iamge_link></iamge_link>
    <description>Calling cards</description>
    <price>10.00</price>
    <price_with_tax>12.40</price_with_tax>
    <currency>EUR</currency>
    <free_cards_size>100</free_cards_size>
    <pin_length>8</pin_length>
    <number_length>10</number_length>
  </cardgroup>
</page>`,
    );
  }
});

test("card_group_get of what is no group of the caller's is an error", async () => {
  for (const id of ["999999", "", "x", "2", "6;"]) {
    assertCardError(await client.ask("card_group_get", { id }), "Cardgroup was not found");
  }
});

test("cc_groups_get lists the caller's groups, or the one that is named", async () => {
  const group = (id: number, name: string, count: number) => `
    <cc_group>
      <group_id>${id}</group_id>
      <group_image></group_image>
      <group_name>${name}</group_name>
      <group_description>Calling cards</group_description>
      <group_number_pin_length>10/8</group_number_pin_length>
      <group_tarrif></group_tarrif>
      <group_lcr></group_lcr>
      <group_price>12.40</group_price>
      <group_price_without_tax>10.00</group_price_without_tax>
      <group_cards_count>${count}</group_cards_count>
      <group_currency>EUR</group_currency>
    </cc_group>`;
  const page = (groups: string) => `<page>\n  <cc_groups>${groups}\n  </cc_groups>\n</page>`;
  const fresh = await startTestApp(undefined, { demo: true });
  try {
    const house = morClient(fresh);
    const both = page(group(6, "World Card 10", 100) + group(7, "World Card 20", 0));
    assertDocument(await house.ask("cc_groups_get"), both);
    assertDocument(await house.ask("cc_groups_get", { cc_group_id: "" }), both);
    assertDocument(await house.ask("cc_groups_get", { cc_group_id: "7" }), page(group(7, "World Card 20", 0)));
    for (const id of ["999999", "x", "2"]) {
      assertCardError(await house.ask("cc_groups_get", { cc_group_id: id }), "Wrong Calling Cards Group ID");
    }
    const reseller = morClient(fresh, { login: "reseller" });
    assertCardError(await reseller.ask("cc_groups_get"), "Calling Cards Groups were not found");
  } finally {
    await fresh.stop();
  }
});

test("calling_cards_get tells all that is known of a card", async () => {
  const group = await addGroup(app);
  const created = {
    card_group_id: String(group),
    cards_from: "5100000001",
    cards_till: "5100000001",
    batch_number: "batch <51>",
    min_balance: "2.5",
    distributor_id: "100",
    language: "lt",
  };
  assertDocument(
    await client.ask("calling_cards_create", created),
    "<page>\n  <status>Cards created: 1/1</status>\n</page>",
  );
  const answer = await client.ask("calling_cards_get", { number: "5100000001" });
  const [id = "", pin = ""] = [...valuesOf(answer, "card_id"), ...valuesOf(answer, "card_pin")];
  assert.match(id, /^\d+$/);
  assert.match(pin, /^\d{8}$/);
  assertDocument(
    answer,
    `
<page>
  <cards>
    <card>
      <card_id>${id}</card_id>
      <card_number>5100000001</card_number>
      <card_name></card_name>
      <card_pin>${pin}</card_pin>
      <card_batch_number>batch &lt;51&gt;</card_batch_number>
      <card_callerid></card_callerid>
      <card_balance>10.00</card_balance>
      <card_minimal_balance>2.5</card_minimal_balance>
      <card_first_use></card_first_use>
      <card_daily_charge_paid_till></card_daily_charge_paid_till>
      <card_sold>0</card_sold>
      <card_language>lt</card_language>
      <card_distributor>anna@example.com</card_distributor>
      <card_currency>EUR</card_currency>
    </card>
  </cards>
</page>`,
  );
  await sell(group, "5100000001");
  await app.app.engine.execute({
    ...order,
    command: { verb: "redeem", productId: group, code: "5100000001" },
  });
  const used = await client.ask("calling_cards_get", { number: "5100000001" });
  assert.deepEqual(valuesOf(used, "card_sold"), ["1"]);
  assert.match(valuesOf(used, "card_first_use")[0] ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
});

test("calling_cards_get lists the cards that fit every filter, group by group, the lowest number first", async () => {
  const [group, later] = [await addGroup(app), await addGroup(app)];
  const create = (from: string, till: string, more: Record<string, string>, into = group) =>
    client.ask("calling_cards_create", { card_group_id: String(into), cards_from: from, cards_till: till, ...more });
  // Made in any order.
  await create("5100000009", "5100000009", { batch_number: "b52", language: "fr" }, later);
  await create("5200000004", "5200000004", { batch_number: "b52", language: "de" });
  await create("5200000001", "5200000003", { batch_number: "b52", language: "en", distributor_id: "102" });
  await sell(group, "5200000002");
  const paid = { number: "5200000002", amount: "6.20", currency: "EUR", description: "" };
  await client.ask("card_payment_add", paid);

  const [pin = ""] = valuesOf(await client.ask("calling_cards_get", { number: "5200000003" }), "card_pin");
  const all = ["5200000001", "5200000002", "5200000003", "5200000004", "5100000009"];
  const some = (...last: number[]) => last.map((one) => `520000000${one}`);
  const cases: readonly (readonly [Record<string, string>, readonly string[]])[] = [
    [{}, all],
    [{ sold: "all", number: "", name: "" }, all],
    [{ sold: "yes" }, some(2)],
    [{ sold: "1" }, some(2)],
    [{ sold: "no" }, [...some(1, 3, 4), "5100000009"]],
    [{ sold: "0" }, [...some(1, 3, 4), "5100000009"]],
    [{ sold: "no", number: "5200000002" }, []],
    [{ number: "5200000003", pin }, some(3)],
    [{ number: "5200000004", pin }, []],
    [{ pin, language: "de" }, []],
    [{ number: "5200000004" }, some(4)],
    [{ pin }, some(3)],
    [{ language: "de" }, some(4)],
    [{ language: "en", sold: "no" }, some(1, 3)],
    [{ distributor: "102" }, some(1, 2, 3)],
    [{ min_balance: "10.01" }, some(2)],
    [{ min_balance: "15" }, some(2)],
    [{ max_balance: "10" }, [...some(1, 3, 4), "5100000009"]],
    [{ max_balance: "9.999" }, []],
    [{ min_balance: "10", max_balance: "15.000" }, all],
  ];
  for (const [filter, numbers] of cases) {
    const answer = await client.ask("calling_cards_get", { batch_number: "b52", ...filter });
    if (numbers.length === 0) assertCardError(answer, "Cards were not found");
    else assert.deepEqual(valuesOf(answer, "card_number"), numbers, JSON.stringify(filter));
  }
});

test("calling_cards_get with a filter that no card can fit finds none, and never more than was asked for", async () => {
  const filters: readonly Record<string, string>[] = [
    { number: "1" },
    { number: "6000000001' or '1'='1" },
    { name: "nobody" },
    { pin: "0" },
    { batch_number: "x".repeat(300) },
    { callerid: "1" },
    { language: "xx" },
    { sold: "maybe" },
    { sold: "constructor" },
    { distributor: "x" },
    { distributor: "999999" },
    { min_balance: "much" },
    { max_balance: "-1" },
    { min_balance: "1e3" },
  ];
  for (const filter of filters) {
    assertCardError(await client.ask("calling_cards_get", filter), "Cards were not found");
  }
});

test("calling_cards_create makes an interval with pins that no two cards share, each holding the price without tax", async () => {
  const group = String(await addGroup(app, { price: { minor: 999n, currency: "EUR" }, taxPpm: 210_000 }));
  const interval = { card_group_id: group, cards_from: "5300000001", cards_till: "5300000050" };
  assertDocument(
    await client.ask("calling_cards_create", interval),
    "<page>\n  <status>Cards created: 50/50</status>\n</page>",
  );
  const sold = await client.ask("card_from_group_sell", { id: group, quantity: "50" });
  assert.deepEqual(valuesOf(sold, "number"), cardNumbers("53", 50));
  assert.equal(new Set(valuesOf(sold, "pin")).size, 50);
  assert.deepEqual([...new Set(valuesOf(sold, "balance_without_vat"))], ["8.26"]);
});

test("calling_cards_create passes over what exists, and says so when that is all", async () => {
  const group = String(await addGroup(app, { numbers: ["5400000002"] }));
  const interval = { card_group_id: group, cards_from: "5400000001", cards_till: "5400000003" };
  assert.deepEqual(valuesOf(await client.ask("calling_cards_create", interval), "status"), ["Cards created: 2/3"]);
  assertCardError(await client.ask("calling_cards_create", interval), "Cards already exist");
});

test("calling_cards_create without an end makes one card", async () => {
  const group = String(await addGroup(app));
  const answer = await client.ask("calling_cards_create", { card_group_id: group, cards_from: "5500000001" });
  assert.deepEqual(valuesOf(answer, "status"), ["Cards created: 1/1"]);
});

test("calling_cards_create makes a long interval, with leading zeros and all", async () => {
  const group = String(await addGroup(app, { numberDigits: 12 }));
  const interval = { card_group_id: group, cards_from: "000000000001", cards_till: "000000004500" };
  const answer = await client.ask("calling_cards_create", interval, { headers: { "idempotency-key": "long" } });
  assert.deepEqual(valuesOf(answer, "status"), ["Cards created: 4500/4500"]);
  const again = await client.ask("calling_cards_create", interval, { headers: { "idempotency-key": "long" } });
  assert.equal(again.text, answer.text);
  assert.deepEqual(valuesOf(await client.ask("card_group_get", { id: group }), "free_cards_size"), ["4500"]);
});

test("calling_cards_create refuses an interval that cannot be one, and makes nothing", async () => {
  const group = String(await addGroup(app));
  const cases: readonly (readonly [from: string, till: string, words: string])[] = [
    ["", "", "Cards from is in wrong format"],
    ["123", "5600000001", "Cards from is in wrong format"],
    ["56000000011", "56000000012", "Cards from is in wrong format"],
    ["560000000x", "5600000001", "Cards from is in wrong format"],
    ["-560000001", "5600000001", "Cards from is in wrong format"],
    ["5600000001", "56000000", "Cards till is in wrong format"],
    ["5600000001", "5600000001 ", "Cards till is in wrong format"],
    ["5600000002", "5600000001", "Cards from must not be greater than Cards till"],
    ["0000000000", "9999999999", "Too many Cards in this interval"],
  ];
  for (const [cards_from, cards_till, words] of cases) {
    assertCardError(await client.ask("calling_cards_create", { card_group_id: group, cards_from, cards_till }), words);
  }
  for (const id of ["", "999999", "x", "2"]) {
    const interval = { card_group_id: id, cards_from: "5600000001", cards_till: "5600000001" };
    assertCardError(await client.ask("calling_cards_create", interval), "Card Group was not found");
  }
  assert.deepEqual(valuesOf(await client.ask("card_group_get", { id: group }), "free_cards_size"), ["0"]);
});

test("calling_cards_create stops before pins could be guessed", async () => {
  const group = String(await addGroup(app, { secretDigits: 2 }));
  const create = (cards_from: string, cards_till: string) =>
    client.ask("calling_cards_create", { card_group_id: group, cards_from, cards_till });
  assertCardError(await create("5700000001", "5700000021"), "PIN is too short for this interval");
  assert.deepEqual(valuesOf(await create("5700000001", "5700000020"), "status"), ["Cards created: 20/20"]);
  assertCardError(await create("5700000021", "5700000021"), "PIN is too short for this interval");
});

test("calling_cards_create passes over optional parameters that do not fit, as the documentation says", async () => {
  const group = String(await addGroup(app));
  await client.ask("calling_cards_create", {
    card_group_id: group,
    cards_from: "5800000001",
    cards_till: "5800000001",
    min_balance: "much",
    distributor_id: "999999",
    language: "x".repeat(300),
    batch_number: "x".repeat(300),
  });
  const answer = await client.ask("calling_cards_get", { number: "5800000001" });
  for (const element of ["card_minimal_balance", "card_distributor", "card_language", "card_batch_number"]) {
    assert.deepEqual(valuesOf(answer, element), [""], element);
  }
});

test("card_balance_get tells what a card holds, sold or not", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("61", 2) });
  await sell(group, "6100000002");
  for (const number of ["6100000001", "6100000002"]) {
    assertDocument(
      await client.ask("card_balance_get", { number }),
      "<page>\n  <calling_card>\n    <balance>10.00</balance>\n    <currency>EUR</currency>\n  </calling_card>\n</page>",
    );
  }
  for (const number of ["", "1", "x", "6100000001x", "9".repeat(40), "412158754"]) {
    assertCardError(await client.ask("card_balance_get", { number }), "Calling Card was not found");
  }
});

test("card_payment_add puts the amount without its tax on a sold card", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("62", 1), name: "Top & up" });
  await sell(group, "6200000001");
  const paid = { number: "6200000001", amount: "12.4", currency: "EUR", description: "cash <1>" };
  assertDocument(
    await client.ask("card_payment_add", paid),
    `
<page>
  <status>
    <success>Calling Card balance successfully updated</success>
  </status>
  <calling_card_group>
    <name>Top &amp; up</name>
  </calling_card_group>
  <calling_card>
    <number>6200000001</number>
  </calling_card>
  <add_payment>
    <currency>EUR</currency>
    <amount_with_tax>12.40</amount_with_tax>
    <details>
      <current_balance>10.00</current_balance>
      <converted_to>EUR</converted_to>
      <exchange_rate>1</exchange_rate>
      <amount_with_tax>12.40</amount_with_tax>
      <amount_without_tax>10.00</amount_without_tax>
      <new_balance>20.00</new_balance>
      <description>cash &lt;1&gt;</description>
    </details>
  </add_payment>
</page>`,
  );
  assert.deepEqual(valuesOf(await client.ask("card_balance_get", { number: "6200000001" }), "balance"), ["20.00"]);
});

test("card_payment_add converts what is paid in another currency of the organization", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("63", 1) });
  await sell(group, "6300000001");
  const answer = await client.ask("card_payment_add", { number: "6300000001", amount: "15.50", currency: "usd" });
  assert.deepEqual(valuesOf(answer, "currency"), ["USD"]);
  assert.deepEqual(valuesOf(answer, "converted_to"), ["EUR"]);
  assert.deepEqual(valuesOf(answer, "exchange_rate"), ["1.25"]);
  assert.deepEqual(valuesOf(answer, "amount_with_tax"), ["15.50", "12.40"]);
  assert.deepEqual(valuesOf(answer, "amount_without_tax"), ["10.00"]);
  assert.deepEqual(valuesOf(answer, "new_balance"), ["20.00"]);
  const without = await client.ask("card_payment_add", { number: "6300000001", amount: "1.24" });
  assert.deepEqual(valuesOf(without, "currency"), ["EUR"]);
  assert.deepEqual(valuesOf(without, "new_balance"), ["21.00"]);
});

test("card_payment_add changes nothing for an amount, a currency or a card that will not do", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("64", 2) });
  await sell(group, "6400000001");
  const number = "6400000001";
  for (const amount of ["", "0", "-5", "1.234", "five", "1e3", "99999999999999", "1,5"]) {
    const answer = await client.ask("card_payment_add", { number, amount, currency: "EUR" });
    assertCardError(answer, "Amount is not correct");
  }
  for (const currency of ["GBP", "XYZ", "E", "EURO", "€"]) {
    assertCardError(await client.ask("card_payment_add", { number, amount: "1", currency }), "Currency disabled");
  }
  const unsold = { number: "6400000002", amount: "1", currency: "EUR" };
  assertCardError(await client.ask("card_payment_add", unsold), "Calling Card is not sold");
  for (const wrong of ["", "1", "x", "412158754"]) {
    const answer = await client.ask("card_payment_add", { number: wrong, amount: "1", currency: "EUR" });
    assertCardError(answer, "Calling Card was not found");
  }
  for (const card of ["6400000001", "6400000002"]) {
    assert.deepEqual(valuesOf(await client.ask("card_balance_get", { number: card }), "balance"), ["10.00"]);
  }
});

test("the same Idempotency-Key pays once and answers the same", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("65", 1) });
  await sell(group, "6500000001");
  const paid = { number: "6500000001", amount: "1.24", currency: "EUR" };
  const headers = { "idempotency-key": "payment-65" };
  const [first, second] = await Promise.all([
    client.ask("card_payment_add", paid, { headers }),
    client.ask("card_payment_add", paid, { headers }),
  ]);
  assert.equal(second.text, first.text);
  assert.deepEqual(valuesOf(await client.ask("card_balance_get", { number: paid.number }), "balance"), ["11.00"]);
  assertCardError(
    await client.ask("card_payment_add", { ...paid, amount: "2.48" }, { headers }),
    "Idempotency-Key was used before for another request",
  );
});

test("payments at once all arrive", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("66", 1) });
  await sell(group, "6600000001");
  const paid = { number: "6600000001", amount: "1.24", currency: "EUR" };
  await Promise.all(Array.from({ length: 30 }, () => client.ask("card_payment_add", paid)));
  assert.deepEqual(valuesOf(await client.ask("card_balance_get", { number: paid.number }), "balance"), ["40.00"]);
});

test("user_login tells whether login and password fit, under both names, and asks for no hash", async () => {
  const admin = await app.app.queries.operators.byLogin(1, "admin");
  for (const name of ["user_login", "login", "login/"]) {
    assertDocument(
      await client.send(`/billing/api/${name}?u=admin&p=admin`),
      `
<action>
  <name>login</name>
  <status>ok</status>
  <user_id>${admin?.id}</user_id>
  <status_message>Successfully logged in</status_message>
</action>`,
    );
  }
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const posted = await client.send("/billing/api/login/", { body: "u=reseller&p=reseller", headers: form });
  assert.deepEqual(valuesOf(posted, "status"), ["ok"]);
});

test("user_login with a wrong login or password fails, and so does one without", async () => {
  const failed = `
<action>
  <name>login</name>
  <status>failed</status>
  <status_message>Login failed</status_message>
</action>`;
  for (const query of ["u=admin&p=wrong", "u=nobody&p=admin", "u=admin", "p=admin", "", "u=&p=", "u=%FF&p=%00"]) {
    assertDocument(await client.send(`/billing/api/user_login?${query}`), failed);
  }
});

test("user_login is throttled like every login", async () => {
  const passwordHash = await hashPassword("open");
  await app.app.administration.putOperator(1, { login: "guessed", passwordHash, role: "administrator" });
  const guesser = morClient(app);
  const answers: MorAnswer[] = [];
  for (let turn = 0; turn < failuresPerAccountMax; turn++) {
    answers.push(await guesser.send(`/billing/api/user_login?u=guessed&p=guess-${turn}`));
  }
  const last = await guesser.send("/billing/api/user_login?u=guessed&p=once-more");
  assert.deepEqual(valuesOf(last, "status_message"), ["Too many failed logins, please wait a minute"]);
  for (const answer of answers) assert.deepEqual(valuesOf(answer, "status"), ["failed"]);
});

test("a reseller logs in only while its API is on", async () => {
  const { administration } = app.app;
  await addReseller(app, "login-reseller");
  const passwordHash = await hashPassword("open");
  await administration.putOperator(1, { login: "login-reseller", passwordHash, role: "reseller" });
  await administration.putOperator(1, { login: "login-closed", passwordHash, role: "reseller" });
  const opened = await client.send("/billing/api/user_login?u=login-reseller&p=open");
  assert.deepEqual(valuesOf(opened, "status"), ["ok"]);
  const closed = await client.send("/billing/api/user_login?u=login-closed&p=open");
  assertError(closed, "status", "API Requests are disabled");
});

test("user_logout ends what was never begun, for whoever may log in", async () => {
  for (const name of ["user_logout", "logout"]) {
    assertDocument(
      await client.send(`/billing/api/${name}?u=admin&p=admin`),
      "<action>\n  <name>logout</name>\n  <status>ok</status>\n</action>",
    );
    assertDocument(
      await client.send(`/billing/api/${name}?u=admin&p=wrong`),
      "<action>\n  <name>logout</name>\n  <status>failed</status>\n</action>",
    );
  }
});
