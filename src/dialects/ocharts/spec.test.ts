/** SPEC.md is believed by whoever has an old client; so what it names must be there. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { results } from "./errors.ts";
import { ocharts } from "./index.ts";
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

const clauses = async () => (await rows()).filter((cells) => cells.length === 4 && cells[0] !== "clause");

test("the table of clauses has every task with its handler, and no other", async () => {
  const [source, decoder] = [await read("tasks.ts"), await read("decode.ts")];
  const [, listed = ""] = /const needs: Record<Task, [^{]*\{(.*?)\n\};/s.exec(decoder) ?? [];
  const tasks = [...listed.matchAll(/^ {2}(\w+):/gm)].map(([, task]) => task);
  const rowsOfTasks = (await clauses()).filter(([, request = ""]) => /^`\w+`$/.test(request));
  assert.deepEqual(rowsOfTasks.map(([, request = ""]) => quoted(request)[0]).toSorted(), tasks.toSorted());
  for (const [, request = "", handler = ""] of rowsOfTasks) {
    const [task] = quoted(request);
    const shape = new RegExp(`"${task}"[^"]*\\b${quoted(handler)[0]}\\(`, "s");
    assert.match(source, shape, task);
  }
});

test("the table of clauses has every other route with its methods, and the text the one of the tasks", async () => {
  const listed = (await clauses()).flatMap(([, request = ""]) => {
    const words = quoted(request);
    const path = words.at(-1) ?? "";
    return path.startsWith("/") ? words.slice(0, -1).map((method) => `${method} ${path}`) : [];
  });
  const routes = ocharts.routes.flatMap(({ method, path }) =>
    method === "GET" ? [`${method} ${path}`, `HEAD ${path}`] : [`${method} ${path}`],
  );
  const tasks = routes.filter((route) => route.endsWith("/shop/index.php"));
  assert.deepEqual(tasks.toSorted(), ["POST /shop/index.php", "PUT /shop/index.php"]);
  assert.deepEqual(listed.toSorted(), routes.filter((route) => !tasks.includes(route)).toSorted());
});

test("every test that is named exists in the suite that is named", async () => {
  const text = await read("SPEC.md");
  const named = [...text.matchAll(/(\w+): ((?:"[^"]+"(?:,\s+)?)+)/g)].flatMap(([, suite = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ suite, title })),
  );
  assert.ok(named.length > 20, "too few were found to be believed");
  for (const { suite, title } of named) {
    const source = await read(`${suite}.conformance.test.ts`);
    assert.ok(source.includes(`test("${title}"`), `${suite} has no test "${title}"`);
  }
});

test("the table of results has every one with its words, and says 'never' of those that no request ends in", async () => {
  const listed = (await rows()).filter(([code = ""]) => /^`[0-9]/.test(code));
  const entries = Object.entries(results);
  assert.deepEqual(
    listed.map(([code = "", words]) => [quoted(code)[0], words]),
    entries.map(([, result]) => [result.code, ("words" in result ? result.words : result.message).trim()]),
  );
  const suite = await read("results.conformance.test.ts");
  const [, impossible = ""] = /const impossible: [^=]*= \[(.*?)\];/s.exec(suite) ?? [];
  const never = listed.flatMap(([, , when = ""], index) => (when.startsWith("never") ? [entries[index]?.[0]] : []));
  assert.deepEqual(
    never,
    [...impossible.matchAll(/"(\w+)"/g)].map(([, name]) => name),
  );
});

test("the table of settings has every setting with its values, the default first", async () => {
  const listed = (await rows())
    .filter(([name = ""]) => name.startsWith("`ocharts."))
    .map(([name = "", values = ""]) => [quoted(name)[0], quoted(values)[0], quoted(values).slice(1)]);
  const expected = settings.list.map(({ name, values, byDefault }) => [
    name,
    byDefault,
    name === "ocharts.minVersion" ? ["3.3.13"] : values.filter((value) => value !== byDefault),
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
