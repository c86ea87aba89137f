import assert from "node:assert/strict";
import { test } from "node:test";
import { anybody, gate } from "../../tests/support/principals.ts";
import {
  anonymousWrongCodesMax,
  createCodeGuesses,
  type Presenter,
  wrongCodesMax,
  wrongCodesWindowSeconds,
} from "./code-guesses.ts";

const atGate: Presenter = { organizationId: 1, principal: gate(1), address: "192.0.2.1" };

/** Tickets of which those are known whose code begins with a T. */
function open() {
  const clock = { nowMs: 0 };
  const guesses = createCodeGuesses(() => clock.nowMs);
  let looks = 0;
  const present = (code: string, who: Presenter = atGate) =>
    guesses.present(
      who,
      code,
      async () => {
        looks++;
        return code.startsWith("T") ? "ticket" : "unknown";
      },
      (found) => found === "unknown",
    );
  const guess = async (count: number, who: Presenter = atGate) => {
    for (let turn = 0; turn < count; turn++) assert.equal(await present(`guess ${turn}`, who), "unknown");
  };
  return { clock, present, guess, looks: () => looks };
}

test("who guesses codes is not heard any more, right or wrong, until its time is over; others are", async () => {
  const { clock, present, guess, looks } = open();
  await guess(wrongCodesMax);
  assert.equal(await present("T1"), "throttled");
  assert.equal(looks(), wrongCodesMax);
  for (const other of [
    { ...atGate, organizationId: 2 },
    { ...atGate, principal: gate(2) },
    { ...atGate, address: "192.0.2.2" },
  ]) {
    assert.equal(await present("T1", other), "ticket");
  }
  clock.nowMs += wrongCodesWindowSeconds * 1000;
  assert.equal(await present("T1"), "ticket");
});

test("who calls without credentials has fewer, and one address of a /64 like the next", async () => {
  const { present, guess } = open();
  const stranger = (address: string): Presenter => ({ organizationId: 1, principal: anybody, address });
  await guess(anonymousWrongCodesMax, stranger("2001:db8::1"));
  assert.equal(await present("T1", stranger("2001:db8::2")), "throttled");
  assert.equal(await present("T1", stranger("2001:db8:1::1")), "ticket");
});

test("a code that a broken scanner repeats counts once", async () => {
  const { present } = open();
  for (let turn = 0; turn < 5 * wrongCodesMax; turn++) assert.equal(await present("0000"), "unknown");
  assert.equal(await present("T1"), "ticket");
});

test("a look that fails counts neither way", async () => {
  const guesses = createCodeGuesses(() => 0);
  const away = () => Promise.reject(new Error("away"));
  for (let turn = 0; turn < 2 * wrongCodesMax; turn++) {
    await assert.rejects(
      guesses.present(atGate, `code ${turn}`, away, () => true),
      /away/,
    );
  }
  assert.equal(
    await guesses.present(
      atGate,
      "T1",
      async () => "ticket",
      () => false,
    ),
    "ticket",
  );
});
