/** Editions, deliveries, and what a customer is shown of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addEdition,
  bindSystem,
  type ContentScene,
  changeSystem,
  createChart,
  finish,
  hourMs,
  openContent,
  register,
  request,
} from "../../../tests/support/content.ts";
import { createEvent, issue, resultOf, startMs, successOf } from "../../../tests/support/engine.ts";

/** What Ada is shown: each unit with its edition, and slot, system and state of each binding. */
async function shown({ queries, organizationId, ada, nowMs }: ContentScene): Promise<string[]> {
  const contents = await queries.content.heldBy(organizationId, ada, "chart");
  return contents.map(({ entitlement, edition, bindings }) => {
    const held = bindings.map(({ slot, device, latest }) => {
      if (latest === null) return `${slot} ${device.name}`;
      const { built, endedAtMs } = latest.delivery;
      const isOver = endedAtMs !== null || (built !== null && built.expiresAtMs <= nowMs);
      return `${slot} ${device.name} ${latest.editionName} ${isOver ? "over" : built === null ? "building" : "ready"}`;
    });
    return [entitlement.code, edition?.name ?? "none", ...held].join(", ");
  });
}

test("editions are listed by the day of their publication, of one day in the order in which they were added", async (t) => {
  const { execute, queries, organizationId } = await openContent(t);
  const added = [];
  for (const [name, daysOld] of [
    ["2026-3", 2],
    ["2025-9", 200],
    ["2026-2", 2],
  ] as const) {
    added.push(successOf(await execute(addEdition(name, daysOld))).edition);
  }
  await execute(createChart(2));
  await execute(addEdition("other", 1, 2));
  const editions = await queries.content.editions(organizationId, 1);
  assert.deepEqual(
    editions.map(({ name }) => name),
    ["2025-9", "2026-1", "2026-3", "2026-2"],
  );
  for (const edition of added)
    assert.deepEqual(
      editions.find(({ id }) => id === edition.id),
      edition,
    );
  assert.deepEqual(await queries.content.editions(organizationId, 404), []);
});

test("an edition of more bytes than 32 bits count is kept as it is", async (t) => {
  const { execute, queries, organizationId } = await openContent(t);
  const command = addEdition("large", 1);
  const content = { ...command.content, files: 100_000, bytes: 5_000_000_000_000 };
  const { edition } = successOf(await execute({ ...command, content }));
  assert.deepEqual((await queries.content.editions(organizationId, 1)).at(-1), edition);
  assert.deepEqual(edition.content, content);
});

test("editions go with a product of which nothing was ever issued, also when both happen in one batch", async (t) => {
  const { execute, queries, organizationId, transactions } = await openContent(t);
  const retire = { verb: "retire_product", productId: 2 } as const;
  await execute(createChart(2));
  await execute(addEdition("gone", 1, 2));
  assert.deepEqual(successOf(await execute(retire)), { deleted: true });
  assert.deepEqual(await queries.content.editions(organizationId, 2), []);
  assert.ok(!(await queries.content.keys()).includes("content of gone"));

  await execute(createChart(2));
  const before = transactions.length;
  const outcomes = await Promise.all([
    execute(addEdition("gone-too", 1, 2)),
    execute(retire),
    execute(createChart(2)),
    execute(addEdition("gone-too", 1, 2)),
  ]);
  assert.deepEqual(outcomes.map(resultOf), ["ok", "ok", "ok", "ok"]);
  assert.equal(transactions.length, before + 1, "it was one batch");
  assert.equal((await queries.content.editions(organizationId, 2)).length, 1);
});

test("a customer is shown what it holds: oldest first, with the current edition, slots in order, the last delivery of each", async (t) => {
  const scene = await openContent(t);
  const { execute, ada } = scene;
  await execute(createChart(2));
  await execute(issue(2, "CCCC", "ADA@example.com"));
  assert.deepEqual(await shown(scene), ["AAAA, 2026-1, 0 boat", "BBBB, 2026-1", "CCCC, none"]);

  await execute(register(ada, "desk", "B"));
  await execute(bindSystem("BBBB", "desk", 1));
  await execute(bindSystem("BBBB", "boat", 0));
  const first = successOf(await execute(request(ada, "AAAA", "boat"))).delivery;
  await execute(request(ada, "BBBB", "desk"));
  assert.deepEqual(await shown(scene), [
    "AAAA, 2026-1, 0 boat 2026-1 building",
    "BBBB, 2026-1, 0 boat, 1 desk 2026-1 building",
    "CCCC, none",
  ]);

  successOf(await execute(finish(first.id, "AAAA")));
  await execute(addEdition("2026-2", 5));
  await execute(addEdition("2024-1", 700));
  const [aaaa] = await shown(scene);
  assert.equal(aaaa, "AAAA, 2026-2, 0 boat 2026-1 ready", "an older edition was delivered than is current");

  successOf(await execute(request(ada, "AAAA", "boat")));
  assert.equal((await shown(scene))[0], "AAAA, 2026-2, 0 boat 2026-2 building", "the last delivery counts");

  await execute(changeSystem(ada, "boat", "release"));
  await execute(register(ada, "boat", "C"));
  assert.equal((await shown(scene))[0], "AAAA, 2026-2, 0 boat 2026-2 over");
});

test("a customer is not shown what is revoked, what is no content, and what others hold", async (t) => {
  const scene = await openContent(t);
  const { execute, queries, organizationId } = scene;
  await execute(createEvent({}, 2));
  await execute(issue(2, "ticket", "ada@example.com"));
  const { entitlement } = successOf(await execute(issue(1, "CCCC", "ben@example.com")));
  await execute(issue(1, "DDDD"));
  await execute({ verb: "revoke", productId: 1, code: "BBBB" });
  assert.deepEqual(await shown(scene), ["AAAA, 2026-1, 0 boat"]);
  const [hers, his, nobodys] = await Promise.all(
    [scene.ada, entitlement.customer?.id ?? 0, 404].map((id) => queries.content.heldBy(organizationId, id, "chart")),
  );
  assert.deepEqual([hers?.length, his?.map((one) => one.entitlement.code), nobodys], [1, ["CCCC"], []]);
});

test("what is shown of an entitlement, an edition and a delivery is all that is known of them", async (t) => {
  const { execute, queries, organizationId, ada } = await openContent(t);
  const command = {
    ...issue(1, "CCCC", "ada@example.com"),
    issuedAtMs: startMs - hourMs,
    expiresAtMs: startMs + hourMs,
  };
  const { product, entitlement } = successOf(await execute(command));
  successOf(await execute(bindSystem("CCCC", "boat", 1)));
  const { edition, delivery } = successOf(await execute(request(ada, "CCCC", "boat")));
  const finished = successOf(await execute(finish(delivery.id, "CCCC")));
  assert.equal(finished.built?.bytes, 5_000_000_000);
  const content = (await queries.content.heldBy(organizationId, ada, "chart")).at(-1);
  assert.deepEqual(content?.entitlement, entitlement);
  assert.deepEqual(content?.edition, edition);
  assert.deepEqual([content?.product.id, content?.product.name, content?.product.slots], [1, product.name, 2]);
  assert.deepEqual(content?.bindings[0]?.latest, { delivery: finished, editionName: "2026-1" });
});

test("a delivery can be looked up with all that it is about, also once it has ended", async (t) => {
  const { execute, queries, organizationId, ada, ...scene } = await openContent(t);
  const { delivery, edition, entitlement } = successOf(await execute(request(ada, "AAAA", "boat")));
  const found = await queries.deliveries.byId(organizationId, delivery.id);
  assert.deepEqual(
    [found?.delivery, found?.edition, found?.entitlement, found?.product],
    [delivery, edition, entitlement, { id: 1, kind: "chart", name: "Chart 1" }],
  );
  assert.deepEqual([found?.device.id, found?.device.name, found?.device.customerId], [delivery.deviceId, "boat", ada]);
  assert.match(found?.fingerprintHash ?? "", /^[0-9a-f]{64}$/);

  scene.nowMs = startMs + hourMs;
  await execute(changeSystem(ada, "boat", "release"));
  assert.equal((await queries.deliveries.byId(organizationId, delivery.id))?.fingerprintHash, null);
  const ended = await queries.deliveries.byId(organizationId, delivery.id);
  assert.notEqual(ended?.delivery.endedAtMs, null);
  assert.equal(await queries.deliveries.byId(organizationId, 404), undefined);
  const other = await openContent(t);
  assert.equal(await other.queries.deliveries.byId(other.organizationId, delivery.id), undefined);
});

test("what is requested, finished, ended, taken away and requested again in one batch comes out as one after the other", async (t) => {
  const scene = await openContent(t);
  const { execute, ada, count, transactions } = scene;
  const before = transactions.length;
  const outcomes = await Promise.all([
    execute(request(ada, "AAAA", "boat")),
    execute(request(ada, "AAAA", "boat")),
    execute(addEdition("2026-2", 1)),
    execute(request(ada, "AAAA", "boat")),
    execute(changeSystem(ada, "boat", "release")),
    execute(register(ada, "boat", "B")),
    execute(request(ada, "AAAA", "boat")),
    execute({ verb: "unbind", productId: 1, code: "AAAA" }),
    execute(bindSystem("AAAA", "boat", 1)),
    execute(request(ada, "AAAA", "boat")),
  ]);
  assert.deepEqual(outcomes.map(resultOf), [
    "ok",
    "already_delivered",
    ...["ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok"],
  ]);
  assert.equal(transactions.length, before + 1, "it was one batch");
  assert.equal(await count("delivery"), 4);
  assert.equal(await count("delivery", "ended_at is null"), 1);
  assert.deepEqual(await shown(scene), ["AAAA, 2026-2, 1 boat 2026-2 building", "BBBB, 2026-2"]);
});

test("a machine that leaves ends what was delivered for it, and the next what was requested meanwhile, whatever it is of", async (t) => {
  const { execute, ada, count } = await openContent(t);
  await execute(bindSystem("BBBB", "boat"));
  await execute(register(ada, "desk", "D"));
  await execute(bindSystem("AAAA", "desk"));
  const { delivery } = successOf(await execute(request(ada, "AAAA", "boat")));
  successOf(await execute(finish(delivery.id, "AAAA")));
  successOf(await execute(request(ada, "BBBB", "boat")));
  const kept = successOf(await execute(request(ada, "AAAA", "desk"))).delivery;
  assert.equal(await count("delivery", "ended_at is null"), 3);
  await execute(changeSystem(ada, "boat", "release"));
  assert.equal(await count("delivery", "ended_at is null"), 1);
  for (const code of ["AAAA", "BBBB"]) successOf(await execute(request(ada, code, "boat")));
  assert.equal(await count("delivery", "ended_at is null"), 3);
  successOf(await execute(register(ada, "boat", "B")));
  assert.equal(await count("delivery", "ended_at is null"), 1);
  assert.equal(await count("delivery", `ended_at is null and id = ${kept.id}`), 1);
  assert.equal(resultOf(await execute(finish(delivery.id, "AAAA"))), "delivery_ended");
});

test("what is done about a device alone is in the log with its number, and deliveries with both", async (t) => {
  const { execute, ada, sql } = await openContent(t);
  const { delivery } = successOf(await execute(request(ada, "AAAA", "boat")));
  await execute(finish(delivery.id, "AAAA"));
  await execute(changeSystem(ada, "boat", "disable"));
  const lines = await sql<{ kind: string; code: string | null; product: number; device: number | null }>(
    `select kind, code, product_id as product, device_id as device from action
     where organization_id = $1 and (kind like 'device%' or kind like 'delivery%') order by id`,
  );
  const device = delivery.deviceId;
  assert.deepEqual(lines, [
    { kind: "device_registered", code: null, product: 0, device },
    { kind: "delivery_requested", code: "AAAA", product: 1, device },
    { kind: "delivery_ready", code: "AAAA", product: 1, device },
    { kind: "device_disabled", code: null, product: 0, device },
  ]);
});
