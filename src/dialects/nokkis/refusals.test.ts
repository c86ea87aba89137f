import assert from "node:assert/strict";
import { test } from "node:test";
import { type Refusal, refusals } from "../../core/refusal.ts";
import { type Clause, errors, Failure, failureOf } from "./refusals.ts";

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

test("a failure carries its error", () => {
  assert.deepEqual(new Failure("eventFull").error, errors.eventFull);
});

/** What each reason of the core is called in each command; one number when it is the same everywhere. */
const expected: Record<Refusal, number | Record<Clause, number>> = {
  idempotency_key_reused: 0,
  throttled: 10,
  credentials_wrong: 10,
  access_key_unknown: 11,
  access_key_elsewhere: 10,
  not_permitted: 10,
  product_not_found: { event: 22, barcodeCreate: 42, barcode: 40 },
  entitlement_not_found: 40,
  device_not_found: 2,
  edition_not_found: 2,
  name_invalid: 20,
  period_reversed: 21,
  quantity_invalid: 3,
  code_invalid: 3,
  amount_invalid: 3,
  access_key_invalid: 23,
  slots_invalid: 2,
  device_invalid: 2,
  edition_invalid: 2,
  slot_not_found: 2,
  code_taken: 2,
  product_id_taken: 2,
  edition_taken: 2,
  occurred_at_impossible: 3,
  fingerprint_differs: 2,
  fingerprint_taken: 2,
  product_retired: { event: 22, barcodeCreate: 42, barcode: 44 },
  entitlement_revoked: 44,
  device_disabled: 2,
  already_redeemed: 43,
  already_sold: 44,
  not_sold: 44,
  not_bound: 2,
  slot_taken: 2,
  already_bound: 2,
  slots_taken: 2,
  delivery_ended: 2,
  already_delivered: 2,
  capacity_below_issued: 25,
  capacity_reached: 41,
  stock_short: 41,
  secret_space_short: 41,
  not_yet_valid: 45,
  no_longer_valid: 46,
};

const clauses: readonly Clause[] = ["event", "barcodeCreate", "barcode"];

for (const refusal of refusals) {
  test(`${refusal} has its documented error in every command`, () => {
    for (const clause of clauses) {
      const ids = expected[refusal];
      assert.equal(failureOf(refusal, clause).error.id, typeof ids === "number" ? ids : ids[clause], clause);
    }
  });
}

test("the core's order of reasons for the use of a barcode is the documented one: 40, 44, 43, 45, 46", () => {
  const ofUse: readonly Refusal[] = [
    "entitlement_not_found",
    "entitlement_revoked",
    "already_redeemed",
    "not_yet_valid",
    "no_longer_valid",
  ];
  const inOrder = refusals.filter((refusal) => ofUse.includes(refusal));
  assert.deepEqual(
    inOrder.map((refusal) => failureOf(refusal, "barcode").error.id),
    [40, 44, 43, 45, 46],
  );
});
