import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import { morClient, valuesOf } from "../../../tests/support/mor.ts";
import { addSampleData } from "../../../tests/support/sample.ts";
import { terminal } from "../../access/principals.ts";
import type { Command } from "../../core/command.ts";
import { type Executor, executorFor } from "../../engine/executor.ts";

/** Adds the sample data, until `breaks` says of a command that it is broken off there. */
function addData({ app }: TestApp, breaks: (command: Command) => boolean = () => false): Promise<boolean> {
  const whole = executorFor(terminal, app.engine);
  const execute: Executor = (organizationId, command) =>
    breaks(command) ? Promise.reject(new Error("broken off")) : whole(organizationId, command);
  return addSampleData(app, 1, { execute });
}

test("the sample data has the cards, users and devices that its requests name", async (context) => {
  const app = await startTestApp(context);
  assert.equal(await addData(app), true);
  const admin = morClient(app);
  const cards = await admin.ask("calling_cards_get");
  const numbers = valuesOf(cards, "card_number");
  assert.equal(numbers.length, 100);
  assert.deepEqual([numbers[0], numbers.at(-1)], ["6000000001", "6000000100"]);
  for (const pin of valuesOf(cards, "card_pin")) assert.match(pin, /^\d{8}$/);
  assert.deepEqual([...new Set(valuesOf(cards, "card_balance"))], ["10.00"]);
  assert.deepEqual(valuesOf(await admin.ask("cc_groups_get"), "group_id"), ["6", "7"]);
  const devices = await admin.ask("devices_get", { user_id: "100" }, { method: "GET" });
  assert.deepEqual(valuesOf(devices, "device_type"), ["SIP", "IAX2"]);
  assert.deepEqual(valuesOf(devices, "primary_device"), ["yes", "no"]);
  assert.deepEqual(valuesOf(await admin.ask("devices_get", { user_id: "102" }), "device_id"), []);
  const reseller = morClient(app, { login: "reseller" });
  assert.equal(valuesOf(await reseller.ask("devices_get", { user_id: "101" }), "device_id").length, 1);
});

test("a reseller of the sample data sells cards of the house within its quota, and another one sees none", async (context) => {
  const app = await startTestApp(context);
  await addData(app);
  const kiosk = morClient(app, { login: "kiosk" });
  assert.deepEqual(valuesOf(await kiosk.ask("cc_groups_get"), "group_id"), ["6"]);
  assert.deepEqual(valuesOf(await kiosk.ask("card_group_get", { id: "6" }), "free_cards_size"), ["50"]);
  const sold = await kiosk.ask("card_from_group_sell", { id: "6", quantity: "1" });
  assert.deepEqual(valuesOf(sold, "number"), ["6000000001"]);
  assert.deepEqual(valuesOf(await morClient(app, { login: "reseller" }).ask("cc_groups_get"), "group_id"), []);
});

test("sample data that was broken off in the middle is completed, and nothing of it comes twice", async (context) => {
  const app = await startTestApp(context);
  for (const breaks of [
    (one: Command) => one.verb === "create_customer" && one.id === 102,
    (one: Command) => one.verb === "add_phone" && one.customerId === 101,
    (one: Command) => one.verb === "change_setting" && one.name === "demo.made",
  ]) {
    await assert.rejects(addData(app, breaks), /broken off/);
  }
  assert.equal(await addData(app), true);
  assert.equal(await addData(app), false);
  const admin = morClient(app);
  assert.deepEqual(valuesOf(await admin.ask("devices_get", { user_id: "100" }), "username"), ["1001", "1002"]);
  assert.equal(valuesOf(await admin.ask("calling_cards_get"), "card_number").length, 100);
});
