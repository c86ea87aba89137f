import assert from "node:assert/strict";
import { test } from "node:test";
import { isPeriod, type Period, renewedEnd } from "./period.ts";
import { momentOf, wallTimeIn } from "./time-zone.ts";

const at = (text: string) => Date.parse(text);
const written = (atMs: number) => new Date(atMs).toISOString();

/** The end after a renewal of something that is not over. */
const renewed = (zone: string, end: string, period: Period) =>
  written(renewedEnd(zone, { atMs: at(end), isOver: false }, period, at(end)));
/** The end after a renewal, at this moment, of something that is over. */
const revived = (zone: string, now: string, period: Period) =>
  written(renewedEnd(zone, { atMs: 0, isOver: true }, period, at(now)));

test("a renewal keeps the day and the time of day", () => {
  assert.equal(renewed("UTC", "2026-05-17T23:59:59.999Z", { years: 1 }), "2027-05-17T23:59:59.999Z");
  assert.equal(renewed("UTC", "2026-05-17T08:30:00.000Z", { days: 30 }), "2026-06-16T08:30:00.000Z");
  assert.equal(renewed("UTC", "2026-12-17T08:30:00.000Z", { months: 2, days: 1 }), "2027-02-18T08:30:00.000Z");
});

test("a day that the month does not have becomes its last one", () => {
  assert.equal(renewed("UTC", "2028-02-29T23:59:59.999Z", { years: 1 }), "2029-02-28T23:59:59.999Z");
  assert.equal(renewed("UTC", "2028-02-29T23:59:59.999Z", { years: 4 }), "2032-02-29T23:59:59.999Z");
  assert.equal(renewed("UTC", "2027-02-28T23:59:59.999Z", { years: 1 }), "2028-02-28T23:59:59.999Z");
  assert.equal(renewed("UTC", "2026-01-31T12:00:00.000Z", { months: 1 }), "2026-02-28T12:00:00.000Z");
  assert.equal(renewed("UTC", "2028-02-28T12:00:00.000Z", { days: 2 }), "2028-03-01T12:00:00.000Z");
});

test("clocks that change in between do not move the end", () => {
  // The last second of a day in Helsinki, in winter and in summer.
  assert.equal(renewed("Europe/Helsinki", "2026-01-15T21:59:59.999Z", { months: 6 }), "2026-07-15T20:59:59.999Z");
  assert.equal(renewed("Europe/Helsinki", "2026-07-15T20:59:59.999Z", { months: 6 }), "2027-01-15T21:59:59.999Z");
  // The calendar of the zone counts: in UTC this is still the day before.
  assert.equal(renewed("America/New_York", "2027-03-01T04:59:59.999Z", { years: 1 }), "2028-02-29T04:59:59.999Z");
});

test("an hour that is left out counts as the next one, of one that comes twice it is the second", () => {
  // 03:30 on 29 March 2026 does not exist in Helsinki; on 25 October it comes twice.
  assert.equal(
    renewed("Europe/Helsinki", "2026-02-28T01:30:00.000Z", { months: 1, days: 1 }),
    "2026-03-29T01:30:00.000Z",
  );
  assert.equal(renewed("Europe/Helsinki", "2026-09-25T00:30:00.000Z", { months: 1 }), "2026-10-25T01:30:00.000Z");
});

test("what is over counts from today on, with the whole of its last day", () => {
  assert.equal(revived("UTC", "2026-05-18T00:00:00.000Z", { years: 1 }), "2027-05-18T23:59:59.999Z");
  // In Helsinki it is the next day already.
  assert.equal(revived("Europe/Helsinki", "2026-05-18T22:00:00.000Z", { days: 1 }), "2026-05-20T20:59:59.999Z");
});

test("a renewal lasts from a day to a hundred years", () => {
  for (const period of [{ days: 1 }, { months: 1 }, { years: 100 }])
    assert.ok(isPeriod(period), JSON.stringify(period));
  for (const period of [
    {},
    { days: 0 },
    { days: -1, years: 1 },
    { years: 0.5 },
    { years: 101 },
    { days: Number.NaN },
  ]) {
    assert.ok(!isPeriod(period), JSON.stringify(period));
  }
});

test("clocks of a zone and moments lead to each other", () => {
  for (const zone of ["UTC", "Europe/Helsinki", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"]) {
    for (const text of ["2026-01-01T00:00:00.000Z", "2026-07-01T12:34:56.789Z", "1999-12-31T23:59:59.999Z"]) {
      assert.equal(written(momentOf(zone, wallTimeIn(zone, at(text)))), text, zone);
    }
  }
});
