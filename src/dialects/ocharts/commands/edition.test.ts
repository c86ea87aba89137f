import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startTestApp, type TestApp } from "../../../../tests/support/app.ts";
import { addChart, carryOut, sellChart } from "../../../../tests/support/charts.ts";
import { makeTemporaryFolder, writeTree } from "../../../../tests/support/folders.ts";
import { runCommand } from "../../../../tests/support/server-process.ts";
import { type CommandEnd, openTerminal } from "../../../../tests/support/terminal.ts";
import { makeZip } from "../../../../tests/support/zip-bytes.ts";
import type { Tools } from "../../../cli/tools.ts";
import { addEdition, type EditionOptions, formatBytes } from "./edition.ts";

interface Terminal extends TestApp {
  /** A folder with an edition of two files. */
  readonly source: string;
  run(...words: string[]): Promise<CommandEnd>;
  /** `edition add` of the source to chart 15. */
  add(name: string, ...more: string[]): Promise<CommandEnd>;
}

/** A server that sells chart 15, and the command line beside it. */
async function openBoth(context: TestContext): Promise<Terminal> {
  const app = await startTestApp(context);
  await addChart(app.app);
  const source = writeTree(join(makeTemporaryFolder(context), "set"), { "a.oesenc": "aa", "b/c.oesenc": "ccc" });
  const run = openTerminal(app).end;
  return { ...app, source, run, add: (name, ...more) => run(...addition(name, more, source)) };
}

/** The words of `edition add` to chart 15. */
function addition(name: string, more: readonly string[], path: string): readonly string[] {
  return ["edition", "add", "--product", "15", "--edition", name, ...more, path];
}

/** The same command as a process of its own. */
function addInProcess(context: TestContext, { database, secretKeys, dataDir, source }: Terminal, name: string) {
  const environment = {
    DATABASE_URL: database.url,
    SECRET_KEY: secretKeys.map((key) => key.toString("hex")).join(),
    DATA_DIR: dataDir,
  };
  return runCommand(context, addition(name, [], source), environment);
}

describe("counterfoil edition add", () => {
  it("takes in a folder or a zip, shows how far it is, and the server delivers what was published last", async (context) => {
    const { add, run, app, source } = await openBoth(context);
    const { code, out, error } = await add("2017-2", "--published", "2017-04-01");
    assert.equal(code, 0, error);
    assert.match(
      out,
      /^\d+ % .*\/5 B of British Isles 2017, .*\n(?:.*\n)*British Isles 2017 has the edition 2017-2: 2 files, 5 B\.\n$/,
    );
    const [edition] = await app.queries.content.editions(1, 15);
    assert.equal(edition?.publishedAtMs, Date.UTC(2017, 3, 1));
    assert.deepEqual((await app.files.readSmallFile(edition.content.key, "b/c.oesenc"))?.toString(), "ccc");

    const zip = join(
      writeTree(source, { "../old.zip": makeZip([{ name: "a.oesenc", content: "old" }]) }),
      "../old.zip",
    );
    const older = await run(
      "edition",
      "add",
      "--product",
      "15",
      "--edition",
      "2017-1",
      "--published",
      "2017-01-01",
      zip,
    );
    assert.match(
      older.out,
      /2017-1: 1 file, 3 B\.\nThe current edition is still 2017-2, which was published on 2017-04-01\.\n$/,
    );
  });

  it("is published today when nobody says when", async (context) => {
    const { add, app } = await openBoth(context);
    const before = new Date().toISOString().slice(0, 10);
    assert.equal((await add("today")).code, 0);
    const after = new Date().toISOString().slice(0, 10);
    const [edition] = await app.queries.content.editions(1, 15);
    assert.ok([before, after].includes(new Date(edition?.publishedAtMs ?? 0).toISOString().slice(0, 10)));
    assert.equal((edition?.publishedAtMs ?? 1) % 86_400_000, 0);
  });

  it("refuses with a sentence, before anything is copied: an unknown chart, a chart that was retired, a name that is taken", async (context) => {
    const { add, run, app, source } = await openBoth(context);
    assert.equal((await add("2017-2", "--published", "2017-04-01")).code, 0);
    await carryOut(app, {
      verb: "create_product",
      kind: "license",
      id: 20,
      terms: { name: "EZP5", description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] },
    });
    const refusals = [
      ["15", "2017-2", /^There is an edition 2017-2 already\. .* another name\.\n$/],
      ["16", "1", /^There is no chart 16\.\n$/],
      ["20", "1", /^There is no chart 20\.\n$/],
    ] as const;
    for (const [product, name, sentence] of refusals) {
      const { code, out, error } = await run("edition", "add", "--product", product, "--edition", name, source);
      assert.equal(code, 1);
      assert.match(error, sentence);
      assert.equal(out, "");
    }
    assert.equal((await app.files.listEditions()).length, 1);
    await sellChart(app);
    await carryOut(app, { verb: "retire_product", productId: 15 });
    const { error } = await add("2018-1");
    assert.equal(error, "The chart was retired.\n");
  });

  it("refuses names and days that are none before it looks for a database", async () => {
    const tools = {
      environment: {},
      openDatabase: () => assert.fail("a database is opened"),
    } as Partial<Tools> as Tools;
    const refusals: readonly (readonly [options: EditionOptions, sentence: RegExp])[] = [
      [{ product: "x", edition: "1" }, /^--product "x" is not the number of a chart\.$/],
      [{ product: "15", edition: "../1" }, /^--edition "\.\.\/1" cannot be the name of an edition: /],
      [
        { product: "15", edition: "1", published: "2017-02-29" },
        /^--published "2017-02-29" is no day, like 2017-04-01\.$/,
      ],
      [{ product: "15", edition: "1", published: "yesterday" }, /^--published "yesterday" is no day/],
    ];
    for (const [options, message] of refusals) {
      await assert.rejects(async () => addEdition(tools, "set.zip", options), { name: "CommandError", message });
    }
  });

  it("refuses what cannot become an edition with the store's sentence, and keeps nothing of it", async (context) => {
    const { run, app, source } = await openBoth(context);
    writeTree(source, { "broken.zip": "PK" });
    for (const [path, sentence] of [
      [join(source, "absent"), /absent.* cannot be read: ENOENT\. Check that it exists/],
      [join(source, "broken.zip"), /broken\.zip.* is no zip, or a damaged one/],
    ] as const) {
      const { code, error } = await run("edition", "add", "--product", "15", "--edition", "1", path);
      assert.equal(code, 1);
      assert.match(error, sentence);
      assert.doesNotMatch(error, /^\s+at /m);
    }
    assert.deepEqual(await app.files.listEditions(), []);
    assert.equal(await app.files.sweepDrafts(0), 0);
    assert.deepEqual(await app.queries.content.editions(1, 15), []);
  });

  it("removes what it copied when the edition is refused at the end: of two that add one name at once, one is left", async (context) => {
    const terminal = await openBoth(context);
    const { app } = terminal;
    const runs = await Promise.all(Array.from({ length: 3 }, () => addInProcess(context, terminal, "2017-2")));
    assert.deepEqual(runs.map(({ code }) => code).toSorted(), [0, 1, 1]);
    for (const { code, stderr } of runs) if (code === 1) assert.match(stderr, /^There is an edition 2017-2 already\./);
    const [edition, ...others] = await app.queries.content.editions(1, 15);
    assert.equal(others.length, 0);
    assert.deepEqual(
      (await app.files.listEditions()).map(({ key }) => key),
      [edition?.content.key],
    );
  });

  it("explains itself with an example", async (context) => {
    const { run } = await openBoth(context);
    const { out } = await run("edition", "add", "--help");
    assert.match(out, /^Usage: counterfoil edition add \[options\] <path>/);
    assert.match(
      out,
      /Example:\n {2}counterfoil edition add --product 15 --edition 2017-2 --published 2017-04-01 british-isles\.zip/,
    );
  });
});

describe("counterfoil edition list", () => {
  it("lists and shows the editions with their states, sizes and sums", async (context) => {
    const { add, run, app } = await openBoth(context);
    assert.equal((await run("edition", "list", "--product", "15")).out, "British Isles 2017 has no edition yet.\n");
    await add("2017-2", "--published", "2017-04-01");
    await add("2017-1", "--published", "2017-01-01");
    await add("2199-1", "--published", "2199-01-01", "--scheduled");
    await add("2017-3", "--published", "2017-05-01");
    await run("edition", "withdraw", "2017-3", "--product", "15");
    const { code, out } = await run("edition", "list", "--product", "15");
    assert.equal(code, 0);
    assert.match(out, /^EDITION +PUBLISHED +STATE +FROM +PACKED +ADDED +FILES +SIZE +SHA256\n/);
    const rows = (await run("edition", "list", "--product", "15", "--json")).out.trim().split("\n");
    assert.deepEqual(
      rows.map((line) => JSON.parse(line)).map(({ edition, state, from }) => [edition, state, from]),
      [
        ["2017-1", "former", null],
        ["2017-2", "current", null],
        ["2017-3", "withdrawn", null],
        ["2199-1", "scheduled", "2199-01-01T00:00:00Z"],
      ],
    );
    const [older] = await app.queries.content.editions(1, 15);
    const shown = await run("edition", "show", "2017-1", "--product", "15", "--json");
    assert.deepEqual(JSON.parse(shown.out), {
      chart: "British Isles 2017",
      edition: "2017-1",
      published: "2017-01-01",
      state: "former",
      from: null,
      packed: null,
      added: new Date(older?.addedAtMs ?? 0).toISOString(),
      files: 2,
      size: 5,
      sha256: older?.content.sha256,
    });
    assert.match(
      (await run("edition", "show", "2016-1", "--product", "15")).error,
      /^British Isles 2017 has no edition 2016-1\. "counterfoil edition list" shows all\./,
    );
  });

  it("refuses a chart that there is not", async (context) => {
    const { run } = await openBoth(context);
    assert.deepEqual(await run("edition", "list", "--product", "99"), {
      code: 1,
      out: "",
      error: 'There is no chart 99. "counterfoil chart list" shows all.\n',
    });
  });
});

it("sizes are written in the unit that fits", () => {
  const sizes = [0, 1, 999, 1_000, 999_949, 999_950, 1_400_000_000, 5e15];
  assert.deepEqual(sizes.map(formatBytes), [
    "0 B",
    "1 B",
    "999 B",
    "1.0 KB",
    "999.9 KB",
    "1.0 MB",
    "1.4 GB",
    "5000.0 TB",
  ]);
});
