import assert from "node:assert/strict";
import { test } from "node:test";
import { isLive } from "./delivery.ts";

test("a delivery lives while it is prepared and until its time is over, unless it was ended", () => {
  const built = { fileName: "chart.zip", bytes: 1, sha1: "", sha256: "", readyAtMs: 100, expiresAtMs: 200 };
  const cases = [
    { built: null, endedAtMs: null, atMs: 1_000_000, lives: true },
    { built, endedAtMs: null, atMs: 199, lives: true },
    { built, endedAtMs: null, atMs: 200, lives: false },
    { built, endedAtMs: 150, atMs: 160, lives: false },
    { built: null, endedAtMs: 150, atMs: 160, lives: false },
  ];
  for (const { lives, atMs, ...delivery } of cases)
    assert.equal(isLive(delivery, atMs), lives, JSON.stringify(delivery));
});
