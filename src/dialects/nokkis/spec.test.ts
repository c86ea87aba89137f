/** SPEC.md is believed by whoever has an old client; so what it names must be there. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { errors } from "./errors.ts";
import { nokkis } from "./index.ts";
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

const requestShape = /^`([A-Z]+ \/nokkis\S*)`$/;

test("the table of clauses has every route with its clause and handler, and no other", async () => {
  const source = await read("index.ts");
  const listed = (await rows()).flatMap(([clause = "", request = "", handler = ""]) => {
    const line = requestShape.exec(request)?.[1];
    return line === undefined ? [] : [`${clause} | ${line} | ${handler.replaceAll("`", "")}`];
  });
  const handlers = [...source.matchAll(/(?:reading|changing)\((\w+)\)\],/g)].map(([, name]) => name);
  const routes = nokkis.routes.map(
    ({ clause, method, path }, index) => `${clause} | ${method} ${path} | ${handlers[index]}`,
  );
  assert.deepEqual(listed.toSorted(), routes.toSorted());
});

test("every test that is named exists in the suite that is named", async () => {
  const named = (await rows()).flatMap((cells) => {
    const [, suite, titles = ""] = /^(\w+): (".*")$/.exec(cells.at(-1) ?? "") ?? [];
    return suite === undefined ? [] : [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => ({ suite, title }));
  });
  assert.ok(named.length >= nokkis.routes.length, "too few were found to be believed");
  for (const { suite, title } of named) {
    const source = await read(`${suite}.conformance.test.ts`);
    assert.ok(source.includes(`test("${title}"`), `${suite} has no test "${title}"`);
  }
});

test("the table of errors has every error with its words and status", async () => {
  const listed = (await rows())
    .filter(([id = ""]) => /^\d+$/.test(id))
    .map(([id, words, status]) => ({ id, words, status }));
  assert.deepEqual(
    listed.map(({ id, words }) => `${id} ${words}`),
    Object.values(errors).map(({ id, text }) => `${id} ${text}`),
  );
  for (const [index, { id, status }] of Object.values(errors).entries()) {
    const shown = listed[index]?.status ?? "";
    assert.ok(id === 0 ? shown.includes(String(status)) : shown === `200 / ${status}`, `${id}: ${shown}`);
  }
});

test("the table of settings has every setting with its values, the default first", async () => {
  const listed = (await rows())
    .filter(([name = ""]) => name.startsWith("`nokkis."))
    .map(([name, values]) => [name, values]);
  const expected = settings.list.map(({ name, values, byDefault }) => [
    `\`${name}\``,
    [byDefault, ...values.filter((value) => value !== byDefault)].map((value) => `\`${value}\``).join(", "),
  ]);
  assert.deepEqual(listed, expected);
});

test("no conformance suite is forgotten", async () => {
  const spec = await read("SPEC.md");
  for (const file of await readdir(folder)) {
    const suite = /^(\w+)\.conformance\.test\.ts$/.exec(file)?.[1];
    if (suite !== undefined) assert.ok(new RegExp(`\\b${suite}\\b`).test(spec), suite);
  }
});
