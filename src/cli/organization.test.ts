import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp } from "../../tests/support/app.ts";
import { openTerminal } from "../../tests/support/terminal.ts";

const app = await startTestApp(undefined);
after(() => app.stop());
const { run, refused } = openTerminal(app);

test("the default one is shown, renamed, and serves every host that is no other's", async () => {
  assert.deepEqual(await run("organization", "list"), ["1  Test  every host that is no other's"]);
  assert.deepEqual(await run("organization", "change", "--name", "  Harbour Hall "), [
    "1  Harbour Hall  every host that is no other's",
  ]);
  assert.deepEqual(await run("organization", "show"), [
    "number      1",
    "name        Harbour Hall",
    "hosts       every host that is no other's",
    "currencies  EUR",
    "operators   none",
  ]);
});

test("a further one has an owner and hosts, which can be given and taken", async () => {
  const made = await run("organization", "add", "Second Stage", "--host", "B.example.com", "a.example.com.");
  assert.equal(made[0], "Second Stage has the number 2.");
  assert.match(made.join("\n"), /\nlogin {5}owner\npassword {2}\S{20}\nIt is not shown again\.$/);
  assert.equal((await run("organization", "list"))[1], "2  Second Stage  a.example.com, b.example.com");
  assert.deepEqual(
    await run(
      "organization",
      "change",
      "--organization",
      "2",
      "--remove-host",
      "a.example.com",
      "--add-host",
      "c.example.com",
    ),
    ["2  Second Stage  b.example.com, c.example.com"],
  );
  assert.deepEqual(await run("organization", "change", "--organization", "2", "--add-host", "c.example.com"), [
    "2  Second Stage  b.example.com, c.example.com",
  ]);
  assert.equal((await run("--organization", "2", "organization", "show")).at(-1), "operators   owner");
});

test("what cannot be is refused with a sentence, and nothing is changed", async () => {
  const before = await run("organization", "list");
  const cases: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
    [["show", "--organization", "9"], /^There is no organization 9\./],
    [["show", "--organization", "x"], /^--organization "x" is not a whole number\.$/],
    [["change", "--organization", "9", "--name", "Ninth"], /^There is no organization 9\./],
    [["change"], /^Nothing is to be changed/],
    [["change", "--name", " "], /^An organization has a name/],
    [["add", "a\nb"], /^An organization has a name/],
    [["add", "x".repeat(256)], /^An organization has a name/],
    [["add", "Third", "--host", "https://a.example.com/"], /^"https:\/\/a\.example\.com\/" is no host/],
    [["add", "Third", "--host", "b.example.com:80"], /is no host/],
    [["add", "Third", "--host", "B.EXAMPLE.COM"], /^The host b\.example\.com belongs to another organization\./],
    [["change", "--add-host", "d.example.com", "b.example.com"], /^The host b\.example\.com belongs to another/],
    [["change", "--remove-host", "b.example.com"], /^The organization 1 does not have the host b\.example\.com\.$/],
  ];
  for (const [words, sentence] of cases) assert.match(await refused("organization", ...words), sentence);
  assert.deepEqual(await run("organization", "list"), before);
});
