import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { dayEndIn, dayStartIn, momentsAt, momentText } from "./local-time.ts";

const iso = (atMs: number | undefined) => (atMs === undefined ? undefined : new Date(atMs).toISOString());
const moments = (timeZone: string, local: string) => momentsAt(timeZone, local)?.map(iso);

describe("the time that clocks of a time zone show", () => {
  it("is one moment on most days, in winter and in summer", () => {
    assert.deepEqual(moments("Europe/Helsinki", "2026-12-24T19:00:00"), ["2026-12-24T17:00:00.000Z"]);
    assert.deepEqual(moments("Europe/Helsinki", "2026-06-24T19:00:00"), ["2026-06-24T16:00:00.000Z"]);
    assert.deepEqual(moments("America/New_York", "2026-06-24T19:00:00"), ["2026-06-24T23:00:00.000Z"]);
    assert.deepEqual(moments("Pacific/Kiritimati", "2026-06-24T00:00:00"), ["2026-06-23T10:00:00.000Z"]);
    assert.deepEqual(moments("UTC", "2028-02-29T23:59:59"), ["2028-02-29T23:59:59.000Z"]);
  });

  it("is none where clocks are put forward, and two where they are put back", () => {
    assert.deepEqual(moments("Europe/Helsinki", "2026-03-29T02:59:59"), ["2026-03-29T00:59:59.000Z"]);
    assert.deepEqual(moments("Europe/Helsinki", "2026-03-29T03:00:00"), []);
    assert.deepEqual(moments("Europe/Helsinki", "2026-03-29T04:00:00"), ["2026-03-29T01:00:00.000Z"]);
    assert.deepEqual(moments("Europe/Helsinki", "2026-10-25T03:30:00"), [
      "2026-10-25T00:30:00.000Z",
      "2026-10-25T01:30:00.000Z",
    ]);
    assert.deepEqual(moments("Australia/Lord_Howe", "2026-10-04T02:15:00"), []);
    assert.deepEqual(moments("Pacific/Apia", "2011-12-30T12:00:00"), []);
  });

  it("is no time of a calendar that has no such day or hour", () => {
    for (const local of ["2026-02-29T00:00:00", "2026-01-01T24:00:00", "2026-13-01T00:00:00", "2026-01-01", "soon"]) {
      assert.equal(momentsAt("Europe/Helsinki", local), undefined, local);
    }
  });

  it("bounds a day, which has 23 or 25 hours when the clocks are changed", () => {
    const hours = (timeZone: string, day: string) =>
      ((dayEndIn(timeZone, day) ?? 0) + 1_000 - (dayStartIn(timeZone, day) ?? 0)) / 3_600_000;
    assert.equal(hours("Europe/Helsinki", "2026-12-24"), 24);
    assert.equal(hours("Europe/Helsinki", "2026-03-29"), 23);
    assert.equal(hours("Europe/Helsinki", "2026-10-25"), 25);
    assert.equal(iso(dayStartIn("Africa/Cairo", "2026-04-24")), "2026-04-23T22:00:00.000Z", "midnight is left out");
    assert.equal(dayStartIn("UTC", "2026-02-30"), undefined);
    assert.equal(dayEndIn("UTC", "2026-02-30"), undefined);
  });

  it("is written with its offset", () => {
    const atMs = Date.UTC(2026, 11, 24, 17);
    assert.equal(momentText("Europe/Helsinki", atMs), "2026-12-24T19:00:00+02:00");
    assert.equal(momentText("UTC", atMs), "2026-12-24T17:00:00Z");
    assert.equal(momentText("America/St_Johns", atMs), "2026-12-24T13:30:00-03:30");
  });
});
