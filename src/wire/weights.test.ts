import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readPreferences, weightOf } from "./weights.ts";

test("the weight of a media type is that of the most specific range that names it", () => {
  const table: [accept: string, type: string, weight: number][] = [
    ["text/xml", "text/xml", 1],
    ["text/xml;q=0.3, text/*;q=0.7, */*", "text/xml", 0.3],
    ["text/*;q=0.7, */*", "text/xml", 0.7],
    ["*/*;q=0.1, image/png", "text/xml", 0.1],
    ["TEXT/XML ; charset=utf-8 ;\tQ=0.5", "text/xml", 0.5],
    ["text/xml;q=0, */*", "text/xml", 0],
    ["text/xml;q=2, */*;q=0.2", "text/xml", 0.2],
    ["image/png", "text/xml", 0],
    ["", "text/xml", 0],
    ["*", "text/xml", 0],
  ];
  for (const [accept, type, weight] of table) assert.equal(weightOf(readPreferences(accept), [type]), weight, accept);
});

test("of several types that will do the dearest counts", () => {
  const preferences = readPreferences("text/xml;q=0.2, application/xml;q=0.8, */*");
  assert.equal(weightOf(preferences, ["application/xml", "text/xml"]), 0.8);
});

test("no header makes it throw", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (s) => void weightOf(readPreferences(s), ["text/xml"])));
});
