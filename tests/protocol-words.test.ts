import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { dialects } from "../src/dialects/index.ts";

const source = fileURLToPath(new URL("../src", import.meta.url));

/** Parts that serve every protocol, and know none. Migrations tell of the past, and lie elsewhere. */
const parts = [
  "access",
  "api",
  "cli",
  "content",
  "core",
  "demo",
  "engine",
  "expiry",
  "http",
  "jobs",
  "mail",
  "queries",
  "settings.ts",
  "signing",
  "storage",
];

/**
 * Words of protocols. The names of the dialects are added to them. A word counts wherever a name in camel case or with
 * underscores begins or ends with it, in comments too: a comment that needs a protocol describes one.
 */
const words = [
  // How MOR and o-charts are also written.
  "o-charts?",
  "occharts",
  "kolmisoft",
  // What NOKKIS calls a code and an access key.
  "barcodes?",
  "apikeys?",
  // What MOR calls a product and a card.
  "card_group",
  "calling_?cards?",
  // What ezpert sells.
  "licen[cs]es?",
  // What o-charts sells, and the parts of its formats.
  "charts?",
  "oe[su]+enc",
  "xfpr",
  "sgl",
  "dongles?",
  "permits?",
];

/** Where a word stands, and why it cannot go. */
const exceptions: readonly { readonly file: string; readonly text: string; readonly why: string }[] = [
  {
    file: "core/verbs/issue.ts",
    text: '"mail_licenses"',
    why: "the name of a task in the queue of every database, where jobs wait under it",
  },
  {
    file: "signing/signing-keys.ts",
    text: '"permit_key"',
    why: "the name of the setting under which databases of earlier versions keep their keys",
  },
];

const shape = new RegExp(`(?<![a-z])(?:${[...dialects.map(({ name }) => name), ...words].join("|")})(?![a-z])`, "i");
/** Parts of a name stand apart: `chartKey`, `ChartKey` and `chart_key` are two words each. */
const apart = (line: string) =>
  line.replace(/([a-z0-9])(?=[A-Z])/g, "$1 ").replace(/(?<=[a-zA-Z])_(?=[a-zA-Z])/g, "_ ");

test("what serves every protocol names none", async () => {
  const files = (await readdir(source, { recursive: true })).filter(
    (name) => parts.some((part) => name === part || name.startsWith(`${part}/`)) && /(?<!\.test)\.ts$/.test(name),
  );
  assert.ok(files.length > 150, "the scan found too few files to be believed");
  const found: string[] = [];
  for (const file of files) {
    const text = await readFile(join(source, file), "utf8");
    for (const [index, line] of text.split("\n").entries()) {
      const rest = exceptions.reduce((left, one) => (one.file === file ? left.replace(one.text, "") : left), line);
      if (shape.test(apart(rest)) || shape.test(rest)) found.push(`${file}:${index + 1}: ${line.trim()}`);
    }
  }
  assert.deepEqual(found, [], "these lines belong to a dialect, or can be said without it; see docs/architecture.md");
});

test("the scan finds words in names and comments, and leaves others alone", () => {
  const isNamed = (line: string) => shape.test(apart(line)) || shape.test(line);
  for (const line of [
    "// A barcode of MOR.",
    "chartKey",
    "isLicenceKey",
    "card_group",
    "/nokkis/2",
    "the o-charts' way",
  ]) {
    assert.ok(isNamed(line), line);
  }
  for (const line of ["more", "armor", "discharts", "morsel", "Nokkisen"]) assert.ok(!isNamed(line), line);
});

test("no exception has become idle", async () => {
  for (const { file, text, why } of exceptions) {
    assert.ok((await readFile(join(source, file), "utf8")).includes(text), `${file} has no ${text}: ${why}`);
  }
});
