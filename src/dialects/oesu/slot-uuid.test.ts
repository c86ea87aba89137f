import assert from "node:assert/strict";
import { test } from "node:test";
import { slotUuidOf } from "./slot-uuid.ts";

test("a UUID is upper case, of version 5, the same for ever, and another for every slot, entitlement and organization", () => {
  assert.equal(slotUuidOf(1, 42, 0), slotUuidOf(1, 42, 0));
  const all = [
    slotUuidOf(1, 42, 0),
    slotUuidOf(1, 42, 1),
    slotUuidOf(1, 4, 20),
    slotUuidOf(14, 2, 0),
    slotUuidOf(2, 42, 0),
  ];
  assert.equal(new Set(all).size, all.length);
  for (const uuid of all) assert.match(uuid, /^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
  // Clients on every navigator keep this one: it may never change.
  assert.equal(slotUuidOf(1, 42, 0), "E3CB4C89-ADEA-5649-A07D-3AEBD7A81391");
});
