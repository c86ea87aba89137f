import assert from "node:assert/strict";
import { test } from "node:test";
import { dayEnd, dayStart, formatDay, parseDay, yearsLater } from "./day.ts";

test("a day is read as its first moment in UTC, and only if there is such a day", () => {
  assert.equal(parseDay("2017-04-01"), Date.UTC(2017, 3, 1));
  assert.equal(parseDay("2020-02-29"), Date.UTC(2020, 1, 29));
  for (const text of [
    "2017-02-29",
    "2017-13-01",
    "2017-00-10",
    "17-04-01",
    "2017-4-1",
    "2017-04-01T00:00",
    " 2017-04-01",
    "",
  ]) {
    assert.equal(parseDay(text), undefined, text);
  }
});

test("a day is written as it is read, whatever the time of day", () => {
  const noonMs = Date.UTC(2017, 3, 1, 12);
  assert.equal(formatDay(noonMs), "2017-04-01");
  assert.equal(dayStart(noonMs), Date.UTC(2017, 3, 1));
  assert.equal(dayEnd(noonMs), Date.UTC(2017, 3, 2) - 1);
  assert.equal(formatDay(dayEnd(noonMs)), "2017-04-01");
});

test("a year from the 29th of February is the 28th", () => {
  assert.equal(formatDay(yearsLater(Date.UTC(2017, 4, 18), 1)), "2018-05-18");
  assert.equal(formatDay(yearsLater(Date.UTC(2020, 1, 29), 1)), "2021-02-28");
  assert.equal(formatDay(yearsLater(Date.UTC(2020, 1, 29), -1)), "2019-02-28");
  assert.equal(formatDay(yearsLater(Date.UTC(2020, 1, 29), 4)), "2024-02-29");
});
