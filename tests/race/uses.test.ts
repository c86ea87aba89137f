import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import pg from "pg";
import { createTestDatabase } from "../support/database.ts";
import { createEvent, issue, openTestEngine, redeem, resultOf, type TestEngine, tally } from "../support/engine.ts";
import { answerOf, startTwoServers } from "../support/two-servers.ts";

const gates = 64;
const rides = 10;
/** Rounds after which a control without locks must have shown the fault; it mostly does so in the first. */
const controlRoundsMax = 200;

/** Makes product 1 one of ten rides, or one that asks for exits. */
async function createProduct({ execute, sql }: TestEngine, terms: "rides" | "exits"): Promise<void> {
  await execute(createEvent({}, 1));
  const set = terms === "rides" ? `uses_max = ${rides}` : "uses_max = null, reentry = 'after_exit'";
  await sql(`update product set ${set} where organization_id = $1 and id = 1`);
}

async function openTwo(t: TestContext): Promise<readonly [TestEngine, TestEngine]> {
  const one = await openTestEngine(t);
  return [one, await openTestEngine(t, { beside: one })];
}

/** Two engines without what keeps them apart: the locks, and behind these the key of uses. */
async function openTwoUnguarded(t: TestContext): Promise<readonly [TestEngine, TestEngine]> {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const client = new pg.Client(database.address);
  await client.connect();
  await client.query("alter table entitlement_use drop constraint entitlement_use_pkey");
  await client.end();
  const one = await openTestEngine(t, { withoutLocks: true, database });
  return [one, await openTestEngine(t, { withoutLocks: true, beside: one })];
}

/** Sends a command for each turn, to the engines in turn, and tells how often each came out. */
async function raceOf(
  engines: readonly TestEngine[],
  turns: number,
  commandOf: (turn: number) => ReturnType<typeof redeem>,
) {
  const outcomes = await Promise.all(
    Array.from({ length: turns }, (_, turn) => engines[turn % engines.length]?.execute(commandOf(turn))),
  );
  return tally(outcomes.map((outcome) => (outcome === undefined ? "none" : resultOf(outcome))));
}

test("64 gates with the same ticket of ten rides, at two servers at once: exactly ten are let in", async (t) => {
  const { beside, send } = await startTwoServers(t);
  await createProduct(beside, "rides");
  for (let round = 1; round <= 5; round++) {
    const key = `41215875${round}`;
    await beside.execute(issue(1, key));
    const answers = await Promise.all(Array.from({ length: gates }, () => send("PUT", `/nokkis/1/barcode/${key}`)));
    assert.deepEqual(tally(answers.map(answerOf)), { ok: rides, "error 43": gates - rides }, `round ${round}`);
  }
  assert.equal(await beside.count("entitlement_use"), 5 * rides);
  assert.equal(await beside.count("entitlement", "uses_spent = uses_recorded and uses_spent = 10"), 5);
});

test("three rides at once on a ticket of ten: three succeed, the fourth is refused whole", async (t) => {
  const engines = await openTwo(t);
  const [one] = engines;
  await createProduct(one, "rides");
  await one.execute(issue(1, "100"));
  const threeRides = () => ({ ...redeem(1, "100"), count: 3 });
  assert.deepEqual(await raceOf(engines, gates, threeRides), { ok: 3, uses_short: gates - 3 });
  assert.deepEqual(await raceOf(engines, gates, () => redeem(1, "100")), { ok: 1, uses_short: gates - 1 });
});

test("entries and exits that race on one ticket make a history that alternates", async (t) => {
  const engines = await openTwo(t);
  const [one] = engines;
  await createProduct(one, "exits");
  for (let round = 1; round <= 10; round++) {
    const code = `code ${round}`;
    await one.execute(issue(1, code));
    await raceOf(engines, gates, passage(code));
    const directions = await directionsOf(one, code);
    assert.ok(directions.length > 0);
    assert.ok(isAlternation(directions), `round ${round}: ${directions.join(" ")}`);
  }
});

test("without locks more than ten are let in, and more than three times three: these races do find it", async (t) => {
  for (const [count, times] of [
    [1, rides],
    [3, 3],
  ] as const) {
    const engines = await openTwoUnguarded(t);
    const [one] = engines;
    await createProduct(one, "rides");
    let winners = 0;
    for (let round = 1; round <= controlRoundsMax && winners <= times; round++) {
      const code = `code ${round}`;
      await one.execute(issue(1, code));
      winners = (await raceOf(engines, gates, () => ({ ...redeem(1, code), count }))).ok ?? 0;
    }
    assert.ok(winners > times, `${winners} were let in, in each of ${controlRoundsMax} rounds`);
  }
});

test("without locks somebody who is inside comes in again: these races do find it", async (t) => {
  const engines = await openTwoUnguarded(t);
  const [one] = engines;
  await createProduct(one, "exits");
  let alternates = true;
  for (let round = 1; round <= controlRoundsMax && alternates; round++) {
    const code = `code ${round}`;
    await one.execute(issue(1, code));
    await raceOf(engines, gates, passage(code));
    alternates = isAlternation(await directionsOf(one, code));
  }
  assert.ok(!alternates, `entries and exits alternated in each of ${controlRoundsMax} rounds`);
});

function isAlternation(directions: readonly string[]): boolean {
  return directions.every((direction, index) => direction === (index % 2 === 0 ? "entry" : "exit"));
}

/** An entry or an exit of this ticket, by turns of two, so that each engine has both. */
function passage(code: string) {
  return (turn: number) => ({ ...redeem(1, code), direction: turn % 4 < 2 ? ("entry" as const) : ("exit" as const) });
}

async function directionsOf({ sql }: TestEngine, code: string): Promise<string[]> {
  const rows = await sql<{ direction: string }>(
    `select u.direction from entitlement_use u
     join entitlement e on e.organization_id = u.organization_id and e.id = u.entitlement_id
     where e.organization_id = $1 and e.code = '${code}' order by u.number`,
  );
  return rows.map(({ direction }) => direction);
}
