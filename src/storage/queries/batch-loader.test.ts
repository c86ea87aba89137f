import assert from "node:assert/strict";
import { test } from "node:test";
import { batchLoader } from "./batch-loader.ts";

/** A look-up that answers when it is told to, and knows even numbers only. */
function slowLookUp() {
  const calls: { readonly keys: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  const lookUp = (keys: readonly number[]) =>
    new Promise<ReadonlyMap<number, string>>((resolve, fail) => {
      const even = keys.filter((key) => key % 2 === 0);
      calls.push({ keys, answer: () => resolve(new Map(even.map((key) => [key, `value ${key}`]))), fail });
    });
  return { calls, lookUp };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

test("questions that arrive together are one look-up, and each gets its own answer or none", async () => {
  const { calls, lookUp } = slowLookUp();
  const ask = batchLoader(lookUp);
  const answers = [ask(1), ask(2), ask(4)];
  await soon();
  assert.deepEqual(
    calls.map(({ keys }) => keys),
    [[1, 2, 4]],
  );
  calls[0]?.answer();
  assert.deepEqual(await Promise.all(answers), [undefined, "value 2", "value 4"]);
});

test("the same question asked twice at once is looked up once, and asked later it is looked up again", async () => {
  const { calls, lookUp } = slowLookUp();
  const ask = batchLoader(lookUp);
  const first = [ask(2), ask(2)];
  await soon();
  const late = ask(2);
  await soon();
  assert.deepEqual(
    calls.map(({ keys }) => keys),
    [[2], [2]],
    "an answer on its way may be older than the question",
  );
  for (const call of calls) call.answer();
  assert.deepEqual(await Promise.all([...first, late]), ["value 2", "value 2", "value 2"]);
});

test("a look-up takes a limited number of keys, only a few are under way, and nobody is forgotten", async () => {
  const { calls, lookUp } = slowLookUp();
  const ask = batchLoader(lookUp, { keysMax: 10, parallelMax: 2 });
  const answers = range(35).map(ask);
  for (let turn = 0; turn < 5; turn++) await soon();
  assert.deepEqual(
    calls.map(({ keys }) => keys.length),
    [10, 10],
  );
  calls[1]?.answer();
  for (let turn = 0; turn < 5; turn++) await soon();
  assert.deepEqual(
    calls.map(({ keys }) => keys.length),
    [10, 10, 10],
  );
  calls[0]?.answer();
  for (let turn = 0; turn < 5; turn++) await soon();
  assert.deepEqual(
    calls.map(({ keys }) => keys.length),
    [10, 10, 10, 5],
  );
  for (const call of calls) call.answer();
  const expected = range(35).map((key) => (key % 2 === 0 ? `value ${key}` : undefined));
  assert.deepEqual(await Promise.all(answers), expected);
});

test("a failed look-up fails those it was for, and the next is made as ever", async () => {
  const { calls, lookUp } = slowLookUp();
  const ask = batchLoader(lookUp, { keysMax: 2, parallelMax: 1 });
  const answers = [ask(2), ask(4), ask(6)];
  await soon();
  calls[0]?.fail(new Error("away"));
  await assert.rejects(answers[0] ?? soon(), /away/);
  await assert.rejects(answers[1] ?? soon(), /away/);
  await soon();
  calls[1]?.answer();
  assert.equal(await answers[2], "value 6");
  const again = ask(2);
  await soon();
  calls[2]?.answer();
  assert.equal(await again, "value 2");
});
