import assert from "node:assert/strict";
import { test } from "node:test";
import { createCache } from "./cache.ts";

/** A look-up that counts, and a clock that stands until it is moved. */
function counting({ staleMaxMs = 100, entriesMax = 10 } = {}) {
  const clock = { nowMs: 1_000 };
  const asked: string[] = [];
  const lookUp = async (key: string) => {
    asked.push(key);
    if (key === "broken") throw new Error("away");
    if (key === "nobody") return undefined;
    return `${key} ${asked.length}`;
  };
  const memory = createCache(lookUp, { staleMaxMs, entriesMax, now: () => clock.nowMs });
  return { clock, asked, memory, recall: memory.get };
}

test("an answer is believed for its time and not a moment longer", async () => {
  const { clock, asked, recall } = counting({ staleMaxMs: 100 });
  assert.equal(await recall("a"), "a 1");
  clock.nowMs += 99;
  assert.equal(await recall("a"), "a 1");
  clock.nowMs += 1;
  assert.equal(await recall("a"), "a 2");
  assert.equal(asked.length, 2);
});

test("the time counts from the question, so that a slow answer is not believed for longer", async () => {
  const clock = { nowMs: 0 };
  const answers: PromiseWithResolvers<string>[] = [];
  const lookUp = () => {
    const answer = Promise.withResolvers<string>();
    answers.push(answer);
    return answer.promise;
  };
  const recall = createCache(lookUp, { staleMaxMs: 100, now: () => clock.nowMs }).get;
  const first = recall("a");
  clock.nowMs += 90;
  answers[0]?.resolve("old");
  assert.equal(await first, "old");
  clock.nowMs += 10;
  const second = recall("a");
  answers[1]?.resolve("new");
  assert.equal(await second, "new");
});

test("questions that arrive while the answer is on its way wait for it", async () => {
  const { asked, recall } = counting();
  assert.deepEqual(await Promise.all([recall("a"), recall("a"), recall("b"), recall("a")]), [
    "a 1",
    "a 1",
    "b 2",
    "a 1",
  ]);
  assert.deepEqual(asked, ["a", "b"]);
});

test("a failure is not remembered", async () => {
  const { asked, recall } = counting();
  await assert.rejects(recall("broken"));
  await assert.rejects(recall("broken"));
  assert.equal(asked.length, 2);
});

test("no more than so many answers are remembered, and the one asked longest ago is forgotten first", async () => {
  const { asked, clock, recall } = counting({ entriesMax: 2, staleMaxMs: 100 });
  await recall("a");
  await recall("b");
  clock.nowMs += 100;
  await recall("a");
  await recall("c");
  asked.length = 0;
  await recall("a");
  await recall("c");
  assert.deepEqual(asked, [], "the two newest are there");
  await recall("b");
  assert.deepEqual(asked, ["b"]);
});

test("that nothing was found is not remembered, so that what has just been made is found at once", async () => {
  const { asked, recall } = counting();
  assert.equal(await recall("nobody"), undefined);
  assert.equal(await recall("nobody"), undefined);
  assert.equal(asked.length, 2);
});

test("whoever asks afresh is told what is so now, and so are the next", async () => {
  const { memory } = counting();
  assert.equal(await memory.get("a"), "a 1");
  assert.equal(await memory.refresh("a"), "a 2");
  assert.equal(await memory.get("a"), "a 2");
});
