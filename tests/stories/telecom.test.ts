import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { makeTemporaryFolder } from "../support/folders.ts";
import { assertError, morClient, valuesOf } from "../support/mor.ts";
import { openTerminal } from "../support/terminal.ts";

const secret = "the-key-of-the-operator";

test("a telecom operator's day, by commands alone: resellers, cards with their pins, sales by old clients, reversals and reports", async (t) => {
  const server = await startTestApp(t);
  const terminal = openTerminal(server);
  const { refused } = terminal;
  const run = async (...words: string[]) => (await terminal.run(...words)).join("\n");
  const rowsOf = async (...words: string[]): Promise<readonly Record<string, unknown>[]> =>
    (await run(...words, "--json"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const folder = makeTemporaryFolder(t);
  const fileOf = (name: string, lines: readonly string[]) => {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join("\n")}\n`);
    return path;
  };

  // Morning: nothing is there yet, and every list says so.
  assert.match(await run("group", "list"), /There are no groups/);
  assert.match(await run("customer", "list"), /There are no customers/);
  assert.match(await run("reseller", "list"), /No reseller sells cards of the house/);

  const key = fileOf("key", [secret]);
  await run("operator", "add", "admin", "--role", "accountant");
  await run("setting", "set", "mor.secret", "--from-file", key);
  await run("setting", "set", "mor.api", "on");
  for (const login of ["alpha", "beta"]) {
    await run("operator", "add", login, "--role", "reseller");
    await run("setting", "set", "mor.secret", "--from-file", key, "--reseller", login);
    await run("setting", "set", "mor.api", "on", "--reseller", login);
  }
  await run("currency", "add", "USD", "--rate", "1.25");
  await run("group", "add", "World Card 10", "--id", "6", "--price", "12.40", "--tax", "24");
  await run("group", "add", "Beta Card", "--price", "6.20", "--tax", "24", "--owner", "beta");
  const pins = fileOf("pins", ["10000001", "10000002", "10000003", "10000004", "10000005"]);
  const stock = ["stock", "add", "--group", "6", "--from", "6000000001", "--count", "5", "--balance", "10.00"];
  assert.match(await run(...stock, "--pins-from-file", pins), /made 5, passed over 0/);
  await run("stock", "add", "--group", "7", "--from", "7000000001", "--count", "2", "--balance", "5.00");
  await run("reseller", "set", "alpha", "6", "--commission", "12.5", "--quota", "2");
  await run("customer", "add", "anna@example.com", "--id", "100", "--no-password");
  await run("phone", "add", "--customer", "100", "--id", "7", "--type", "SIP", "--username", "1001", "--primary");

  // Sales by old clients, whose requests stay as they are.
  const admin = morClient(server, { login: "admin", secret });
  const alpha = morClient(server, { login: "alpha", secret });
  const beta = morClient(server, { login: "beta", secret });
  const first = await alpha.ask("card_from_group_sell", { id: "6", quantity: "2" });
  assert.deepEqual(valuesOf(first, "number"), ["6000000001", "6000000002"]);
  assert.deepEqual(valuesOf(first, "pin"), ["10000001", "10000002"], "the pins that the cards had");
  const over = await alpha.ask("card_from_group_sell", { id: "6", quantity: "1" });
  assertError(over, "card", "Free cards was not found");
  assertError(await beta.ask("card_from_group_sell", { id: "6", quantity: "1" }), "card", "Cardgroup was not found");
  assert.deepEqual(valuesOf(await beta.ask("card_from_group_sell", { id: "7", quantity: "1" }), "number"), [
    "7000000001",
  ]);
  assert.deepEqual(valuesOf(await admin.ask("devices_get", { user_id: "100" }), "device_id"), ["7"]);

  // Noon: a mistake, a complaint and a new price.
  assert.match(await run("card", "void", "6000000002", "--why", "mistaken"), /^paid back 12\.40 EUR/);
  assert.match(await refused("card", "void", "6000000002"), /is in stock: nothing was paid for it/);
  await run("group", "pins", "6", "renew");
  const again = await alpha.ask("card_from_group_sell", { id: "6", quantity: "1" });
  assert.deepEqual(valuesOf(again, "pin"), ["10000002"], "a voided card keeps its pin, and is within the quota again");
  assert.match(await run("card", "return", "6000000002"), /with a new pin/);
  assert.match(await run("card", "refund", "7000000001"), /has ended/);
  await run("group", "price", "6", "13.64");
  await run("group", "price", "6", "15.00", "--from", "2999-01-01");
  await run("group", "withdraw-price", "6", "--from", "2999-01-01");
  assert.match(await refused("group", "withdraw-price", "6", "--from", "2999-01-01"), /^No price of group 6 follows/);
  const renewed = await admin.ask("card_from_group_sell", { id: "6", quantity: "1", curr: "USD" });
  assert.deepEqual(valuesOf(renewed, "number"), ["6000000002"]);
  assert.notDeepEqual(valuesOf(renewed, "pin"), ["10000002"]);

  // Evening: each reseller's money, and the same in all.
  const today = new Date().toISOString().slice(0, 10);
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const parts = ["report", "payments", "--from", yesterday, "--to", today];
  const byReseller = await rowsOf(...parts, "--by", "reseller");
  assert.deepEqual(
    byReseller.map((row) => [row.reseller, row.currency, row.sold, row.reversed, row.total, row.commission, row.due]),
    [
      ["the house", "USD", 1, 0, "17.05", "0.00", "17.05"],
      ["alpha", "EUR", 3, 2, "12.40", "1.55", "10.85"],
      ["beta", "EUR", 1, 1, "0.00", "0.00", "0.00"],
    ],
  );
  const own = await rowsOf(...parts, "--by", "day,reseller", "--reseller", "alpha");
  assert.deepEqual(new Set(own.map((row) => row.reseller)), new Set(["alpha"]));
  assert.deepEqual(
    (await rowsOf("group", "list")).map((row) => [row.number, row.price, row.inStock, row.out]),
    [
      [6, "13.64", 3, 2],
      [7, "6.20", 1, 0],
    ],
  );
});
