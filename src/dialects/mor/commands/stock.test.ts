import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { startTestApp } from "../../../../tests/support/app.ts";
import { temporaryFolder } from "../../../../tests/support/server-process.ts";
import { openTerminal } from "../../../../tests/support/terminal.ts";

it("cards of another server keep their numbers and their pins, and the same command again resumes", async (context) => {
  const app = await startTestApp(context);
  const { run, refused, end } = openTerminal(app);
  const folder = temporaryFolder(context);
  const fileOf = (...pins: readonly string[]) => {
    const path = join(folder, "pins.txt");
    writeFileSync(path, `${pins.join("\r\n")}\n`);
    return path;
  };
  const group = ["--id", "6", "--price", "12.40", "--number-digits", "4", "--pin-digits", "4"];
  assert.deepEqual(await run("group", "add", "World 10", ...group), ["group 6"]);
  assert.equal(
    await refused("group", "add", "World 20", "--id", "6", "--price", "1"),
    "This number is taken: by another group, or by something else that is sold.",
  );
  const add = (path: string, to: string) => [
    ...["stock", "add", "--group", "6", "--from", "0001", "--to", to, "--balance", "10.00", "--pins-from-file", path],
  ];
  assert.equal((await run(...add(fileOf("1111", "2222"), "0002"))).at(-1), "made 2, passed over 0 that existed");
  assert.equal(
    (await run(...add(fileOf("1111", "2222", "3333"), "0003"))).at(-1),
    "made 1, passed over 2 that existed",
  );
  const page = await app.app.queries.cards.list(1, { kind: "card_group", ownerId: null }, {});
  assert.deepEqual(
    page.rows.map(({ entitlement, card }) => [entitlement.code, card.pin]),
    [
      ["0001", "1111"],
      ["0002", "2222"],
      ["0003", "3333"],
    ],
  );
  /** The sentence of a refusal; how far the command got was printed before. */
  const refusal = async (path: string, to: string) => {
    const { code, error } = await end(...add(path, to));
    assert.equal(code, 1);
    return error;
  };
  assert.match(await refusal(fileOf("1111", "2222"), "0003"), /^The file has 2 pins, and there are 3 cards\./);
  const withFourth = (pin: string) => refusal(fileOf("1111", "2222", "3333", pin), "0004");
  assert.match(await withFourth("1111"), /^A pin of these cards is another card's/);
  assert.match(await withFourth("44444"), /^A pin in the file does not have the 4 digits of the group\.\n$/);
});
