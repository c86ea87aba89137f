/** MOR API card from group sell - /billing/api/card_from_group_sell, /billing/api/buy_card_from_callingroup */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { carryOut } from "../../../tests/support/charts.ts";
import {
  addGroup,
  assertDocument,
  assertError,
  cardNumbers,
  type MorAnswer,
  type MorClient,
  morClient,
  sha1,
  valuesOf,
} from "../../../tests/support/mor.ts";
import { anybody } from "../../../tests/support/principals.ts";

let app: TestApp;
let client: MorClient;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  await app.app.administration.putCurrency(1, "USD", "1.25");
  client = morClient(app, { login: "username" });
});
after(() => app.stop());

/** Fails unless exactly these cards were sold. */
function assertSold(answer: MorAnswer, numbers: readonly string[]): void {
  assert.deepEqual(valuesOf(answer, "number"), numbers, answer.text);
  const pins = valuesOf(answer, "pin");
  assert.equal(new Set(pins).size, numbers.length);
  for (const pin of pins) assert.match(pin, /^\d{8}$/);
}

async function unsoldOf(group: number): Promise<number> {
  const [size] = valuesOf(await client.ask("card_group_get", { id: String(group) }), "free_cards_size");
  return Number(size);
}

/** Runs a query on the database of the server. */
async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<readonly Row[]> {
  const database = new pg.Client(app.database.address);
  await database.connect();
  try {
    return (await database.query<Row>(text, values)).rows;
  } finally {
    await database.end();
  }
}

test("the request of the documentation, as printed, sells the two lowest cards of the group", async () => {
  const answer = await client.send(
    "/billing/api/buy_card_from_callingroup?u=username&id=6&quantity=2&hash=37086d860581fabc278413cd1a417d5c079f6eba",
  );
  const [first = "", second = ""] = valuesOf(answer, "pin");
  assertDocument(
    answer,
    `
<page>
  <cards>
    <card>
      <pin>${first}</pin>
      <number>6000000001</number>
      <balance_without_vat>10.00</balance_without_vat>
      <currency>EUR</currency>
    </card>
    <card>
      <pin>${second}</pin>
      <number>6000000002</number>
      <balance_without_vat>10.00</balance_without_vat>
      <currency>EUR</currency>
    </card>
  </cards>
</page>`,
  );
  assertSold(answer, ["6000000001", "6000000002"]);
});

test("both names of the call sell, with a slash at the end or without", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("11", 4) }));
  for (const [index, name] of ["card_from_group_sell", "buy_card_from_callingroup"].entries()) {
    const { u = "", hash = "" } = client.sign(name, { id: group });
    assertSold(await client.ask(name, { id: group }), [`110000000${2 * index + 1}`]);
    const query = new URLSearchParams({ u, id: group, hash });
    assertSold(await client.send(`/billing/api/${name}/?${query}`), [`110000000${2 * index + 2}`]);
  }
});

test("the hash is made of email, id and quantity in this order, and of nothing else", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("12", 9) }));
  const hash = sha1(`buyer@example.com${group}2456789`);
  const query = new URLSearchParams({
    hash,
    quantity: "2",
    curr: "EUR",
    id: group,
    p: "whatever",
    stray: "7",
    email: "buyer@example.com",
    u: "username",
  });
  assertSold(await client.send(`/billing/api/card_from_group_sell?${query}`), ["1200000001", "1200000002"]);
  for (const wrong of [`${group}2buyer@example.com456789`, `buyer@example.com2${group}456789`, `${group}2456789`]) {
    query.set("hash", sha1(wrong));
    assertError(await client.send(`/billing/api/card_from_group_sell?${query}`), "status", "Incorrect hash");
  }
});

test("no quantity, or an empty one, sells one card", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("13", 3) }));
  assertSold(await client.ask("card_from_group_sell", { id: group }), ["1300000001"]);
  assertSold(await client.ask("card_from_group_sell", { id: group, quantity: "", email: "", number: "", curr: "" }), [
    "1300000002",
  ]);
});

test("a quantity that is no whole number from 1 to the limit sells nothing", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("14", 3) });
  const wrong = [
    "0",
    "-1",
    "1.5",
    "2,0",
    "two",
    " 1",
    "+1",
    "1e1",
    "0x1",
    "٣",
    "1001",
    "99999999999999999999",
    "1 OR 1",
  ];
  for (const quantity of wrong) {
    const answer = await client.ask("card_from_group_sell", { id: String(group), quantity });
    assertError(answer, "card", "Free cards was not found");
  }
  assert.equal(await unsoldOf(group), 3);
});

test("the limit of one call is the organization's", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("15", 5) });
  await app.app.administration.putSetting(1, "mor.quantityMax", "3");
  const limited = morClient(app, { login: "username" });
  assertError(
    await limited.ask("card_from_group_sell", { id: String(group), quantity: "4" }),
    "card",
    "Free cards was not found",
  );
  assertSold(await limited.ask("card_from_group_sell", { id: String(group), quantity: "3" }), [
    "1500000001",
    "1500000002",
    "1500000003",
  ]);
  await app.app.administration.putSetting(1, "mor.quantityMax", undefined);
});

test("a thousand cards are sold at once, and no two have the same pin", async () => {
  const numbers = cardNumbers("16", 1_001);
  const group = String(await addGroup(app, { numbers }));
  assertSold(await client.ask("card_from_group_sell", { id: group, quantity: "1000" }), numbers.slice(0, 1_000));
});

test("a sale that asks for more than there is sells nothing", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("17", 3) });
  assertError(
    await client.ask("card_from_group_sell", { id: String(group), quantity: "4" }),
    "card",
    "Free cards was not found",
  );
  assert.equal(await unsoldOf(group), 3);
  assertSold(await client.ask("card_from_group_sell", { id: String(group), quantity: "3" }), cardNumbers("17", 3));
  assertError(await client.ask("card_from_group_sell", { id: String(group) }), "card", "Free cards was not found");
});

test("a group without cards has no free ones", async () => {
  assertError(await client.ask("card_from_group_sell", { id: "7" }), "card", "Free cards was not found");
});

test("an unknown group, none, one of another kind and a retired one are the same error", async () => {
  const retired = await addGroup(app, { numbers: cardNumbers("18", 1) });
  const order = { organizationId: 1, principal: anybody, address: null } as const;
  await app.app.engine.execute({ ...order, command: { verb: "retire_product", productId: retired } });
  for (const id of ["999999", "", "x", "-6", "6.0", "6 ", "9".repeat(40), "2", String(retired)]) {
    assertError(await client.ask("card_from_group_sell", { id }), "card", "Cardgroup was not found");
  }
  assertError(await client.ask("card_from_group_sell"), "card", "Cardgroup was not found");
});

test("a group whose time is over sells nothing", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("19", 1), endsAtMs: Date.now() - 1_000 });
  assertError(await client.ask("card_from_group_sell", { id: String(group) }), "card", "Free cards was not found");
});

test("a number sells that card, whatever the quantity says, which still is in the hash", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("21", 5) }));
  const asked = { id: group, quantity: "99999", number: "2100000004" };
  assertSold(await client.ask("card_from_group_sell", asked), ["2100000004"]);
  const { hash: _, ...unsigned } = client.sign("card_from_group_sell", { id: group, number: "2100000003" });
  const query = new URLSearchParams({ ...unsigned, quantity: "1", hash: sha1(`${group}456789`) });
  assertError(await client.send(`/billing/api/card_from_group_sell?${query}`), "status", "Incorrect hash");
});

test("a card that was sold by its number is sold already, and the next sale passes it over", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("22", 3) }));
  assertSold(await client.ask("card_from_group_sell", { id: group, number: "2200000002" }), ["2200000002"]);
  assertError(
    await client.ask("card_from_group_sell", { id: group, number: "2200000002" }),
    "card",
    "Card is already sold",
  );
  assertSold(await client.ask("card_from_group_sell", { id: group, quantity: "2" }), ["2200000001", "2200000003"]);
});

test("a number that is no card of the group is no free card", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("23", 1) }));
  await addGroup(app, { numbers: cardNumbers("24", 1) });
  for (const number of ["9999999999", "2400000001", "02300000001", "x", " 2300000001", "1".repeat(100), "412158754"]) {
    const answer = await client.ask("card_from_group_sell", { id: group, number });
    assertError(answer, "card", "Free cards was not found");
  }
});

test("a sale records a payment with tax for every card, in the default currency", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("25", 2) }));
  await client.ask("card_from_group_sell", { id: group, quantity: "2" });
  assert.deepEqual(await paymentsOf(group), [
    { amount_minor: "1240", tax_minor: "240", currency: "EUR", channel: "mor", login: "username" },
    { amount_minor: "1240", tax_minor: "240", currency: "EUR", channel: "mor", login: "username" },
  ]);
});

test("curr is the currency of the payment: what the answer says of the card does not change", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("26", 3) }));
  for (const curr of ["USD", "usd", "XXX"]) {
    const answer = await client.ask("card_from_group_sell", { id: group, curr });
    assert.deepEqual(valuesOf(answer, "balance_without_vat"), ["10.00"]);
    assert.deepEqual(valuesOf(answer, "currency"), ["EUR"]);
  }
  const payments = await paymentsOf(group);
  assert.deepEqual(
    payments.map(({ amount_minor, tax_minor, currency }) => [amount_minor, tax_minor, currency]),
    [
      ["1550", "300", "USD"],
      ["1550", "300", "USD"],
      ["1240", "240", "EUR"],
    ],
    "an unknown currency is the default one",
  );
});

function paymentsOf(group: string) {
  return query(
    `select y.amount_minor, y.tax_minor, y.currency, s.channel, o.login from payment y
     join sale s on s.organization_id = y.organization_id and s.id = y.sale_id
     join operator o on o.organization_id = y.organization_id and o.id = s.operator_id
     where s.product_id = $1 order by y.id`,
    [group],
  );
}

test("an email is kept with the sale, queues a mail after the sale and holds the cards", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("27", 2) }));
  assertSold(await client.ask("card_from_group_sell", { id: group, email: "Holder@Example.com" }), ["2700000001"]);
  assertSold(await client.ask("card_from_group_sell", { id: group }), ["2700000002"]);
  const sales = await query<{ id: string; email: string | null }>(
    "select id, email from sale where product_id = $1 order by id",
    [group],
  );
  assert.deepEqual(
    sales.map(({ email }) => email),
    ["Holder@Example.com", null],
  );
  const holders = await query(
    `select e.code, c.name from entitlement e
     left join customer c on c.organization_id = e.organization_id and c.id = e.customer_id
     where e.product_id = $1 order by e.code`,
    [group],
  );
  assert.deepEqual(holders, [
    { code: "2700000001", name: "Holder@Example.com" },
    { code: "2700000002", name: null },
  ]);
  const jobs = await query<{ task_identifier: string }>("select task_identifier from graphile_worker.jobs");
  assert.ok(jobs.some(({ task_identifier }) => task_identifier === "mail_sale"));
});

test("an email that is no address sells nothing", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("28", 2) });
  const wrong = [
    "buyer",
    "a@example.com,b@example.com",
    "a@example.com\r\nBcc: b@example.com",
    "Buyer <a@example.com>",
    `${"a".repeat(300)}@example.com`,
    "<script>alert(1)</script>",
  ];
  for (const email of wrong) {
    const answer = await client.ask("card_from_group_sell", { id: String(group), email });
    assertError(answer, "card", "Email is not correct");
  }
  assert.equal(await unsoldOf(group), 2);
});

test("of sales at once every card goes to exactly one, and none is left when all are asked for", async () => {
  const numbers = cardNumbers("31", 60);
  const group = String(await addGroup(app, { numbers }));
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => client.ask("card_from_group_sell", { id: group, quantity: "2" })),
  );
  const sold = answers.flatMap((answer) => valuesOf(answer, "number"));
  assert.deepEqual([...sold].sort(), numbers);
  assert.equal(answers.filter(({ text }) => text.includes("Free cards was not found")).length, 10);
});

test("of sales of one number at once exactly one wins", async () => {
  const group = String(await addGroup(app, { numbers: cardNumbers("32", 2) }));
  const answers = await Promise.all(
    Array.from({ length: 16 }, () => client.ask("card_from_group_sell", { id: group, number: "3200000001" })),
  );
  assert.equal(answers.flatMap((answer) => valuesOf(answer, "number")).length, 1);
  assert.equal(answers.filter(({ text }) => text.includes("Card is already sold")).length, 15);
});

test("a sale by number takes nothing from a sale of others at the same moment", async () => {
  for (let round = 0; round < 5; round++) {
    const group = String(await addGroup(app, { numbers: cardNumbers(`33${round}`, 4) }));
    const [one, others] = await Promise.all([
      client.ask("card_from_group_sell", { id: group, number: `33${round}0000001` }),
      client.ask("card_from_group_sell", { id: group, quantity: "3" }),
    ]);
    assert.equal(valuesOf(others, "number").length, 3, others.text);
    // Whoever came first may have taken the card that was named; the sale of three then took the lowest three.
    if (valuesOf(one, "number").length === 0) assertError(one, "card", "Card is already sold");
  }
});

test("the same Idempotency-Key sells once and answers the same", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("34", 4) });
  const headers = { "idempotency-key": "order-34" };
  const first = await client.ask("card_from_group_sell", { id: String(group), quantity: "2" }, { headers });
  const again = await client.ask("card_from_group_sell", { id: String(group), quantity: "2" }, { headers });
  assertSold(first, ["3400000001", "3400000002"]);
  assert.equal(again.text, first.text);
  assert.equal(await unsoldOf(group), 2);
  assertError(
    await client.ask("card_from_group_sell", { id: String(group), quantity: "1" }, { headers }),
    "card",
    "Idempotency-Key was used before for another request",
  );
  const other = morClient(app, { login: "admin" });
  assertSold(await other.ask("card_from_group_sell", { id: String(group), quantity: "2" }, { headers }), [
    "3400000003",
    "3400000004",
  ]);
});

test("an Idempotency-Key that cannot be one sells nothing", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("35", 1) });
  for (const key of ["a b", "x".repeat(300)]) {
    const answer = await client.ask(
      "card_from_group_sell",
      { id: String(group) },
      { headers: { "idempotency-key": key } },
    );
    assertError(answer, "card", "Idempotency-Key is not correct");
  }
  assert.equal(await unsoldOf(group), 1);
});

test("balances are plain decimals, with as many decimals as their currency has", async () => {
  const group = await addGroup(app, {
    numbers: cardNumbers("36", 1),
    price: { minor: 123_456_789n, currency: "JPY" },
  });
  const answer = await client.ask("card_from_group_sell", { id: String(group) });
  assert.deepEqual(valuesOf(answer, "balance_without_vat"), ["1000"]);
  assert.deepEqual(valuesOf(answer, "currency"), ["JPY"]);
});

test("a group without pins has an empty pin", async () => {
  const group = await addGroup(app, { numbers: cardNumbers("37", 1), secretDigits: 0 });
  const answer = await client.ask("card_from_group_sell", { id: String(group) });
  assert.match(answer.text, /^ {6}<pin><\/pin>$/m);
});

test("numbers keep their leading zeros and all their digits", async () => {
  const group = await addGroup(app, { numbers: ["0000000000000000001"], numberDigits: 19 });
  const answer = await client.ask("card_from_group_sell", { id: String(group), number: "0000000000000000001" });
  assert.deepEqual(valuesOf(answer, "number"), ["0000000000000000001"]);
});

test("cards that are held for a buyer are not free and not sold, neither by quantity nor by number, and are listed", async () => {
  const productId = await addGroup(app, { numbers: cardNumbers("55", 4) });
  const group = String(productId);
  const what = { stock: 2, ownerId: null };
  const held = await carryOut(app.app, { verb: "hold", productId, what, reference: "order 1" });
  assert.deepEqual(held.codes, ["5500000001", "5500000002"]);
  assert.equal(await unsoldOf(productId), 2);
  assertError(
    await client.ask("card_from_group_sell", { id: group, quantity: "3" }),
    "card",
    "Free cards was not found",
  );
  const named = { id: group, number: "5500000001" };
  assertError(await client.ask("card_from_group_sell", named), "card", "Free cards was not found");
  assertSold(await client.ask("card_from_group_sell", { id: group, quantity: "2" }), ["5500000003", "5500000004"]);
  const listed = await client.ask("calling_cards_get", { number: "5500000001" });
  assert.deepEqual(valuesOf(listed, "card_sold"), ["0"]);
  await carryOut(app.app, { verb: "release", productId, hold: held.hold.id });
  assertSold(await client.ask("card_from_group_sell", named), ["5500000001"]);
  assert.equal(await unsoldOf(productId), 1);
});
