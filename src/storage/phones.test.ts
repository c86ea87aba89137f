import assert from "node:assert/strict";
import { test } from "node:test";
import { collect, openTestEngine, resultOf, successOf, type TestEngine } from "../../tests/support/engine.ts";
import { everyPage } from "../queries/pages.ts";

const call = { type: "SIP", username: "1001", secret: "do not tell", host: "dynamic", port: 5060 } as const;

async function customerOf({ administration, organizationId }: TestEngine, name = "anna@example.com"): Promise<number> {
  return administration.putCustomer(organizationId, { name, ownerId: null });
}

function phonesOf({ queries, organizationId }: TestEngine, customerId: number) {
  return collect(everyPage(queries.phones.list, organizationId, { customerId, visibleOnly: false }));
}

test("a phone is kept as it is told, and each change changes nothing else", async (t) => {
  const engine = await openTestEngine(t);
  const { execute } = engine;
  const customerId = await customerOf(engine);
  const groups = [];
  for (const [name, id] of [
    ["harbour", 30],
    ["airport", 31],
  ] as const) {
    groups.push(successOf(await execute({ verb: "add_device_group", customerId, name, id })).group);
  }
  assert.deepEqual(
    groups.map(({ isPrimary }) => isPrimary),
    [true, false],
  );
  successOf(await execute({ verb: "add_phone", id: 7, customerId, ...call, isPrimary: true }));
  const phone = {
    ...{ id: 7, customerId, ...call, groupId: 30, isPrimary: true },
    ...{ callerId: "", description: "", isHidden: false },
  };
  assert.deepEqual(await phonesOf(engine, customerId), [phone]);

  const changes = { type: "IAX2", groupId: 31, port: null, callerId: "100", description: "front", isHidden: true };
  successOf(await execute({ verb: "change_phone", phoneId: 7, changes }));
  assert.deepEqual(await phonesOf(engine, customerId), [{ ...phone, ...changes }]);
  successOf(await execute({ verb: "change_phone", phoneId: 7, changes: { secret: "" } }));
  assert.deepEqual(await phonesOf(engine, customerId), [{ ...phone, ...changes, secret: "" }]);
});

test("of a customer's phones one is the primary one, and none once it is removed", async (t) => {
  const engine = await openTestEngine(t);
  const { execute } = engine;
  const customerId = await customerOf(engine);
  const primaries = async () => (await phonesOf(engine, customerId)).map(({ id, isPrimary }) => [id, isPrimary]);
  for (const id of [7, 8])
    successOf(await execute({ verb: "add_phone", id, customerId, ...call, isPrimary: id === 7 }));
  assert.deepEqual(await primaries(), [
    [7, true],
    [8, false],
  ]);
  successOf(await execute({ verb: "change_phone", phoneId: 8, changes: {}, isPrimary: true }));
  assert.deepEqual(await primaries(), [
    [7, false],
    [8, true],
  ]);
  successOf(await execute({ verb: "remove_phone", phoneId: 8 }));
  assert.deepEqual(await primaries(), [[7, false]]);
  assert.equal(await engine.count("customer", "primary_device_id is not null"), 0);
  assert.equal(await engine.count("phone_account"), 1);
});

test("what one batch does to a phone and its group is done in turn", async (t) => {
  const engine = await openTestEngine(t);
  const { execute } = engine;
  const customerId = await customerOf(engine);
  const outcomes = await Promise.all([
    execute({ verb: "add_device_group", customerId, name: "harbour", id: 30 }),
    execute({ verb: "add_device_group", customerId, name: "airport", id: 31 }),
    execute({ verb: "add_phone", id: 7, customerId, ...call, groupId: 31 }),
    execute({ verb: "change_device_group", groupId: 31, isPrimary: true }),
    execute({ verb: "remove_device_group", groupId: 31 }),
    execute({ verb: "change_phone", phoneId: 7, changes: { groupId: 30 }, isPrimary: true }),
    execute({ verb: "change_device_group", groupId: 30, isPrimary: true }),
    execute({ verb: "remove_device_group", groupId: 31 }),
    execute({ verb: "remove_device_group", groupId: 30 }),
    execute({ verb: "remove_phone", phoneId: 7 }),
    execute({ verb: "remove_device_group", groupId: 30 }),
  ]);
  assert.deepEqual(outcomes.map(resultOf), [
    ...["ok", "ok", "ok", "ok", "device_group_primary", "ok", "ok", "ok", "device_group_in_use", "ok", "ok"],
  ]);
  for (const table of ["device", "phone_account", "device_group"]) assert.equal(await engine.count(table), 0, table);
});

test("of phones that get into a group and its removal at two processes, either is refused or comes first", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  const customerId = await customerOf(one);
  successOf(await one.execute({ verb: "add_device_group", customerId, name: "primary" }));
  for (let round = 1; round <= 30; round++) {
    const groupId = round + 1_000;
    successOf(await one.execute({ verb: "add_device_group", customerId, name: "harbour", id: groupId }));
    const [added, removed] = await Promise.all([
      one.execute({ verb: "add_phone", customerId, ...call, groupId }),
      other.execute({ verb: "remove_device_group", groupId }),
    ]);
    const found = [resultOf(added), resultOf(removed)].join(", ");
    assert.ok(["ok, device_group_in_use", "device_group_not_found, ok"].includes(found), found);
  }
});

test("of customers without a group who get phones at once, each has one primary group", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  const customerId = await customerOf(one);
  const made = await Promise.all(
    [one, other, one, other].map((engine) => engine.execute({ verb: "add_phone", customerId, ...call })),
  );
  assert.equal(new Set(made.map((outcome) => successOf(outcome).groupId)).size, 1);
  assert.equal(await one.count("device_group", "is_primary"), 1);
});

test("a phone is of its organization alone", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t);
  const customerId = await customerOf(one);
  const { phoneId, groupId } = successOf(await one.execute({ verb: "add_phone", customerId, ...call }));
  assert.equal(resultOf(await other.execute({ verb: "remove_phone", phoneId })), "phone_not_found");
  assert.equal(resultOf(await other.execute({ verb: "remove_device_group", groupId })), "device_group_not_found");
  const elsewhere = { verb: "add_phone", customerId: customerId + 1_000_000, ...call } as const;
  assert.equal(resultOf(await one.execute(elsewhere)), "customer_not_found");
});
