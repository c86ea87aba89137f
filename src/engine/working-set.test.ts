import assert from "node:assert/strict";
import { test } from "node:test";
import { lookup, noun, put, remove } from "../core/state.ts";
import { rows, WorkingSet } from "./working-set.ts";

interface Shelf {
  readonly id: number;
  readonly name: string;
}
interface Book {
  readonly title: string;
  readonly shelfId: number;
}

const shelves = noun<number, Shelf>({ name: "shelf", keyOf: ({ id }) => id });
const books = noun<string, Book>({
  name: "book",
  partOf: { noun: shelves, keyOf: ({ shelfId }) => shelfId },
  keyOf: ({ title }) => title,
});
const booksOn = lookup<number, Book>({
  name: "books_on",
  noun: books,
  entriesOf: ({ shelfId }) => [shelfId],
  entryFor: (shelfId) => shelfId,
  compare: (a, b) => (a.title < b.title ? -1 : 1),
});

const shelf: Shelf = { id: 1, name: "top" };
const [a, b, c] = ["a", "b", "c"].map((title) => ({ title, shelfId: 1 })) as [Book, Book, Book];

test("a removed row takes its parts with it, and nothing is left to be written of them", () => {
  const state = new WorkingSet([rows(shelves, [shelf]), rows(books, [a, b])]);
  state.find(booksOn, 1);
  state.apply([put(books, { ...a }), put(books, c), remove(shelves, 1)]);
  assert.deepEqual(state.find(booksOn, 1), []);
  assert.equal(state.get(books, "a"), undefined);
  assert.deepEqual([...state.changes()], [[shelves, { added: [], changed: [], removed: [1] }]]);
});

test("a row that is removed and put again was removed and added, without its parts", () => {
  const state = new WorkingSet([rows(shelves, [shelf]), rows(books, [a])]);
  const other = { id: 1, name: "bottom" };
  state.apply([remove(shelves, 1), put(shelves, other), put(books, c)]);
  assert.deepEqual(state.find(booksOn, 1), [c]);
  assert.deepEqual(state.changes().get(shelves), { added: [other], changed: [], removed: [1] });
  assert.deepEqual(state.changes().get(books), { added: [c], changed: [], removed: [] });
});

test("a row that is added and removed in one batch makes no difference", () => {
  const state = new WorkingSet([]);
  state.apply([put(shelves, shelf), put(books, a), remove(shelves, 1)]);
  assert.deepEqual([...state.changes()], []);
});

test("a lookup finds rows in its order, whichever have left it since", () => {
  const state = new WorkingSet([rows(books, [c, a, b])]);
  assert.deepEqual(state.find(booksOn, 1), [a, b, c]);
  state.apply([put(books, { ...a, shelfId: 2 })]);
  assert.deepEqual(state.find(booksOn, 1), [b, c]);
  state.apply([put(books, { ...c, shelfId: 2 })]);
  assert.deepEqual(state.find(booksOn, 1), [b]);
  state.apply([put(books, { ...b, shelfId: 2 })]);
  assert.deepEqual(state.find(booksOn, 1), []);
  assert.deepEqual(
    state.find(booksOn, 2).map(({ title }) => title),
    ["a", "b", "c"],
  );
});
