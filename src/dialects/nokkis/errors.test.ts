import assert from "node:assert/strict";
import { test } from "node:test";
import { type Refusal, refusals } from "../../core/refusal.ts";
import { type Clause, errors, ProtocolError, protocolErrorOf } from "./errors.ts";

/** The errors as the specification lists them, and the two that it has no number for. */
const documented: readonly (readonly [id: number, words: string])[] = [
  [0, "Not defined"],
  [0, "Idempotency-Key was used before for another request"],
  [1, "Server couldn't connect to database"],
  [2, "Internal database error"],
  [3, "Invalid xml input"],
  [10, "Insufficient privileges"],
  [11, "Invalid apikey"],
  [20, "Invalid name"],
  [21, "End time before start time"],
  [22, "Event doesn't exist"],
  [23, "Apikeys must be alphanumeric"],
  [24, "Event not found"],
  [25, "More barcodes than new value of max tickets"],
  [30, "Apikey not found"],
  [40, "Barcode not found"],
  [41, "Event full"],
  [42, "Event doesn't exist"],
  [43, "Barcode is already used"],
  [44, "Invalid barcode"],
  [45, "Event hasn't started yet"],
  [46, "Event has already ended"],
  [50, "Start before end"],
];

test("every error has the documented number and the documented words, and no other exists", () => {
  assert.deepEqual(
    Object.values(errors).map(({ id, text }) => [id, text]),
    documented,
  );
});

test("no error's words hold anything that XML would have to escape", () => {
  for (const { text } of Object.values(errors)) assert.doesNotMatch(text, /[&<>]/);
});

test("every error has a status that tells a modern client who is at fault", () => {
  for (const { id, status } of Object.values(errors)) {
    const expected = id === 1 || id === 2 ? 5 : 4;
    assert.equal(Math.floor(status / 100), expected, `${id} ${status}`);
  }
});

test("a protocol error carries its entry of the table", () => {
  assert.deepEqual(new ProtocolError("eventFull").error, errors.eventFull);
});

const expected: Record<Clause, Partial<Record<Refusal, number>>> = {
  event: {
    idempotency_key_reused: 0,
    not_permitted: 10,
    product_not_found: 22,
    name_invalid: 20,
    period_reversed: 21,
    code_invalid: 3,
    amount_invalid: 3,
    access_key_invalid: 23,
    slots_invalid: 2,
    product_id_taken: 2,
    capacity_below_issued: 25,
  },
  barcodeCreate: {
    idempotency_key_reused: 0,
    not_permitted: 10,
    product_not_found: 42,
    name_invalid: 20,
    period_reversed: 21,
    quantity_invalid: 3,
    code_taken: 2,
    product_retired: 42,
    capacity_reached: 41,
  },
  barcode: {
    idempotency_key_reused: 0,
    not_permitted: 10,
    product_not_found: 40,
    entitlement_not_found: 40,
    code_replaced: 44,
    quantity_invalid: 3,
    direction_invalid: 3,
    occurred_at_impossible: 3,
    product_retired: 44,
    entitlement_revoked: 44,
    entitlement_suspended: 44,
    category_elsewhere: 10,
    already_redeemed: 43,
    already_redeemed_today: 43,
    uses_short: 43,
    already_inside: 43,
    not_inside: 43,
    not_sold: 44,
    not_yet_valid: 45,
    no_longer_valid: 46,
  },
};

for (const clause of ["event", "barcodeCreate", "barcode"] as const) {
  test(`every refusal of ${clause} has its documented error`, () => {
    for (const [refusal, id] of Object.entries(expected[clause])) {
      assert.equal(protocolErrorOf(refusal as never, clause).error.id, id, refusal);
    }
  });
}

test("the core's order of reasons for the use of a barcode is the documented one: 40, 44, 43, 45, 46", () => {
  const ofUse = [
    "entitlement_not_found",
    "entitlement_revoked",
    "already_redeemed",
    "not_yet_valid",
    "no_longer_valid",
  ] as const;
  const inOrder = ofUse.toSorted((a, b) => refusals.indexOf(a) - refusals.indexOf(b));
  assert.deepEqual(
    inOrder.map((refusal) => protocolErrorOf(refusal, "barcode").error.id),
    [40, 44, 43, 45, 46],
  );
});
