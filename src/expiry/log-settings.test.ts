import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSetting } from "../settings.ts";
import { logSettings, readLogAges } from "./log-settings.ts";

const check = (name: string, value: unknown) => checkSetting(logSettings.list, name, value);

const dayMs = 86_400_000;

test("the log is kept for days or for ever, each kind of line by its own setting", () => {
  const ages = (settings: Record<string, unknown>) => readLogAges(new Map(Object.entries(settings)));
  assert.deepEqual(ages({}), { doneMs: null, refusedMs: 90 * dayMs });
  assert.deepEqual(ages({ "log.days": "1", "log.refusedDays": "forever" }), { doneMs: dayMs, refusedMs: null });
  // A value that is no number of days removes no lines that the default would keep.
  for (const value of ["0", "-1", "1.5", "", 7, null]) {
    assert.deepEqual(ages({ "log.days": value, "log.refusedDays": value }), ages({}), String(value));
  }
});

test("a value that is no number of days is refused with a sentence", () => {
  for (const value of ["1", "90", "36500", "forever"]) assert.equal(check("log.days", value), undefined);
  for (const value of ["0", "36501", "-1", "1.5", "", "always", "100000"]) {
    assert.equal(
      check("log.refusedDays", value),
      "log.refusedDays must be a number of days from 1 to 36500, or forever.",
    );
  }
  assert.match(check("log.hours", "1") ?? "", /^There is no setting log\.hours\. There are: log\.days, /);
});
