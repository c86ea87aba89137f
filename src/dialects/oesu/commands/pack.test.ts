import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { cellText, editionTree, openOesuShop } from "../../../../tests/support/oesu.ts";
import { openTerminal } from "../../../../tests/support/terminal.ts";

test("editions that were added before there were packages get them, the server making them and the command looking on", async (t) => {
  const { app, publish, idle } = await openOesuShop(t);
  await publish("2017-1", { "A.oesenc": "a" });
  await publish("2026/1-0", editionTree({ A: cellText("a"), B: cellText("b") }));
  await publish("2026/1-1", editionTree({ A: cellText("a"), B: cellText("c") }));
  const terminal = openTerminal(app);
  const packages = () => app.app.queries.packages.ofProduct(1, 15);
  assert.equal((await packages()).length, 3);
  const client = new pg.Client(app.database.address);
  await client.connect();
  await client.query("delete from package");
  await client.end();
  const lines = await terminal.run("edition", "pack");
  assert.equal(lines[0], "The server makes the packages of 3 editions.");
  assert.equal(
    lines.at(-1),
    "1 editions have no packages: they hold no cells for today's clients, or the log of the server tells why.",
  );
  await idle();
  assert.equal((await packages()).length, 3);
  assert.match(
    (await terminal.run("edition", "pack", "--product", "15"))[0] ?? "",
    /^The server makes the packages of 1 /,
  );
  assert.equal(await terminal.refused("edition", "pack", "--product", "99"), "There is no chart 99.");
  assert.match(await terminal.refused("edition", "pack", "--product", "x"), /^--product "x" is not a whole number\.$/);
});
