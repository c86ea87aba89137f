/**
 * Attack: a reseller of cards read the licence keys of all clients with its password; became the owner of everybody's
 * customer by selling to an address first, and was shown the phones that the house gave that customer; made cards with
 * the numbers that the house would print next; and made as many as it liked, also for requests that were given up.
 *
 * Guarantee: a reseller reads no licences; a buyer is the house's customer, whoever sells; a reseller makes the numbers
 * that the house gave it, and has no more unsold cards in a group than the house allows; a long making ends with its
 * request.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import pg from "pg";
import { startTestApp, type TestApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { ezpertClient } from "../support/ezpert.ts";
import { addGroup, addOperator, assertError, cardNumbers, morClient, valuesOf } from "../support/mor.ts";
import { openConnection } from "../support/raw-connection.ts";

const migration = new URL("../../migrations/0007_customers_of_the_house.sql", import.meta.url);

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

/** Runs statements beside the server. */
async function sql(text: string): Promise<void> {
  const client = new pg.Client(app.database.address);
  await client.connect();
  await client.query(text).finally(() => client.end());
}

let resellers = 0;

/** A reseller with a group of cards of its own. */
async function newReseller(settings: Readonly<Record<string, string>> = {}, numbers: readonly string[] = []) {
  const login = `reseller-${++resellers}`;
  const id = await addOperator(app, login, "reseller", { "mor.api": "on", "mor.secret": "456789", ...settings });
  const group = await addGroup(app, { ownerId: id, numbers });
  const client = morClient(app, { login });
  const create = (from: string, till: string) =>
    client.ask("calling_cards_create", { card_group_id: String(group), cards_from: from, cards_till: till });
  return { id, login, group, client, create };
}

const created = (count: number, asked = count) => [`Cards created: ${count}/${asked}`];

test("neither the password nor a token of a reseller reads licences", async () => {
  const ask = ezpertClient(app.url);
  const question = { client_id: "mario.rossi@sangah.com" };
  assert.equal((await ask("query", question, { login: "reseller:reseller" })).status, 403);
  const token = /"access_token": *"([^"]+)"/.exec((await ask("token", {}, { login: "reseller:reseller" })).text)?.[1];
  const headers = { authorization: `Token ${token}` };
  assert.equal((await ask("query", question, { login: null, headers })).status, 403);
});

test("a reseller that sells to an address first does not own that customer", async () => {
  const { client, group } = await newReseller({}, cardNumbers("81", 2));
  const sold = await client.ask("card_from_group_sell", { id: String(group), email: "future@example.com" });
  assert.equal(valuesOf(sold, "number").length, 1);
  const { administration, queries } = app.app;
  const customer = await queries.customers.byName(1, "future@example.com");
  assert.equal(customer?.ownerId, null);
  const userId = String(customer?.id);
  await administration.addPhoneDevice(1, {
    customerId: customer?.id ?? 0,
    type: "SIP",
    username: "9001",
    secret: "hush",
    host: "dynamic",
    port: 5060,
  });
  assert.deepEqual(valuesOf(await morClient(app).ask("devices_get", { user_id: userId }), "username"), ["9001"]);
  assertError(await client.ask("devices_get", { user_id: userId }), "device", "User not found");
});

test("an older database gives the house back whom a reseller's sale made, and leaves a reseller the users made for it", async () => {
  const { id, login, client, group } = await newReseller({}, cardNumbers("82", 2));
  await client.ask("card_from_group_sell", { id: String(group), email: "Squatted@example.com" });
  await app.app.administration.putCustomer(1, { name: "theirs@example.com", ownerId: id });
  const owner = async (name: string) => (await app.app.queries.customers.byName(1, name))?.ownerId;
  await sql(`update customer set owner_operator_id = ${id} where identity = 'squatted@example.com'`);
  assert.equal(await owner("squatted@example.com"), id, "as an older version left it");
  await sql(await readFile(migration, "utf8"));
  assert.equal(await owner("squatted@example.com"), null);
  assert.equal(await owner("theirs@example.com"), id);
  assert.equal(
    (await app.app.queries.customers.byId(1, 101))?.ownerId,
    (await app.app.queries.operators.byLogin(1, "reseller"))?.id,
  );
  const settings = (await app.app.queries.operators.byLogin(1, login))?.settings;
  assert.equal(settings?.get("mor.numbers"), "any", "who could make any number still can");
});

test("a reseller makes the numbers that the house gave it and no others, and the house makes all", async () => {
  const without = await newReseller();
  const notAuthorized = "You are not authorized to use this functionality";
  assertError(await without.create("1000000401", "1000000500"), "card", notAuthorized);
  const some = await newReseller({ "mor.numbers": "70,8300" });
  for (const [from, till] of [
    ["1000000401", "1000000500"],
    ["6999999999", "7000000000"],
    ["7099999999", "7100000000"],
    ["8299999999", "8300000000"],
  ] as const) {
    assertError(await some.create(from, till), "card", notAuthorized);
  }
  assert.deepEqual(valuesOf(await some.create("7000000001", "7000000010"), "status"), created(10));
  assert.deepEqual(valuesOf(await some.create("8300000001", "8300000002"), "status"), created(2));
  const any = await newReseller({ "mor.numbers": "any" });
  assert.deepEqual(valuesOf(await any.create("1000000301", "1000000302"), "status"), created(2));
  const house = { card_group_id: "7", cards_from: "1000000401", cards_till: "1000000500" };
  assert.deepEqual(valuesOf(await morClient(app).ask("calling_cards_create", house), "status"), created(100));
});

test("a reseller has no more unsold cards in a group than it may, however many it makes at once", async () => {
  const { create, client, group } = await newReseller({ "mor.numbers": "84", "mor.stockMax": "2500" });
  assert.deepEqual(valuesOf(await create("8400000001", "8400010000"), "status"), created(2000, 10_000));
  assertError(await create("8400010001", "8400010501"), "card", "Too many Cards in this interval");
  assert.deepEqual(valuesOf(await create("8400010001", "8400010500"), "status"), created(500));
  assertError(await create("8400020001", "8400020001"), "card", "Too many Cards in this interval");
  await client.ask("card_from_group_sell", { id: String(group) });
  const both = await Promise.all([create("8400020001", "8400020001"), create("8400020002", "8400020002")]);
  assert.deepEqual(
    both.flatMap((answer) => valuesOf(answer, "status")).filter((text) => text !== "\n"),
    created(1),
  );
});

test("a long making begins no further piece when its client has gone", async () => {
  const { client, group } = await newReseller({ "mor.numbers": "85" });
  const interval = { card_group_id: String(group), cards_from: "8500000001", cards_till: "8500020000" };
  const parameters = new URLSearchParams(client.sign("calling_cards_create", interval));
  const connection = await openConnection(app.url);
  connection.send(
    `POST /billing/api/calling_cards_create?${parameters} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`,
  );
  // Before the first piece is made: what is asked for is begun, and not gone on with.
  connection.destroy();
  const made = async () => (await app.app.queries.products.byId(1, group))?.product.inStock ?? 0;
  await eventually("the first piece is made", async () => (await made()) > 0);
  let [before, now] = [-1, await made()];
  while (now !== before) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    [before, now] = [now, await made()];
  }
  assert.ok(now <= 4_000, `${now} cards were made for nobody`);
});
