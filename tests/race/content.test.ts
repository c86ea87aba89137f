/** Systems and deliveries, asked for at once by two engines that share nothing but the database, as two processes do. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import pg from "pg";
import type { Command, Outcome } from "../../src/core/command.ts";
import {
  addEdition,
  bindSystem,
  type ContentScene,
  changeSystem,
  finish,
  openContent,
  register,
  request,
} from "../support/content.ts";
import { createTestDatabase, type TestAddress } from "../support/database.ts";
import { issue, openTestEngine, resultOf, successOf, type TestEngine, tally } from "../support/engine.ts";

const rounds = 10;
/** Rounds after which a control must have shown the fault; it mostly does so in the first ones. */
const controlRoundsMax = 300;

async function dropIndexes(address: TestAddress, names: readonly string[]): Promise<void> {
  const client = new pg.Client(address);
  await client.connect();
  await client.query(`drop index ${names.join()}`);
  await client.end();
}

interface Pair {
  readonly one: ContentScene;
  readonly other: TestEngine;
  /** Gives commands at once, to the two engines in turn. */
  atOnce<C extends Command>(...commands: readonly C[]): Promise<Outcome<C["verb"]>[]>;
}

/** Two engines; for a control, without the locks, or on a database of their own without these indexes. */
async function openPair(
  t: TestContext,
  { withoutLocks = false, withoutIndexes = [] }: { withoutLocks?: boolean; withoutIndexes?: readonly string[] } = {},
): Promise<Pair> {
  const own = withoutIndexes.length === 0 ? undefined : await createTestDatabase();
  if (own !== undefined) t.after(() => own.drop());
  const one = await openContent(t, { withoutLocks, ...(own === undefined ? {} : { database: own }) });
  if (own !== undefined) await dropIndexes(own.address, withoutIndexes);
  const other = await openTestEngine(t, { withoutLocks, beside: one });
  const engines = [one, other];
  return {
    one,
    other,
    atOnce: (...commands) =>
      Promise.all(commands.map((command, index) => (engines[index % 2] ?? one).execute(command))),
  };
}

/** A new unit for Ada, the first slot of which a new system of hers holds. */
async function makeUnit({ one }: Pair, round: number): Promise<{ code: string; name: string }> {
  const [code, name] = [`unit ${round}`, `boat${round}`];
  await one.execute(issue(1, code, "ada@example.com"));
  successOf(await one.execute(register(one.ada, name, `machine of ${name}`)));
  successOf(await one.execute(bindSystem(code, name)));
  return { code, name };
}

/** Rounds of a race that goes wrong without its guard, until it did. */
async function assertGoesWrong(race: (round: number) => Promise<boolean>): Promise<void> {
  for (let round = 1; round <= controlRoundsMax; round++) if (await race(round)) return;
  assert.fail(`nothing went wrong in ${controlRoundsMax} rounds: the tests beside this one prove nothing`);
}

const sorted = (outcomes: readonly Outcome[]) => outcomes.map(resultOf).sort();

test("of two systems that bind the last free slot at once one wins, and the other is told that all are taken", async (t) => {
  const pair = await openPair(t);
  const { one, atOnce } = pair;
  for (const name of ["desk", "yacht"]) successOf(await one.execute(register(one.ada, name, name)));
  for (let round = 1; round <= rounds; round++) {
    const { code, name } = await makeUnit(pair, round);
    const slot = round % 2 === 0 ? 1 : undefined;
    const outcomes = await atOnce(bindSystem(code, "desk", slot), bindSystem(code, "yacht", slot));
    assert.deepEqual(sorted(outcomes), ["ok", slot === undefined ? "slots_taken" : "slot_taken"], `round ${round}`);
    const winner = outcomes[0]?.ok === true ? "desk" : "yacht";
    const held = await one.queries.entitlements.heldByCode(one.organizationId, code);
    assert.deepEqual(
      held?.bindings.map(({ slot: number, device }) => [number, device.name]),
      [
        [0, name],
        [1, winner],
      ],
    );
  }
});

test("one system that binds one slot twice at once changes something once", async (t) => {
  const pair = await openPair(t);
  const { one, atOnce } = pair;
  successOf(await one.execute(register(one.ada, "desk", "desk")));
  for (let round = 1; round <= rounds; round++) {
    const { code } = await makeUnit(pair, round);
    const outcomes = await atOnce(bindSystem(code, "desk", 1), bindSystem(code, "desk", 1));
    assert.deepEqual(outcomes.map((outcome) => successOf(outcome).changed).sort(), [false, true]);
  }
});

test("with the locks taken out both systems are told that the last slot is theirs: these races do find it", async (t) => {
  const pair = await openPair(t, { withoutLocks: true });
  const { one, atOnce } = pair;
  for (const name of ["desk", "yacht"]) successOf(await one.execute(register(one.ada, name, name)));
  await assertGoesWrong(async (round) => {
    const { code } = await makeUnit(pair, round);
    return (await atOnce(bindSystem(code, "desk"), bindSystem(code, "yacht"))).every(({ ok }) => ok);
  });
});

/** Twenty requests of one slot at once: how they were answered, and how many deliveries and builds there are by then. */
async function requestTwentyTimes(pair: Pair, round: number) {
  const { one, atOnce } = pair;
  const { code, name } = await makeUnit(pair, round);
  const answers = tally((await atOnce(...Array<Command>(20).fill(request(one.ada, code, name)))).map(resultOf));
  const [found] = await one.sql<{ deliveries: number; live: number; jobs: number }>(
    `select count(*)::int as deliveries, count(*) filter (where v.ended_at is null)::int as live,
       (select count(*)::int from graphile_worker._private_jobs j
        where (j.payload ->> 'organizationId')::bigint = $1
          and j.payload ->> 'deliveryId' = any(array_agg(v.id::text))) as jobs
     from delivery v join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id
     where v.organization_id = $1 and e.code = '${code}'`,
  );
  return { answers, ...found };
}

test("twenty requests of one slot at once make one delivery and one build", async (t) => {
  const pair = await openPair(t);
  for (let round = 1; round <= rounds; round++) {
    const answers = { ok: 1, already_delivered: 19 };
    assert.deepEqual(await requestTwentyTimes(pair, round), { answers, deliveries: 1, live: 1, jobs: 1 });
  }
});

test("without the locks the index alone keeps it to one delivery, and without both there are more", async (t) => {
  const unlocked = await openPair(t, { withoutLocks: true });
  for (let round = 1; round <= rounds; round++) {
    const { deliveries, jobs } = await requestTwentyTimes(unlocked, round);
    assert.deepEqual([deliveries, jobs], [1, 1]);
  }
  const bare = await openPair(t, { withoutLocks: true, withoutIndexes: ["delivery_live"] });
  await assertGoesWrong(async (round) => ((await requestTwentyTimes(bare, round)).live ?? 0) > 1);
});

test("of two registrations of one machine under two names at once one succeeds, and the machine is one device", async (t) => {
  const { one, atOnce } = await openPair(t);
  for (let round = 1; round <= rounds; round++) {
    const print = `machine ${round}`;
    const outcomes = await atOnce(
      register(one.ada, `first${round}`, print),
      register(one.ada, `second${round}`, print),
    );
    assert.deepEqual(sorted(outcomes), ["fingerprint_taken", "ok"], `round ${round}`);
  }
  assert.equal(await one.count("device"), rounds + 1);
});

test("of two machines that register under one name at once one succeeds, and the name is that one's", async (t) => {
  const { one, other, atOnce } = await openPair(t);
  for (let round = 1; round <= rounds; round++) {
    const [name, prints] = [`name${round}`, [`first ${round}`, `second ${round}`]] as const;
    const outcomes = await atOnce(register(one.ada, name, prints[0]), register(one.ada, name, prints[1]));
    assert.deepEqual(sorted(outcomes), ["fingerprint_differs", "ok"], `round ${round}`);
    const winner = prints[outcomes[0]?.ok === true ? 0 : 1];
    assert.equal((await other.queries.devices.byFingerprint(one.organizationId, one.ada, winner))?.name, name);
  }
  assert.equal(await one.count("device"), rounds + 1);
});

test("of two machines that register at once under a name that was released one gets it", async (t) => {
  const { one, atOnce } = await openPair(t);
  for (let round = 1; round <= rounds; round++) {
    successOf(await one.execute(changeSystem(one.ada, "boat", "release")));
    const outcomes = await atOnce(register(one.ada, "boat", `x${round}`), register(one.ada, "boat", `y${round}`));
    assert.deepEqual(sorted(outcomes), ["fingerprint_differs", "ok"], `round ${round}`);
  }
});

test("a machine that registers again while it is released elsewhere is never two devices, nor is a name two machines", async (t) => {
  const { one, atOnce } = await openPair(t);
  for (let round = 1; round <= rounds; round++) {
    await atOnce<Command>(
      changeSystem(one.ada, "boat", "release"),
      register(one.ada, `desk${round}`, "A"),
      register(one.ada, "boat", "A"),
      register(one.ada, "boat", `B${round}`),
      register(one.ada, "yacht", "A"),
    );
    const [found] = await one.sql<{ devices: number; machines: number }>(
      `select count(*)::int as devices, count(distinct fingerprint_hash)::int as machines from device
       where organization_id = $1 and fingerprint_hash is not null`,
    );
    assert.equal(found?.devices, found?.machines, `round ${round}`);
  }
  const name = "select name from device where organization_id = $1 group by customer_id, name having count(*) > 1";
  assert.deepEqual(await one.sql(name), []);
});

test("without its index one machine becomes two devices: these races do find it", async (t) => {
  const { one, atOnce } = await openPair(t, { withoutIndexes: ["device_fingerprint"] });
  await assertGoesWrong(async (round) => {
    const print = `machine ${round}`;
    return (await atOnce(register(one.ada, `x${round}x`, print), register(one.ada, `y${round}y`, print))).every(
      ({ ok }) => ok,
    );
  });
});

test("without its index one name becomes that of two devices: these races do find it", async (t) => {
  const { one, atOnce } = await openPair(t, { withoutIndexes: ["device_identity"] });
  await assertGoesWrong(async (round) =>
    (
      await atOnce(register(one.ada, `name${round}`, `x${round}`), register(one.ada, `name${round}`, `y${round}`))
    ).every(({ ok }) => ok),
  );
});

/**
 * A system asks for a delivery while its name is given to another machine. Resolves with whether a delivery is live that
 * was requested before the other machine registered: the log tells which was first.
 */
async function replaceWhileRequesting(pair: Pair, round: number): Promise<boolean> {
  const { one, other } = pair;
  const { code, name } = await makeUnit(pair, round);
  const replace = async () => {
    successOf(await other.execute(changeSystem(one.ada, name, "release")));
    successOf(await other.execute(register(one.ada, name, `successor of ${name}`)));
  };
  const ask = async () => {
    for (let turn = 0; turn < 4; turn++) await one.execute(request(one.ada, code, name));
  };
  await Promise.all([replace(), ask()]);
  const stale = await one.sql(
    `select v.id from delivery v
     join entitlement e on e.organization_id = v.organization_id and e.id = v.entitlement_id and e.code = '${code}'
     where v.organization_id = $1 and v.ended_at is null
       and (select max(a.id) from action a where a.organization_id = $1 and a.kind = 'device_registered' and a.device_id = v.device_id)
         > (select max(a.id) from action a where a.organization_id = $1 and a.kind = 'delivery_requested' and a.device_id = v.device_id)`,
  );
  return stale.length > 0;
}

test("no delivery stays that was requested before another machine took the system's name", async (t) => {
  const pair = await openPair(t);
  for (let round = 1; round <= 3 * rounds; round++) {
    assert.equal(await replaceWhileRequesting(pair, round), false, `round ${round}`);
  }
});

test("with the locks taken out a delivery of the machine before stays: these races do find it", async (t) => {
  const pair = await openPair(t, { withoutLocks: true });
  await assertGoesWrong((round) => replaceWhileRequesting(pair, round));
});

/** A build is finished while its system is freed from its machine: whether it is offered all the same. */
async function replaceWhileFinishing(pair: Pair, round: number): Promise<boolean> {
  const { one, atOnce } = pair;
  const { code, name } = await makeUnit(pair, round);
  const { delivery } = successOf(await one.execute(request(one.ada, code, name)));
  const [finished, released] = await atOnce<Command>(finish(delivery.id, code), changeSystem(one.ada, name, "release"));
  assert.equal(released?.ok, true);
  assert.ok(finished?.ok === true || finished?.refusal === "delivery_ended");
  return (await one.count("delivery", `id = ${delivery.id} and ended_at is null`)) > 0;
}

test("a build that is finished just when its system is freed from its machine is not offered any more", async (t) => {
  const pair = await openPair(t);
  for (let round = 1; round <= 3 * rounds; round++) {
    assert.equal(await replaceWhileFinishing(pair, round), false, `round ${round}`);
  }
});

test("with the locks taken out the finished build comes back: these races do find it", async (t) => {
  const pair = await openPair(t, { withoutLocks: true });
  await assertGoesWrong((round) => replaceWhileFinishing(pair, round));
});

/**
 * An edition is withdrawn while a system asks for the current one: what a request at the same time gets, and what one gets
 * after the withdrawal was answered.
 */
async function withdrawWhileRequesting(pair: Pair, round: number): Promise<{ after: string; before: string }> {
  const { one, other } = pair;
  const { code, name } = await makeUnit(pair, round);
  const edition = `bad${round}`;
  successOf(await one.execute({ ...addEdition(edition, 0), name: edition }));
  const ask = async (engine: TestEngine) => {
    const outcome = await engine.execute(request(one.ada, code, name));
    if (!outcome.ok) return outcome.refusal;
    return (await editionOf(one, outcome.value.delivery.id)) === edition ? "bad" : "good";
  };
  const withdraw = other.execute({ verb: "change_edition", productId: 1, name: edition, change: "withdraw" });
  const [before] = await Promise.all([ask(one), withdraw.then(successOf)]);
  return { before, after: await ask(one) };
}

async function editionOf(one: ContentScene, deliveryId: number): Promise<string | undefined> {
  const rows = await one.sql<{ name: string }>(
    `select n.name from delivery v
     join edition n on n.organization_id = v.organization_id and n.id = v.edition_id
     where v.organization_id = $1 and v.id = ${deliveryId}`,
  );
  return rows[0]?.name;
}

test("an edition that is withdrawn while it is requested is given before or not at all, never afterwards", async (t) => {
  const pair = await openPair(t);
  for (let round = 1; round <= rounds; round++) {
    const { before, after } = await withdrawWhileRequesting(pair, round);
    assert.ok(["good", "bad"].includes(before), before);
    // What was requested before the withdrawal was of the bad edition, so the good one takes its place.
    assert.equal(after, before === "good" ? "already_delivered" : "good", `round ${round}`);
  }
});
