import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cursor, everyPage, type Page, type PageRequest } from "./pages.ts";

/** A list of these pages; its cursors are their indexes. Notes which pages were asked for. */
function listOf(pages: readonly (readonly string[] | Error)[]) {
  const asked: number[] = [];
  return {
    asked,
    list: async (_filter: string, { after }: PageRequest<string>): Promise<Page<string>> => {
      const index = Number(after ?? 0);
      asked.push(index);
      const rows = pages[index] ?? [];
      if (rows instanceof Error) throw rows;
      return { rows, next: index + 1 < pages.length ? (String(index + 1) as Cursor<string>) : undefined };
    },
  };
}

test("every page comes once and in order, and those that are empty are left out", async () => {
  const { list, asked } = listOf([["a", "b"], [], ["c"], []]);
  assert.deepEqual(await Array.fromAsync(everyPage(list, "all")), [["a", "b"], ["c"]]);
  assert.deepEqual(asked, [0, 1, 2, 3]);
});

test("one page is asked for ahead, and no more", async () => {
  const { list, asked } = listOf([["a"], ["b"], ["c"]]);
  const pages = everyPage(list, "all");
  assert.deepEqual(asked, [], "nothing before somebody reads");
  await pages.next();
  assert.deepEqual(asked, [0, 1]);
  await pages.next();
  assert.deepEqual(asked, [0, 1, 2]);
});

test("a page that fails is heard of where it stands, and by nobody once the reading has ended", async () => {
  const failure = new Error("the database is away");
  const pages = everyPage(listOf([["a"], failure]).list, "all");
  assert.deepEqual((await pages.next()).value, ["a"]);
  await assert.rejects(pages.next(), failure);

  for await (const page of everyPage(listOf([["a"], failure]).list, "all")) {
    assert.deepEqual(page, ["a"]);
    break;
  }
  // An unhandled rejection would end this test.
  await new Promise((done) => setImmediate(done));
});
