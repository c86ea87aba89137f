import assert from "node:assert/strict";
import { test } from "node:test";
import pino from "pino";
import { createEvent, openTestEngine } from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { answersKeptMs, startExpiry } from "./expiry.ts";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;

/** A log whose lines can be waited for. */
function listening() {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  return {
    lines,
    log,
    untilLines: (count: number) => eventually(`${count} lines`, () => lines.length >= count),
  };
}

test("once an hour, answers that were kept for a week are forgotten and younger ones are not", async (t) => {
  const { execute, administration, sql, count } = await openTestEngine(t);
  for (const key of ["old", "young"]) await execute(createEvent(), { idempotencyKey: key });
  await sql(
    `update kept_answer set created_at = now() - make_interval(secs => ${answersKeptMs / 1000} + case key when 'old' then 60 else -3600 end)
     where organization_id = $1`,
  );
  assert.equal(answersKeptMs, 7 * dayMs);
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { lines, log, untilLines } = listening();
  const expiry = startExpiry(administration, log);
  t.mock.timers.tick(hourMs - 1);
  assert.equal(await count("kept_answer"), 2, "not before the hour is over");
  t.mock.timers.tick(1);
  await untilLines(1);
  assert.equal(await count("kept_answer", "key = 'young'"), 1);
  assert.equal(await count("kept_answer"), 1);
  await execute(createEvent(), { idempotencyKey: "later" });
  await sql("update kept_answer set created_at = to_timestamp(0) where organization_id = $1 and key = 'later'");
  t.mock.timers.tick(hourMs);
  await untilLines(2);
  assert.equal(await count("kept_answer"), 1, "and again an hour later");
  expiry.stop();
  t.mock.timers.tick(10 * hourMs);
  await administration.forgetAnswers(answersKeptMs);
  assert.equal(lines.length, 2, "and no more once it was stopped");
});

test("a database that is away is logged without harm, and the next hour is another try", async (t) => {
  const owner = await openTestEngine(t);
  await owner.execute(createEvent(), { idempotencyKey: "old" });
  await owner.sql("update kept_answer set created_at = to_timestamp(0) where organization_id = $1");
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const { administration } = await openTestEngine(t, { beside: owner, address: relay.address });
  await relay.cut();
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { lines, log, untilLines } = listening();
  const expiry = startExpiry(administration, log);
  t.after(() => expiry.stop());
  t.mock.timers.tick(hourMs);
  await untilLines(1);
  assert.match(lines[0] ?? "", /"level":40.*kept answers and ended tokens could not be removed/);
  await relay.mend();
  t.mock.timers.tick(hourMs);
  await untilLines(2);
  assert.equal(await owner.count("kept_answer"), 0);
});
