import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { isBrokenToken, tokenFormat } from "./token-format.ts";

const draw = () => tokenFormat.draw({ bytes: (count) => randomBytes(count) });

test("a token is 41 letters and digits behind cf_, and no two are the same", () => {
  const drawn = Array.from({ length: 1_000 }, draw);
  for (const token of drawn) assert.match(token, /^cf_[0-9A-Za-z]{38}$/);
  assert.equal(new Set(drawn).size, drawn.length);
  assert.equal(new Set(drawn.join("").replaceAll("_", "")).size, 62, "every letter and digit comes up");
});

test("one wrong character, a missing one or a further one is seen; other texts are left alone", () => {
  const token = draw();
  assert.equal(isBrokenToken(token), false);
  for (let at = 3; at < token.length; at++) {
    const wrong = token[at] === "x" ? "y" : "x";
    assert.ok(isBrokenToken(token.slice(0, at) + wrong + token.slice(at + 1)), `at ${at}`);
  }
  for (const broken of [token.slice(0, -1), `${token}0`, "cf_", `${token} `]) assert.ok(isBrokenToken(broken), broken);
  for (const other of ["demo-token", "", token.slice(1), "YWRtaW46eA=="]) assert.ok(!isBrokenToken(other), other);
});
