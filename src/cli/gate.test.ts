import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { createEvent, issue } from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { exchange } from "../../tests/support/exchange.ts";
import { anybody } from "../../tests/support/principals.ts";
import { openTerminal, type Terminal } from "../../tests/support/terminal.ts";
import type { Command } from "../core/command.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined);
  terminal = openTerminal(app);
  for (const id of [1, 2]) await execute(createEvent({ name: `Event ${id}` }, id));
});
after(() => app.stop());

async function execute(command: Command): Promise<void> {
  const { ok } = await app.app.engine.execute({ organizationId: 1, principal: anybody, address: null, command });
  assert.ok(ok);
}

const redeem = async (productId: number, code: string, apikey: string) =>
  (await exchange(app.url, `PUT /nokkis/${productId}/barcode/${code}`, { headers: { "x-apikey": apikey } })).text;

/** The facts that a command printed about a gate. */
const factsOf = (lines: readonly string[]) =>
  Object.fromEntries(lines.map((line) => [line.slice(0, 8).trim(), line.slice(10)]));

describe("counterfoil gate", () => {
  it("makes a gate with a drawn key, which lets people in there at once, and the log names the gate", async () => {
    const gate = factsOf(
      await terminal.run("gate", "add", "North entrance", "--product", "1", "--right", "undo", "search"),
    );
    const { keys = "", ...facts } = gate;
    assert.deepEqual(facts, { name: "North entrance", number: "1", products: "1", rights: "search undo" });
    assert.match(keys, /^[0-9a-f]{20}$/);
    assert.deepEqual(factsOf(await terminal.run("gate", "show", "North entrance")), gate);

    await execute(issue(1, "100"));
    assert.match(await redeem(1, "100", keys), /<status>1</);
    assert.match(await redeem(2, "100", keys), /<error id="10">/);
    const [line = ""] = await terminal.run("log", "list", "--product", "1");
    assert.match(
      line,
      / {2}entitlement redeemed {2}product 1 {2}100 {2}by access key \d+ {2}at gate North entrance {2}from /,
    );
    assert.match(
      (await terminal.run("log", "list"))[2] ?? "",
      / {2}gate created {2}gate "North entrance", number 1 {2}at the/,
    );
  });

  it("changes what is named and keeps the rest, and takes away with none", async () => {
    await terminal.run(
      "gate",
      "add",
      "South",
      "--product",
      "1",
      "2",
      "--right",
      "see_names",
      "--key",
      "SCANNER12345",
      "SCANNER67890",
    );
    assert.deepEqual(factsOf(await terminal.run("gate", "change", "South", "--name", "East", "--product", "2")), {
      name: "East",
      number: "2",
      products: "2",
      rights: "see_names",
      keys: "SCANNER12345 SCANNER67890",
    });
    const { keys = "", ...facts } = factsOf(
      await terminal.run("gate", "change", "East", "--product", "none", "--right", "none", "--new-key"),
    );
    assert.deepEqual(facts, { name: "East", number: "2", products: "none", rights: "none" });
    assert.match(keys, /^[0-9a-f]{20}$/);
    assert.equal(factsOf(await terminal.run("gate", "change", "East", "--key", "none")).keys, "none");
  });

  it("retires a gate: its key lets nobody in any more, its name is free, and it stays in the list", async () => {
    const { keys = "" } = factsOf(await terminal.run("gate", "add", "West", "--product", "1"));
    await execute(issue(1, "200"));
    assert.match(await redeem(1, "404", keys), /<error id="40">/);
    assert.deepEqual(await terminal.run("gate", "retire", "West"), ["West is retired, and its keys open nothing."]);
    await eventually("the key is refused", async () => (await redeem(1, "404", keys)).includes('<error id="11">'));
    assert.match(await redeem(1, "200", keys), /<error id="11">/);
    await terminal.run("gate", "add", "West", "--key", keys);
    const lines = (await terminal.run("gate", "list")).filter((line) => line.includes("West"));
    assert.match(lines[0] ?? "", /^3 +West +1 +none +0 +\d{4}-\S+Z$/);
    assert.deepEqual(lines.slice(1), ["4       West            none      none         1     -"]);
  });

  it("says in a sentence why it does nothing", async () => {
    await terminal.run("gate", "add", "Taken", "--key", "TAKEN12345");
    for (const [words, sentence] of [
      ["add Taken", "There is another gate of this name."],
      ["add New --key TAKEN12345", "The key stands at another gate: a key is for one gate."],
      ["add New --key SHORT", "An access key of a gate has 10 to 128 characters of A-Z, a-z and 0-9."],
      ["add New --product 404", "There is no such product."],
      ["add New --product 1:adult", "The product has no such category."],
      ["add New --product x", '--product "x" is not a whole number.'],
      ["add New --product 1:a:b", '--product "1:a:b" is no product, like 2 or 2:adult,child.'],
      ["add New --right fly", 'There is no right "fly". There are: search, see_names, undo.'],
      ["change Taken --key ANOTHER1234 --new-key", "A key is either given with --key or drawn with --new-key."],
      ["change Nowhere --new-key", 'There is no gate Nowhere. "counterfoil gate list" shows all.'],
      ["retire Nowhere", 'There is no gate Nowhere. "counterfoil gate list" shows all.'],
      ["show Nowhere", 'There is no gate Nowhere. "counterfoil gate list" shows all.'],
    ] as const) {
      assert.equal(await terminal.refused("gate", ...words.split(" ")), sentence);
    }
    assert.equal(await terminal.refused("gate", "add", " "), "A gate has a name of 1 to 255 characters.");
  });
});
