/** SPEC.md is believed by people with clients in the field, so everything that it names must be there. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { results } from "./errors.ts";
import { oesu } from "./index.ts";
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

/** The texts between backquotes. */
const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
const clauses = async () => (await rows()).filter((cells) => cells.length === 4 && cells[0] !== "clause");

test("the table of clauses has every task with its handler, and every other route with its methods", async () => {
  const [source, decoder] = [await read("tasks.ts"), await read("decode.ts")];
  const [, listed = ""] = /const needs: Record<Task, [^{]*\{(.*?)\n\};/s.exec(decoder) ?? [];
  const tasks = [...listed.matchAll(/^ {2}(\w+):/gm)].map(([, task]) => task);
  const all = await clauses();
  const ofTasks = all.filter(([, request = ""]) => /^`\w+`$/.test(request));
  assert.deepEqual(ofTasks.map(([, request = ""]) => quoted(request)[0]).toSorted(), tasks.toSorted());
  for (const [, request = "", handler = ""] of ofTasks) {
    const task = quoted(request)[0] === "login2" ? "login" : quoted(request)[0];
    assert.match(source, new RegExp(`"${task}"[^"]*\\b${quoted(handler)[0]}\\(`, "s"), task);
  }
  const others = all.flatMap(([, request = ""]) => {
    const words = quoted(request);
    const path = words.at(-1) ?? "";
    return path.startsWith("/") ? words.slice(0, -1).map((method) => `${method} ${path}`) : [];
  });
  const routes = oesu.routes.flatMap(({ method, path }) => (method === "GET" ? [`GET ${path}`, `HEAD ${path}`] : []));
  assert.deepEqual(others.toSorted(), routes.toSorted());
});

test("every test that is named exists in the suite that is named, and no suite is forgotten", async () => {
  const text = await read("SPEC.md");
  const named = [...text.matchAll(/(\w+): ((?:"[^"]+"(?:,\s+)?)+)/g)].flatMap(([, suite = "", titles = ""]) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ suite, title })),
  );
  assert.ok(named.length > 20, "too few were found to be believed");
  for (const { suite, title } of named) {
    const source = await read(`${suite}.conformance.test.ts`);
    assert.ok(source.includes(`test("${title}"`), `${suite} has no test "${title}"`);
  }
  for (const file of await readdir(folder)) {
    const suite = /^(\w+)\.conformance\.test\.ts$/.exec(file)?.[1];
    if (suite !== undefined) assert.ok(text.includes(`${suite}: "`), suite);
  }
});

test("the table of results has every one with its words", async () => {
  const listed = (await rows()).filter(([code = ""]) => /^`[0-9]/.test(code));
  assert.deepEqual(
    listed.map(([code = "", words]) => [quoted(code)[0], words]),
    Object.values(results).map((result) => [result.code, "words" in result ? result.words : result.message]),
  );
});

test("the table of settings has every setting, the default first", async () => {
  const listed = (await rows())
    .filter(([name = ""]) => name.startsWith("`oesu."))
    .map(([name = "", values = ""]) => [quoted(name)[0], quoted(values)[0]]);
  assert.deepEqual(
    listed,
    settings.list.map(({ name, byDefault }) => [name, byDefault]),
  );
});
