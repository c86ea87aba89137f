import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../core/command.ts";
import { verbOf } from "../core/verbs/index.ts";
import { randomCodes } from "./random.ts";

const random = randomCodes([{ name: "byte_pair", draw: ({ bytes }) => Buffer.from(bytes(2)).toString("hex") }]);
const drawDigits = (digits: number) => random.firstDigit() + random.digits(digits - 1);
const drawCodes = (command: Command) => verbOf(command).draw?.(command, random) ?? [];

test("a drawn number has exactly so many digits, and the first is not zero", () => {
  for (let digits = 1; digits <= 40; digits++) {
    for (let turn = 0; turn < 50; turn++) assert.match(drawDigits(digits), new RegExp(`^[1-9][0-9]{${digits - 1}}$`));
  }
});

test("every digit can stand at every place of a drawn number but for a zero in front", () => {
  const seen = Array.from({ length: 18 }, () => new Set<string>());
  for (let turn = 0; turn < 1_000; turn++) {
    for (const [place, digit] of [...drawDigits(18)].entries()) seen[place]?.add(digit);
  }
  // That one of ten digits never comes at one place in a thousand draws happens once in 10^43 runs.
  assert.deepEqual(
    seen.map(({ size }) => size),
    [9, ...Array<number>(17).fill(10)],
  );
});

test("drawn codes do not repeat", () => {
  const drawn = Array.from({ length: 10_000 }, () => drawDigits(18));
  assert.equal(new Set(drawn).size, drawn.length);
});

test("codes are drawn only for a command that asks for them, and more than one, so that a taken one is no trouble", () => {
  const drawn = drawCodes({ verb: "issue", productId: 1, holder: null, code: { randomDigits: 6 } });
  assert.ok(drawn.length > 1);
  for (const code of drawn) assert.match(code, /^[1-9][0-9]{5}$/);
  assert.deepEqual(drawCodes({ verb: "issue", productId: 1, holder: null, code: "100" }), []);
  assert.deepEqual(drawCodes({ verb: "revoke", productId: 1, code: "100" }), []);
});

test("a code of a format that a dialect has brought is drawn by its name, and one that none has brought is a bug", () => {
  const issue = (random: string) => drawCodes({ verb: "issue", productId: 1, holder: null, code: { random } });
  const drawn = issue("byte_pair");
  assert.ok(drawn.length > 1);
  for (const code of drawn) assert.match(code, /^[0-9a-f]{4}$/);
  assert.throws(() => issue("other"), /there is no code format other/);
});
