import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createSemaphore, type Waiter } from "./semaphore.ts";

const soon = () => new Promise((resolve) => setImmediate(resolve));
let prefixes = 0;
const somebody = (who: Partial<Waiter> = {}): Waiter => ({
  organizationId: 1,
  prefix: `prefix ${++prefixes}`,
  rank: 1,
  ...who,
});

/** A semaphore that lets one piece of work run, and is taken until `end` is called. */
function busy(limits: Partial<Parameters<typeof createSemaphore>[0]> = {}) {
  const semaphore = createSemaphore({
    runningMax: 1,
    waitingMax: 4,
    waitingPerPrefixMax: 4,
    waitMaxMs: 60_000,
    ...limits,
  });
  const first = Promise.withResolvers<void>();
  const done: string[] = [];
  void semaphore(somebody(), () => first.promise);
  return {
    done,
    /** Asks to run, and notes its name when it does; resolves with `refused` if it may not. */
    ask: (name: string, who: Partial<Waiter> = {}) => semaphore(somebody(who), async () => void done.push(name)),
    async end(): Promise<readonly string[]> {
      first.resolve();
      for (let turn = 0; turn < 20; turn++) await soon();
      return done;
    },
  };
}

test("no more than so many run at once, the others follow in order, and the next one runs after a failure, too", async () => {
  const semaphore = createSemaphore({ runningMax: 2, waitingMax: 10, waitingPerPrefixMax: 10, waitMaxMs: 60_000 });
  const begun: number[] = [];
  const ends = Array.from({ length: 6 }, () => Promise.withResolvers<number>());
  const answers = ends.map(({ promise }, index) =>
    semaphore(somebody(), () => {
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

test("work begins at once while fewer run than may", async () => {
  const semaphore = createSemaphore({ runningMax: 1, waitingMax: 1, waitingPerPrefixMax: 1, waitMaxMs: 60_000 });
  for (let index = 0; index < 3; index++) assert.equal(await semaphore(somebody(), async () => index), index);
});

test("when too many wait, or too many of one prefix, a further one is refused at once", async () => {
  const queue = busy({ waitingMax: 3, waitingPerPrefixMax: 2 });
  for (const name of ["a", "b"]) void queue.ask(name, { prefix: "one" });
  assert.equal(await queue.ask("c", { prefix: "one" }), "refused");
  void queue.ask("d");
  assert.equal(await queue.ask("e"), "refused");
  assert.deepEqual(await queue.end(), ["a", "b", "d"]);
});

test("the smallest rank comes first, and a smaller one takes the place of the greatest when too many wait", async () => {
  const queue = busy({ waitingMax: 3 });
  void queue.ask("often wrong", { rank: 9 });
  const last = queue.ask("wrong", { rank: 10 });
  void queue.ask("new", { rank: 1 });
  void queue.ask("known", { rank: 0 });
  assert.equal(await last, "refused");
  assert.deepEqual(await queue.end(), ["known", "new", "often wrong"]);
});

test("organizations take turns, and the one for which most wait gives way to another", async () => {
  const queue = busy({ waitingMax: 4 });
  const first = [1, 2, 3, 4].map((name) => queue.ask(`first ${name}`, { rank: 0 }));
  for (const name of [1, 2]) void queue.ask(`second ${name}`, { organizationId: 2, rank: 5 });
  assert.equal(await queue.ask("second 3", { organizationId: 2, rank: 5 }), "refused", "as many as the other");
  assert.deepEqual(await Promise.all([first[2], first[3]]), ["refused", "refused"]);
  assert.deepEqual(await queue.end(), ["first 1", "second 1", "first 2", "second 2"]);
});

test("who has waited for too long is refused, and its work is never done", async (t: TestContext) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const queue = busy({ waitMaxMs: 5_000 });
  const one = queue.ask("late");
  t.mock.timers.tick(5_000);
  assert.equal(await one, "refused");
  assert.deepEqual(await queue.end(), []);
});
