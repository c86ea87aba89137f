import assert from "node:assert/strict";
import { test } from "node:test";
import { type Listed, type ListingOptions, printList, printOne } from "./listing.ts";
import type { Tools } from "./tools.ts";

/** The lines that are printed. */
async function printed(print: (tools: Tools) => Promise<void> | void): Promise<readonly string[]> {
  const lines: string[] = [];
  await print({ print: (line: string) => void lines.push(line) } as Tools);
  return lines;
}

const list = (options: ListingOptions, ...pages: readonly (readonly Listed[])[]) =>
  printed((tools) => printList(tools, options, pages, "There are none."));

test("a list is a table with a head, and its columns are as wide as their widest cell", async () => {
  const rows = [
    { number: 7, callerId: "x", isOpen: true, note: "" },
    { number: 1000, callerId: "Zoë", isOpen: false, note: null },
  ];
  assert.deepEqual(await list({}, rows), [
    "NUMBER  CALLER ID  IS OPEN  NOTE",
    "7       x          yes      -",
    "1000    Zoë        no       -",
  ]);
});

test("later pages have no head of their own, and wider cells widen their columns from there on", async () => {
  const pages = [[{ name: "a", at: 1 }], [], [{ name: "much longer", at: 2 }], [{ name: "b", at: 3 }]];
  assert.deepEqual(await list({}, ...pages), ["NAME  AT", "a     1", "much longer  2", "b            3"]);
});

test("for a program each row is an object on a line, and an empty list is nothing", async () => {
  assert.deepEqual(await list({ json: true }, [{ name: "a\nb", at: null }], [{ name: "c", at: 1 }]), [
    '{"name":"a\\nb","at":null}',
    '{"name":"c","at":1}',
  ]);
  assert.deepEqual(await list({ json: true }), []);
  assert.deepEqual(await list({}), ["There are none."]);
  assert.deepEqual(await list({}, []), ["There are none."]);
});

test("a text with line breaks or control characters stays in its cell", async () => {
  const told = { name: "a\r\nb\u001b[2J", at: 1 };
  assert.deepEqual(await list({}, [told]), await list({}, [{ name: "a b [2J", at: 1 }]));
  assert.deepEqual(await list({}, [told]), ["NAME     AT", "a b [2J  1"]);
});

test("one thing is a value a line, or an object for a program", async () => {
  const one = { number: 7, callerId: "100", note: null };
  assert.deepEqual(await printed((tools) => printOne(tools, {}, one)), [
    "number     7",
    "caller id  100",
    "note       -",
  ]);
  assert.deepEqual(await printed((tools) => printOne(tools, { json: true }, one)), [JSON.stringify(one)]);
});
