import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import pino from "pino";
import { collect, createEvent, issue, openTestEngine, redeem, type TestEngine } from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { openRelay } from "../../tests/support/relay.ts";
import { everyPage } from "../queries/pages.ts";
import { answersKeptMs, startExpiry } from "./expiry.ts";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const partsOfASweep = 4;

/** Starts the clean-up with a mocked timer, and with a log whose lines a test can wait for. */
function begin(t: TestContext, { queries, administration }: Pick<TestEngine, "queries" | "administration">) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const expiry = startExpiry({ queries, administration, log });
  t.after(() => expiry.stop());
  const untilSwept = (times: number) => eventually(`sweep ${times}`, () => lines.length >= times * partsOfASweep);
  return { lines, untilSwept, stop: () => expiry.stop() };
}

test("at the start and once an hour, answers that were kept for a week are forgotten and younger ones are not", async (t) => {
  const engine = await openTestEngine(t);
  const { execute, administration, sql, count } = engine;
  for (const key of ["old", "young"]) await execute(createEvent(), { idempotencyKey: key });
  await sql(
    `update kept_answer set created_at = now() - make_interval(secs => ${answersKeptMs / 1000} + case key when 'old' then 60 else -3600 end)
     where organization_id = $1`,
  );
  assert.equal(answersKeptMs, 7 * dayMs);
  const { lines, untilSwept, stop } = begin(t, engine);
  await untilSwept(1);
  assert.equal(await count("kept_answer", "key = 'young'"), 1);
  assert.equal(await count("kept_answer"), 1);
  await execute(createEvent(), { idempotencyKey: "later" });
  await sql("update kept_answer set created_at = to_timestamp(0) where organization_id = $1 and key = 'later'");
  t.mock.timers.tick(hourMs - 1);
  assert.equal(await count("kept_answer"), 2, "not before the hour is over");
  t.mock.timers.tick(1);
  await untilSwept(2);
  assert.equal(await count("kept_answer"), 1, "and again an hour later");
  await stop();
  t.mock.timers.tick(10 * hourMs);
  await administration.forgetIdempotencyRecords(answersKeptMs);
  assert.equal(lines.length, 2 * partsOfASweep, "and no more once it was stopped");
});

test("a database that is away is logged without harm, and the next hour is another try", async (t) => {
  const owner = await openTestEngine(t);
  await owner.execute(createEvent(), { idempotencyKey: "old" });
  await owner.sql("update kept_answer set created_at = to_timestamp(0) where organization_id = $1");
  const relay = await openRelay(owner.database.address);
  t.after(() => relay.cut());
  const beside = await openTestEngine(t, { beside: owner, address: relay.address });
  await relay.cut();
  const { lines, untilSwept } = begin(t, beside);
  await untilSwept(1);
  assert.match(lines[0] ?? "", /"level":40.*kept answers could not be removed/);
  await relay.mend();
  t.mock.timers.tick(hourMs);
  await untilSwept(2);
  assert.equal(await owner.count("kept_answer"), 0);
});

test("lines of the log are kept for ever, and lines of refusals for 90 days, unless the organization sets other times", async (t) => {
  const cases = [
    { settings: {}, left: ["done 100 days ago", "done 40 days ago", "done now", "refused 40 days ago", "refused now"] },
    { settings: { "log.days": "50" }, left: ["done 40 days ago", "done now", "refused 40 days ago", "refused now"] },
    { settings: { "log.days": "1", "log.refusedDays": "30" }, left: ["done now", "refused now"] },
    {
      settings: { "log.refusedDays": "forever", "log.days": "no number" },
      left: [
        "done 100 days ago",
        "done 40 days ago",
        "done now",
        "refused 100 days ago",
        "refused 40 days ago",
        "refused now",
      ],
    },
  ];
  const organizations = await Promise.all(
    cases.map(async ({ settings, left }) => {
      const engine = await openTestEngine(t);
      const { execute, administration, organizationId, sql } = engine;
      for (const [name, value] of Object.entries(settings))
        await administration.putSetting(organizationId, name, value);
      await execute(createEvent({}, 1));
      for (const days of ["100", "40", ""]) {
        await execute(issue(1, `1${days}`));
        await execute(redeem(1, `2${days}`));
      }
      await sql("delete from action where organization_id = $1 and code is null");
      await sql(
        `update action set recorded_at = now() - make_interval(days => ('0' || substr(code, 2))::int) where organization_id = $1`,
      );
      return { ...engine, left };
    }),
  );
  const [first] = organizations;
  assert.ok(first);
  await begin(t, first).untilSwept(1);
  for (const { queries, organizationId, left } of organizations) {
    const lines = await collect(everyPage(queries.log.newest, organizationId, {}));
    const told = lines.map(({ code, refusal }) => {
      const days = code?.slice(1);
      return `${refusal === null ? "done" : "refused"} ${days === "" ? "now" : `${days} days ago`}`;
    });
    assert.deepEqual(told.sort(), [...left].sort());
  }
});
