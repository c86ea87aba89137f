import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../../../tests/support/app.ts";
import { openTerminal, type Terminal } from "../../../../tests/support/terminal.ts";

const mario = "mario.rossi@sangah.com";
const key = "AUQ8-DHR4-VKSD-JPEY-WSFV-8AAA";
const mac = "08-00-27-AA-6H-7N";
const client = ["--client", mario] as const;

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  terminal = openTerminal(app);
});
after(() => app.stop());

/** The rows that a list prints for programs. */
async function asked(...words: string[]) {
  return (await terminal.run(...words, "--json")).map((line) => JSON.parse(line));
}

describe("counterfoil machine", () => {
  it("lists the machines of all clients or of one, finds and shows them", async () => {
    await terminal.run("license", "add", "OTHER-KEY", "--client", "ada@example.com", "--product", "EZP5");
    await terminal.run("license", "attach", "OTHER-KEY", "0A-1B-2C-3D-4E-5F");
    const listed = async (...words: string[]) =>
      (await asked("machine", ...words)).map(({ name, customer, state, holds }) => [name, customer, state, holds]);
    const own = [mac, mario, "enabled", 1];
    const other = ["0A-1B-2C-3D-4E-5F", "ada@example.com", "enabled", 1];
    assert.deepEqual(await listed("list"), [own, other]);
    assert.deepEqual(await listed("list", ...client), [own]);
    assert.deepEqual(await listed("find", "ADA@"), [other]);
    assert.deepEqual(await listed("find", "08-00"), [own]);
    assert.deepEqual(await terminal.run("machine", "find", "nothing"), [
      'No machine or customer has "nothing" in its name.',
    ]);
    const [shown] = await asked("machine", "show", "080027aa6h7n", ...client);
    assert.deepEqual([shown.name, shown.customer, shown.holds], [mac, mario, key]);
    assert.equal(
      await terminal.refused("machine", "show", "0A-1B-2C-3D-4E-5F", ...client),
      `${mario} has no machine 0A-1B-2C-3D-4E-5F. There are: ${mac}.`,
    );
  });

  it("takes all licences from a machine, and keeps a disabled one from getting any", async () => {
    assert.deepEqual(await terminal.run("machine", "release", mac, ...client), [`${mac} is released from ${key}.`]);
    assert.deepEqual(await terminal.run("machine", "release", mac, ...client), [
      `${mac} is released: no licence was attached to it.`,
    ]);
    assert.deepEqual(await terminal.run("machine", "disable", mac, ...client), [`${mac} is disabled.`]);
    assert.deepEqual(await terminal.run("machine", "disable", mac, ...client), [`${mac} is disabled already.`]);
    assert.equal(await terminal.refused("license", "attach", key, mac), "The machine is disabled.");
    assert.deepEqual(await terminal.run("machine", "enable", mac, ...client), [`${mac} is enabled.`]);
    await terminal.run("license", "attach", key, mac);
  });
});

describe("counterfoil license find", () => {
  it("finds a licence by its key in any spelling, by a part of it, and by its client", async () => {
    const found = async (text: string) => (await asked("license", "find", text)).map((row) => row.key);
    for (const text of [key, "auq8dhr4vksdjpeywsfv8aaa", "auq8", "AUQ8-DHR4"])
      assert.deepEqual(await found(text), [key]);
    assert.equal((await found("Mario.Rossi@")).length, 3);
    assert.deepEqual(await found("other-key"), ["OTHER-KEY"]);
    assert.deepEqual(await terminal.run("license", "find", "nothing"), [
      'No licence, product or client has "nothing" in its name.',
    ]);
    await terminal.run("license", "seats", key, "3");
    const [row] = await asked("license", "find", key);
    assert.deepEqual(row, {
      key,
      product: "EZP5",
      client: mario,
      machines: mac,
      seats: 3,
      expires: null,
      state: "valid",
    });
  });
});
