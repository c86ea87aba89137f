import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readRange } from "./range.ts";

type Row = readonly [header: string | undefined, bytes: number, asked: readonly [start: number, end: number] | string];

const rows: Readonly<Record<string, readonly Row[]>> = {
  "one range is a part of the content, cut off at its end": [
    ["bytes=0-0", 1000, [0, 1]],
    ["bytes=0-499", 1000, [0, 500]],
    ["bytes=500-999", 1000, [500, 1000]],
    ["bytes=500-1000", 1000, [500, 1000]],
    ["bytes=999-", 1000, [999, 1000]],
    ["bytes=0-", 1000, [0, 1000]],
    ["bytes=7-7", 1000, [7, 8]],
    ["bytes=007-0008", 1000, [7, 9]],
    [`bytes=10-${"9".repeat(400)}`, 1000, [10, 1000]],
    ["bytes=5000000000-5000000009", 6_000_000_000, [5_000_000_000, 5_000_000_010]],
  ],
  "a suffix is the last bytes, all of them if there are no more": [
    ["bytes=-1", 1000, [999, 1000]],
    ["bytes=-500", 1000, [500, 1000]],
    ["bytes=-1000", 1000, [0, 1000]],
    ["bytes=-1001", 1000, [0, 1000]],
    [`bytes=-${"9".repeat(400)}`, 1000, [0, 1000]],
  ],
  "the unit's case and blanks around the range do not matter, nor do empty members": [
    ["Bytes=0-1", 1000, [0, 2]],
    ["BYTES=0-1", 1000, [0, 2]],
    [" bytes=0-1 ", 1000, [0, 2]],
    ["bytes= 0-1", 1000, [0, 2]],
    ["bytes=\t0-1 ", 1000, [0, 2]],
    ["bytes=,0-1, ,", 1000, [0, 2]],
  ],
  "a range that begins behind the end, or has no bytes, is unsatisfiable": [
    ["bytes=1000-", 1000, "unsatisfiable"],
    ["bytes=1000-1000", 1000, "unsatisfiable"],
    ["bytes=5000-6000", 1000, "unsatisfiable"],
    [`bytes=${"9".repeat(400)}-`, 1000, "unsatisfiable"],
    ["bytes=-0", 1000, "unsatisfiable"],
    ["bytes=-000", 1000, "unsatisfiable"],
  ],
  "several ranges, and no range, are the whole": [
    [undefined, 1000, "whole"],
    ["bytes=0-0,-1", 1000, "whole"],
    ["bytes=0-1, 2-3", 1000, "whole"],
    ["bytes=5000-,6000-", 1000, "whole"],
    ["bytes=0-1, bytes=2-3", 1000, "whole"],
    ["bytes=0-1,x", 1000, "whole"],
  ],
  "a range that cannot be read, or ends before it starts, is passed over": [
    ["", 1000, "whole"],
    ["bytes", 1000, "whole"],
    ["bytes=", 1000, "whole"],
    ["bytes=,", 1000, "whole"],
    ["bytes=-", 1000, "whole"],
    ["bytes=5-2", 1000, "whole"],
    ["bytes=5000-2000", 1000, "whole"],
    ["bytes=--1", 1000, "whole"],
    ["bytes=1--2", 1000, "whole"],
    ["bytes=1", 1000, "whole"],
    ["bytes=a-b", 1000, "whole"],
    ["bytes=0x0-0x9", 1000, "whole"],
    ["bytes=0.5-9", 1000, "whole"],
    ["bytes=+1-2", 1000, "whole"],
    ["bytes=1 -2", 1000, "whole"],
    ["bytes=1-2;3", 1000, "whole"],
    ["bytes=\u0661-\u0662", 1000, "whole"],
    ["bytes =0-1", 1000, "whole"],
    ["bytes:0-1", 1000, "whole"],
    ["bytes=0-1\nbytes=2-3", 1000, "whole"],
    ["0-1", 1000, "whole"],
    ["items=0-1", 1000, "whole"],
    ["xbytes=0-1", 1000, "whole"],
  ],
  "empty content has no parts": [
    ["bytes=0-0", 0, "whole"],
    ["bytes=0-", 0, "whole"],
    ["bytes=-1", 0, "whole"],
    ["bytes=-0", 0, "whole"],
  ],
};

for (const [name, cases] of Object.entries(rows)) {
  test(name, () => {
    for (const [header, bytes, asked] of cases) {
      const expected = typeof asked === "string" ? asked : { start: asked[0], end: asked[1] };
      assert.deepEqual(readRange(header, bytes), expected, header);
    }
  });
}

test("whatever is asked, a part has bytes and lies within the content", () => {
  const number = fc.oneof(fc.constant(""), fc.nat(30).map(String), fc.bigInt({ min: 0n }).map(String));
  const header = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.tuple(number, number).map(([first, last]) => `bytes=${first}-${last}`),
  );
  fc.assert(
    fc.property(header, fc.nat(20), (text, bytes) => {
      const range = readRange(text, bytes);
      if (typeof range === "string") return;
      assert.ok(0 <= range.start && range.start < range.end && range.end <= bytes);
    }),
  );
});
