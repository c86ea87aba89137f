import assert from "node:assert/strict";
import { test } from "node:test";
import { takeTurns } from "./turns.ts";

const soon = () => new Promise((resolve) => setImmediate(resolve));

test("no more than so many run at once, the others follow in order, and a failure hands its turn on", async () => {
  const inTurn = takeTurns(2);
  const begun: number[] = [];
  const ends = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
  const answers = ends.map(({ promise }, index) =>
    inTurn(() => {
      begun.push(index);
      return promise;
    }),
  );
  await soon();
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.resolve(1);
  await soon();
  assert.deepEqual(begun, [0, 1, 2]);
  ends[2]?.reject(new Error("broken"));
  await assert.rejects(answers[2] ?? soon(), /broken/);
  await soon();
  assert.deepEqual(begun, [0, 1, 2, 3]);
  for (const [index, end] of ends.entries()) end.resolve(index);
  assert.deepEqual(await Promise.all(answers.toSpliced(2, 1)), [0, 1, 3, 4, 5]);
  assert.deepEqual(begun, [0, 1, 2, 3, 4, 5]);
});

test("a turn that is free is taken at once", async () => {
  const inTurn = takeTurns(1);
  for (let turn = 0; turn < 3; turn++) assert.equal(await inTurn(async () => turn), turn);
});
