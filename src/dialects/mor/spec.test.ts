/** SPEC.md is believed by whoever has an old client; so what it names must be there. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { errors } from "./errors.ts";
import { mor } from "./index.ts";
import { settings } from "./settings.ts";

const folder = new URL("./", import.meta.url);
const read = (name: string) => readFile(new URL(name, folder), "utf8");

/** The cells of every row of the tables in SPEC.md. */
async function rows(): Promise<readonly (readonly string[])[]> {
  const lines = (await read("SPEC.md")).split("\n").filter((line) => line.startsWith("| "));
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands between backquotes. */
const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);

test("the table of calls has every name of every call, for POST and GET, and no other", async () => {
  const names = (await rows())
    .filter((cells) => cells.length === 4 && /^`\w+_\w+`/.test(cells[0] ?? ""))
    .map((cells) => cells[0] ?? "");
  const paths = names.flatMap(quoted).map((name) => `/billing/api/${name}`);
  for (const method of ["POST", "GET"]) {
    const routes = mor.routes.filter((route) => route.method === method).map(({ path }) => path);
    assert.deepEqual(routes.toSorted(), paths.toSorted());
  }
});

test("every test that is named exists in the suite that is named", async () => {
  const text = await read("SPEC.md");
  const named = [...text.matchAll(/(\w+): ((?:"[^"]+"(?:,\s+)?)+)/g)].flatMap(([, suite = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ suite, title: title.replace(/\s+/g, " ") })),
  );
  assert.ok(named.length > 30, "too few were found to be believed");
  for (const { suite, title } of named) {
    const source = await read(`${suite}.conformance.test.ts`);
    assert.ok(source.includes(`test("${title}"`), `${suite} has no test "${title}"`);
  }
});

test("the table of errors has every error with its words and place", async () => {
  const listed = (await rows())
    .filter((cells) => cells.length === 3 && /^`(?:status|card|device)`$/.test(cells[1] ?? ""))
    .map(([words = "", place = ""]) => `${quoted(words)[0]} ${quoted(place)[0]}`);
  assert.deepEqual(
    listed,
    Object.values(errors).map(({ text, place }) => `${text} ${place}`),
  );
});

test("the table of settings has every setting with its values, the default first", async () => {
  const listed = (await rows())
    .filter(([name = ""]) => name.startsWith("`mor."))
    .map(([name = "", values = ""]) => [quoted(name)[0], quoted(values)]);
  const expected = settings.list.map(({ name, values, byDefault }) => [
    name,
    values.length === 0 ? [] : [byDefault, ...values.filter((value) => value !== byDefault)],
  ]);
  assert.deepEqual(listed, expected);
});

test("no conformance suite is forgotten", async () => {
  const spec = await read("SPEC.md");
  for (const file of await readdir(folder)) {
    const suite = /^(\w+)\.conformance\.test\.ts$/.exec(file)?.[1];
    if (suite !== undefined) assert.ok(spec.includes(`${suite}: "`), suite);
  }
});
