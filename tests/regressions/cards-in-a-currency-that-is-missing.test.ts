/**
 * Fault: a group of cards could be made in a currency that the organization did not have, and no command gave it one.
 * Its cards were sold, and could then never be topped up: every payment was refused with `Currency disabled`.
 *
 * Guarantee: such a group is refused with a sentence that names the command for it, and after that command its cards
 * are sold and topped up, in that currency and in the default one.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { morClient, valuesOf } from "../support/mor.ts";
import { openTerminal } from "../support/terminal.ts";

test("a group in a currency that is missing is refused; once the organization has it, its cards can be topped up", async (t) => {
  const app = await startTestApp(t, { demo: true });
  const { run, refused } = openTerminal(app);
  const addGroup = ["group", "add", "World 10", "--price", "10", "--currency", "chf"];
  assert.equal(
    await refused(...addGroup),
    'The organization does not have CHF. "counterfoil currency add CHF --rate RATE" gives it one.',
  );
  await run("currency", "add", "CHF", "--rate", "0.95");
  const [line = ""] = await run(...addGroup);
  const group = line.replace("group ", "");
  await run("stock", "add", "--group", group, "--from", "8100000001", "--count", "1", "--balance", "10");
  const client = morClient(app);
  const sold = await client.ask("card_from_group_sell", { id: group, quantity: "1" });
  assert.deepEqual(valuesOf(sold, "number"), ["8100000001"]);
  for (const currency of ["CHF", "EUR"]) {
    const payment = { number: "8100000001", amount: "9.50", currency, description: "" };
    const paid = await client.ask("card_payment_add", payment);
    assert.doesNotMatch(paid.text, /<error>/, currency);
    assert.match(paid.text, /<success>/, currency);
  }
});
