import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isRangeMeant, judgePreconditions, type PreconditionHeaders, type Validators } from "./precondition.ts";

const before = "Sun, 06 Nov 1994 08:49:36 GMT";
const then = "Sun, 06 Nov 1994 08:49:37 GMT";
const after = "Sun, 06 Nov 1994 08:49:38 GMT";

const strong: Validators = { etag: '"a"', lastModified: then };
const weak: Validators = { etag: 'W/"a"', lastModified: then };
const dated: Validators = { etag: undefined, lastModified: then };
const unknown: Validators = { etag: undefined, lastModified: undefined };

type Row = readonly [headers: PreconditionHeaders, content: Validators, judgement: "met" | "unchanged" | "failed"];

const rows: Readonly<Record<string, readonly Row[]>> = {
  "without a condition the content is sent": [[{}, strong, "met"]],
  "content whose tag the client has already, strong or weak, is unchanged": [
    [{ "if-none-match": '"a"' }, strong, "unchanged"],
    [{ "if-none-match": 'W/"a"' }, strong, "unchanged"],
    [{ "if-none-match": '"a"' }, weak, "unchanged"],
    [{ "if-none-match": 'W/"a"' }, weak, "unchanged"],
    [{ "if-none-match": '"x", "y,z" , W/"a"' }, strong, "unchanged"],
    [{ "if-none-match": '"x","a"' }, strong, "unchanged"],
    [{ "if-none-match": " * " }, unknown, "unchanged"],
  ],
  "content with another tag, or without one, is sent": [
    [{ "if-none-match": '"b"' }, strong, "met"],
    [{ "if-none-match": '"A"' }, strong, "met"],
    [{ "if-none-match": '"a" ' }, dated, "met"],
    [{ "if-none-match": '"x,"a"' }, strong, "met"],
    [{ "if-none-match": "a" }, strong, "met"],
    [{ "if-none-match": '"' }, strong, "met"],
    [{ "if-none-match": "" }, strong, "met"],
  ],
  "content that has not changed since a date is unchanged": [
    [{ "if-modified-since": then }, dated, "unchanged"],
    [{ "if-modified-since": after }, dated, "unchanged"],
    [{ "if-modified-since": before }, dated, "met"],
    [{ "if-modified-since": after }, unknown, "met"],
  ],
  "a date counts only where no tag is given": [
    [{ "if-none-match": '"b"', "if-modified-since": after }, strong, "met"],
    [{ "if-none-match": '"a"', "if-modified-since": before }, strong, "unchanged"],
    [{ "if-match": '"a"', "if-unmodified-since": before }, strong, "met"],
    [{ "if-match": '"b"', "if-unmodified-since": after }, strong, "failed"],
  ],
  "what is no date, or one in an old form, is passed over": [
    [{ "if-modified-since": "tomorrow" }, dated, "met"],
    [{ "if-modified-since": "2094-11-06T08:49:37Z" }, dated, "met"],
    [{ "if-modified-since": "Sunday, 06-Nov-94 08:49:38 GMT" }, dated, "met"],
    [{ "if-modified-since": "Sun Nov  6 08:49:38 1994" }, dated, "met"],
    [{ "if-modified-since": "Sun, 66 Nov 1994 08:49:38 GMT" }, dated, "met"],
    [{ "if-modified-since": `${after}, ${after}` }, dated, "met"],
    [{ "if-unmodified-since": "" }, dated, "met"],
  ],
  "a condition for content that is no longer there fails": [
    [{ "if-match": '"b"' }, strong, "failed"],
    [{ "if-match": '"b", "a"' }, strong, "met"],
    [{ "if-match": "*" }, unknown, "met"],
    [{ "if-match": '"a"' }, dated, "failed"],
    [{ "if-match": 'W/"a"' }, strong, "failed"],
    [{ "if-match": '"a"' }, weak, "failed"],
    [{ "if-match": 'W/"a"' }, weak, "failed"],
    [{ "if-unmodified-since": before }, dated, "failed"],
    [{ "if-unmodified-since": then }, dated, "met"],
    [{ "if-unmodified-since": before }, unknown, "met"],
  ],
  "a failed condition comes before one that is met": [
    [{ "if-match": '"b"', "if-none-match": '"a"' }, strong, "failed"],
    [{ "if-match": '"a"', "if-none-match": '"a"' }, strong, "unchanged"],
    [{ "if-unmodified-since": before, "if-modified-since": after }, dated, "failed"],
  ],
};

for (const [name, cases] of Object.entries(rows)) {
  test(name, () => {
    for (const [headers, content, judgement] of cases) {
      assert.equal(judgePreconditions(headers, content), judgement, JSON.stringify(headers));
    }
  });
}

test("a range is meant while the content is the one that If-Range names, by a strong tag or its very date", () => {
  const cases: readonly (readonly [condition: string | undefined, content: Validators, meant: boolean])[] = [
    [undefined, strong, true],
    [undefined, unknown, true],
    ['"a"', strong, true],
    ['"b"', strong, false],
    ['W/"a"', strong, false],
    ['"a"', weak, false],
    ['W/"a"', weak, false],
    ['"a"', dated, false],
    [then, strong, true],
    [then, dated, true],
    [before, dated, false],
    [after, dated, false],
    [then, unknown, false],
    ["nonsense", strong, false],
    ["", strong, false],
  ];
  for (const [condition, content, meant] of cases) {
    assert.equal(isRangeMeant({ "if-range": condition }, content), meant, condition);
  }
});

test("no header makes it throw", () => {
  const text = fc.option(fc.string({ unit: "binary" }), { nil: undefined });
  fc.assert(
    fc.property(text, text, (condition, known) => {
      const headers: PreconditionHeaders = {
        "if-match": condition,
        "if-none-match": condition,
        "if-modified-since": condition,
        "if-unmodified-since": condition,
        "if-range": condition,
      };
      const content = { etag: known, lastModified: known };
      judgePreconditions(headers, content);
      isRangeMeant(headers, content);
    }),
  );
});
