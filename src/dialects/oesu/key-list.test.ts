import assert from "node:assert/strict";
import { test } from "node:test";
import { neutralKeyList, problemOfKeyList } from "./key-list.ts";

const cells = ["A", "B&<"];
const facts = { title: "Åland & more", edition: "2026/1-1", expiresAtMs: 1_800_000_000_999 };

test("our own list has one key for every cell, ASCII, whole seconds, and nothing that is empty", () => {
  const list = neutralKeyList(cells, "0123456789ABCDEF", facts);
  assert.match(list, /^[\n\x20-\x7e]*$/);
  assert.match(list, /<ExpirationDate>1800000000<\/ExpirationDate>/);
  assert.match(
    list,
    /<FileName>B&amp;&lt;<\/FileName><ID>B&amp;&lt;<\/ID><RInstallKey>0123456789ABCDEF<\/RInstallKey>/,
  );
  assert.doesNotMatch(list, /<(\w+)><\/\1>/);
  assert.equal(problemOfKeyList(Buffer.from(list), cells), undefined);
  assert.match(neutralKeyList([], "", { ...facts, expiresAtMs: null }), /<ExpirationDate>2147483647</);
});

test("a hook's list is taken when every cell has a key and clients can read it", () => {
  const entry = (id: string, file: string, key = "AB") =>
    `<Chart><ID>${id}</ID><FileName>${file}</FileName><RInstallKey>${key}</RInstallKey></Chart>`;
  const problem = (inner: string, root = "keyList") =>
    problemOfKeyList(Buffer.from(`<${root}>${inner}</${root}>`), ["A", "B"]);
  assert.equal(problem(entry("1", "A") + entry("2", "B") + entry("3", "more")), undefined);
  const wrong: readonly (readonly [string, string])[] = [
    [entry("1", "A"), "has no key for one of the cells"],
    [entry("1", "A") + entry("1", "B"), "has an ID twice"],
    [entry("", "A"), "has an entry without ID, FileName or key"],
    [entry("1", "A", "xyz"), "has an entry without ID, FileName or key"],
    [`${entry("1", "A")}${entry("2", "B")}<Edition/>`, "has an empty element"],
    [
      `${entry("1", "A")}${entry("2", "B")}<ExpirationDate>tomorrow</ExpirationDate>`,
      "has an ExpirationDate that is no number",
    ],
    [`${entry("1", "A")}${entry("2", "B")}<ChartInfo>a;b</ChartInfo>`, "has a semicolon in ChartInfo"],
    ["<", "is no XML"],
  ];
  for (const [inner, reason] of wrong) assert.equal(problem(inner), reason, inner);
  assert.equal(problem("", "html"), "is no keyList");
});
