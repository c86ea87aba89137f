import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startTestApp } from "../../../../tests/support/app.ts";
import { temporaryFolder } from "../../../../tests/support/server-process.ts";
import { openTerminal, type Terminal } from "../../../../tests/support/terminal.ts";

/** A terminal beside a server with the customers 100 and 101. */
async function open(context: TestContext): Promise<Terminal> {
  const terminal = openTerminal(await startTestApp(context));
  await terminal.run("customer", "add", "anna@example.com", "--id", "100", "--no-password");
  await terminal.run("customer", "add", "ben@example.com", "--id", "101", "--no-password");
  return terminal;
}

const anna = ["--customer", "100"] as const;
const sip = [...anna, "--type", "SIP"] as const;

describe("counterfoil phone", () => {
  it("adds, changes and removes phones, which a list shows", async (context) => {
    const { run } = await open(context);
    assert.deepEqual(await run("phone", "list", ...anna), ["anna@example.com has no phones."]);
    await run("device-group", "add", "harbour", ...anna, "--id", "3");
    await run("device-group", "add", "airport", ...anna, "--id", "4");
    const account = ["--username", "1001", "--host", "dynamic", "--port", "5060"];
    assert.deepEqual(await run("phone", "add", ...sip, "--id", "7", ...account, "--primary"), [
      "phone 7 of anna@example.com, in the group 3",
    ]);
    assert.deepEqual(await run("phone", "add", ...anna, "--type", "Virtual", "--group", "4", "--hidden"), [
      "phone 8 of anna@example.com, in the group 4",
    ]);
    assert.deepEqual(await run("phone", "list", "--customer", "anna@example.com"), [
      "NUMBER  TYPE     GROUP  PRIMARY  USERNAME  HOST     PORT  HIDDEN",
      "7       SIP      3      yes      1001      dynamic  5060  no",
      "8       Virtual  4      no       -         -        -     yes",
    ]);
    assert.deepEqual(await run("phone", "change", "8", "--group", "3", "--show", "--primary"), ["Phone 8 is changed."]);
    assert.deepEqual(await run("phone", "change", "7", "--port", "none", "--host", "192.0.2.10", "--hide"), [
      "Phone 7 is changed.",
    ]);
    assert.deepEqual(await run("phone", "list", ...anna), [
      "NUMBER  TYPE     GROUP  PRIMARY  USERNAME  HOST        PORT  HIDDEN",
      "7       SIP      3      no       1001      192.0.2.10  -     yes",
      "8       Virtual  3      yes      -         -           -     no",
    ]);
    assert.deepEqual(await run("phone", "remove", "8"), ["Phone 8 is removed."]);
    const numbers = (await run("phone", "list", ...anna, "--json")).map((line) => JSON.parse(line).number);
    assert.deepEqual(numbers, [7]);
  });

  it("takes a password from a file or draws one, and shows it to nobody who does not ask", async (context) => {
    const { run, refused } = await open(context);
    const file = join(temporaryFolder(context), "secret.txt");
    writeFileSync(file, "do not tell\n");
    const added = await run("phone", "add", ...sip, "--id", "7", "--secret-from-file", file);
    const shown = await run("phone", "show", "7");
    const listed = await run("phone", "list", ...anna, "--json");
    assert.doesNotMatch([...added, ...shown, ...listed].join(), /do not tell/);
    assert.ok(shown.includes("secret       yes"), shown.join("\n"));
    assert.equal(JSON.parse((await run("phone", "show", "7", "--secret", "--json")).join()).secret, "do not tell");
    const [, drawn = ""] = await run("phone", "change", "7", "--draw-secret");
    assert.match(drawn, /^secret \S{20}$/);
    assert.equal(`secret ${JSON.parse((await run("phone", "show", "7", "--secret", "--json")).join()).secret}`, drawn);
    const both = ["--draw-secret", "--secret-from-file", file];
    assert.match(await refused("phone", "add", ...sip, ...both), /^Give --secret-from-file or --draw-secret/);
  });

  it("says in a sentence what cannot be", async (context) => {
    const { run, refused } = await open(context);
    await run("phone", "add", ...sip, "--id", "7");
    const mistakes: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
      [["add", "--customer", "9", "--type", "SIP"], /^There is no customer 9\./],
      [["add", ...sip, "--id", "7"], /^Another device has the number 7\.$/],
      [["add", ...sip, "--id", "0"], /^--id "0" is not a whole number from 1/],
      [["add", ...sip, "--group", "99"], /^anna@example\.com has no device group 99\./],
      [["add", ...sip, "--port", "70000"], /^A phone has a type/],
      [["add", ...sip, "--port", "sip"], /^--port "sip" is not a whole number\.$/],
      [["change", "7", "--group", "99"], /^The customer of this phone has no device group 99\./],
      [["change", "7", "--type", ""], /^A phone has a type/],
      [["change", "7"], /^Nothing is to be changed/],
      [["change", "7", "--hide", "--show"], /^Give --hide or --show, and not both\.$/],
      [["change", "8", "--hide"], /^There is no phone 8\./],
      [["remove", "8"], /^There is no phone 8\./],
      [["show", "x"], /^The number "x" is not a whole number\.$/],
    ];
    for (const [words, sentence] of mistakes) assert.match(await refused("phone", ...words), sentence);
  });
});

describe("counterfoil device-group", () => {
  it("adds, changes and removes groups, which a list shows with how many phones are in each", async (context) => {
    const { run } = await open(context);
    assert.deepEqual(await run("device-group", "list", ...anna), [
      "anna@example.com has no device groups. The first phone makes the primary one.",
    ]);
    assert.deepEqual(await run("device-group", "add", "harbour", ...anna, "--id", "3"), [
      "device group 3 of anna@example.com, the primary one",
    ]);
    assert.deepEqual(await run("device-group", "add", "airport", ...anna), ["device group 4 of anna@example.com"]);
    await run("phone", "add", ...sip);
    assert.deepEqual(await run("device-group", "change", "4", "--name", "Airport", "--primary"), [
      "device group 4  Airport  the primary one",
    ]);
    assert.deepEqual(await run("device-group", "list", ...anna), [
      "NUMBER  NAME     PRIMARY  PHONES",
      "3       harbour  no       1",
      "4       Airport  yes      0",
    ]);
    await run("phone", "change", "1", "--group", "4");
    assert.deepEqual(await run("device-group", "remove", "3"), ["Device group 3 is removed."]);
  });

  it("says in a sentence what cannot be", async (context) => {
    const { run, refused } = await open(context);
    await run("device-group", "add", "harbour", ...anna, "--id", "3");
    await run("device-group", "add", "airport", ...anna, "--id", "4");
    await run("phone", "add", ...sip, "--group", "4");
    const mistakes: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
      [["add", "pier", "--customer", "9"], /^There is no customer 9\./],
      [["add", "pier", ...anna, "--id", "3"], /^Another group has the number 3\.$/],
      [["add", " ", ...anna], /^A device group has a name of 1 to 255 characters/],
      [["change", "3"], /^Nothing is to be changed/],
      [["change", "9", "--primary"], /^There is no device group 9\./],
      [["remove", "3"], /^This is the primary group, which goes last\./],
      [["remove", "4"], /^There are phones in this group\./],
      [["remove", "9"], /^There is no device group 9\./],
    ];
    for (const [words, sentence] of mistakes) assert.match(await refused("device-group", ...words), sentence);
  });
});
