import assert from "node:assert/strict";
import { test } from "node:test";
import { chartInfoOf } from "./chart-info.ts";

const edition = {
  id: 1,
  productId: 15,
  name: "2017-2",
  publishedAtMs: Date.UTC(2017, 3, 1),
  addedAtMs: 0,
  availableAtMs: null,
  withdrawnAtMs: null,
  content: { key: "", files: 1, bytes: 1, sha256: "" },
};
const details = { product: { id: 15, kind: "chart", name: "British Isles 2017" }, edition } as const;
const userKey = "0123456789ABCDEF";
const madeOf = (original: string) => chartInfoOf(Buffer.from(original, "latin1"), details, userKey).toString("latin1");

test("the line with the user's key is replaced, and every other byte stays", () => {
  const rest = "ChartInfo:Br\xe9hat \x00\xff;2017-2;2017-04-01\r\noesencEULAFile:EN_eula.html\r\n";
  assert.equal(madeOf(`UserKey:old\r\n${rest}`), `UserKey:0123456789ABCDEF\r\n${rest}`);
  assert.equal(madeOf("a\nUserKey:old\nb"), "a\nUserKey:0123456789ABCDEF\nb");
  assert.equal(madeOf("a\n userkey : old \r\nb\n"), "a\nUserKey:0123456789ABCDEF\r\nb\n");
  assert.equal(madeOf("UserKey:"), "UserKey:0123456789ABCDEF");
});

test("a file without that line gets it first, with the ends of lines that it has", () => {
  assert.equal(madeOf("a\r\nb\r\n"), "UserKey:0123456789ABCDEF\r\na\r\nb\r\n");
  assert.equal(madeOf("a\nb"), "UserKey:0123456789ABCDEF\na\nb");
  assert.equal(madeOf(""), "UserKey:0123456789ABCDEF\n");
  assert.equal(madeOf("NoUserKey:x\n"), "UserKey:0123456789ABCDEF\nNoUserKey:x\n");
});

test("a byte order mark stays in front", () => {
  assert.equal(madeOf("\xef\xbb\xbfUserKey:old\na\n"), "\xef\xbb\xbfUserKey:0123456789ABCDEF\na\n");
  assert.equal(madeOf("\xef\xbb\xbfa\n"), "\xef\xbb\xbfUserKey:0123456789ABCDEF\na\n");
});

test("of several lines with a key, which may be somebody else's, one is left", () => {
  assert.equal(madeOf("UserKey:one\na\nUserKey:two\nb\nUserKey:three"), "UserKey:0123456789ABCDEF\na\nb\n");
});

test("an edition without one gets a short one", () => {
  assert.equal(
    chartInfoOf(undefined, details, userKey).toString(),
    "UserKey:0123456789ABCDEF\nChartInfo:British Isles 2017;2017-2;2017-04-01\n",
  );
  const product = { ...details.product, name: "Îles; \n Nord" };
  assert.match(
    chartInfoOf(undefined, { ...details, product }, userKey).toString(),
    /\nChartInfo:Îles Nord;2017-2;2017-04-01\n$/,
  );
});
