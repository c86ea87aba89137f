import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readBound, readDuration, readMoment, shown } from "./moment.ts";
import { CommandError } from "./tools.ts";

const iso = (text: string, edge: "start" | "end" = "start", timeZone = "Europe/Helsinki") =>
  new Date(readMoment("--at", text, timeZone, edge)).toISOString();
const sentence = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    if (error instanceof CommandError) return error.message;
  }
  return assert.fail("it was read");
};

describe("a time at the command line", () => {
  it("is meant in the time zone of the product, unless it has an offset", () => {
    assert.equal(iso("2026-12-24 19:00"), "2026-12-24T17:00:00.000Z");
    assert.equal(iso("2026-12-24T19:00:30"), "2026-12-24T17:00:30.000Z");
    assert.equal(iso("2026-12-24T19:00Z"), "2026-12-24T19:00:00.000Z");
    assert.equal(iso("2026-10-25T03:30:00+02:00"), "2026-10-25T01:30:00.000Z");
    assert.equal(iso("2026-03-29T03:30:00-05:00"), "2026-03-29T08:30:00.000Z");
  });

  it("is the first moment or the last second of a day without an hour", () => {
    assert.equal(iso("2026-12-24"), "2026-12-23T22:00:00.000Z");
    assert.equal(iso("2026-12-24", "end"), "2026-12-24T21:59:59.000Z");
    assert.equal(iso("2026-10-25", "end"), "2026-10-25T21:59:59.000Z");
  });

  it("ends with a sentence when nobody can tell which moment it is", () => {
    assert.equal(
      sentence(() => iso("2026-03-29 03:30")),
      '--at "2026-03-29 03:30" does not exist in Europe/Helsinki: clocks are put forward over it. Write an earlier or a later time.',
    );
    assert.equal(
      sentence(() => iso("2026-10-25 03:30")),
      '--at "2026-10-25 03:30" comes twice in Europe/Helsinki, where clocks are put back. Write 2026-10-25T03:30:00+03:00 or 2026-10-25T03:30:00+02:00.',
    );
    assert.equal(
      sentence(() => iso("2026-12-24", "start", "Mars/Base")),
      'There is no time zone "Mars/Base". One is written like Europe/Helsinki.',
    );
    for (const text of [
      "soon",
      "24.12.2026",
      "2026-02-30",
      "2026-02-30 10:00",
      "2026-12-24 25:00",
      "2026-12-24T10:00+99:99",
    ]) {
      assert.match(
        sentence(() => iso(text)),
        /is no time, like '2026-12-24 19:00', /,
        text,
      );
    }
  });

  it("is taken away by a word, and kept without one", () => {
    assert.equal(readBound("--ends", "none", "UTC", "end"), null);
    assert.equal(readBound("--ends", undefined, "UTC", "end"), undefined);
    assert.equal(shown("UTC", null), null);
  });
});

describe("a duration at the command line", () => {
  it("has a unit", () => {
    assert.deepEqual(
      ["90s", "15m", "2h"].map((text) => readDuration("--for", text)),
      [90_000, 900_000, 7_200_000],
    );
    for (const text of ["15", "m", "1.5h", "-1m", "2d"]) {
      assert.match(
        sentence(() => readDuration("--for", text)),
        /is no duration, like 90s, 15m or 2h\.$/,
        text,
      );
    }
  });
});
