/**
 * A batch that breaks is tried again in parts. When the database went away meanwhile, each part asked it anew and
 * waited for its time-out: 257 times, a quarter of an hour for one lane, and a stop of the server waited for it.
 *
 * Guarantee: an outage ends a batch at once, in whatever part of it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { batchCommandsMax } from "../../src/engine/command-queue.ts";
import { type Store, StoreUnavailable, WriteConflict } from "../../src/engine/store.ts";
import { issue, openTestEngine } from "../support/engine.ts";

for (const [what, first] of [
  ["a command broke it", new Error("a bug in one value")],
  ["another was in the way", new WriteConflict("in the way")],
] as const) {
  test(`a database that goes away while a batch is tried in parts is asked once more, and no more: ${what}`, async (t) => {
    let asked = 0;
    const wrap = (): Store => ({
      async transact() {
        if (++asked === 1) throw first;
        await pause(50);
        throw new StoreUnavailable("connection refused");
      },
    });
    const { execute, engine } = await openTestEngine(t, { wrap, earlyBatchCommands: Number.POSITIVE_INFINITY });
    const startedAtMs = performance.now();
    const answers = await Promise.allSettled(
      Array.from({ length: batchCommandsMax }, (_, index) => execute(issue(1, String(index)))),
    );
    for (const answer of answers) assert.ok(answer.status === "rejected" && answer.reason instanceof StoreUnavailable);
    await engine.drain();
    assert.equal(asked, 2);
    assert.ok(performance.now() - startedAtMs < 2_000);
  });
}
