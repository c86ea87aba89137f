import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvent, issue, openTestEngine, redeem, resultOf, type TestEngine, tally } from "../support/engine.ts";

const rounds = 30;
/** Rounds after which a control without locks must have shown the fault. */
const controlRoundsMax = 200;
const gates = 16;

type Engines = readonly [TestEngine, TestEngine];

/** Two processes on one database, with a product 1. */
async function openTwo(t: Parameters<typeof openTestEngine>[0], withoutLocks = false): Promise<Engines> {
  const one = await openTestEngine(t, { withoutLocks });
  await one.execute(createEvent({}, 1));
  return [one, await openTestEngine(t, { withoutLocks, beside: one })];
}

/** The same number of redemptions of a code at each engine. */
const scans = (engines: Engines, code: string) =>
  Array.from({ length: gates }, (_, turn) => engines[turn % 2 === 0 ? 0 : 1].execute(redeem(1, code)));

/** A ticket gets a new code while its old one is scanned, and is then scanned under the new one. */
async function reissueWhileScanned(engines: Engines, round: number): Promise<number> {
  const [one, other] = engines;
  const [old, code] = [`old ${round}`, `new ${round}`];
  await one.execute(issue(1, old));
  const before = scans(engines, old);
  const reissued = await other.execute({ verb: "reissue", productId: 1, code: old, newCode: code });
  assert.equal(resultOf(reissued), "ok");
  const outcomes = await Promise.all([...before, ...scans(engines, old), ...scans(engines, code)]);
  return tally(outcomes.map(resultOf)).ok ?? 0;
}

test("a ticket that gets a new code while it is scanned is honoured once, under the one or the other", async (t) => {
  const engines = await openTwo(t);
  for (let round = 1; round <= rounds; round++) assert.equal(await reissueWhileScanned(engines, round), 1, `${round}`);
});

test("with the locks taken out it is honoured under both: these races do find it", async (t) => {
  const engines = await openTwo(t, true);
  let honoured = 1;
  for (let round = 1; round <= controlRoundsMax && honoured === 1; round++) {
    honoured = await reissueWhileScanned(engines, round);
  }
  assert.ok(honoured > 1);
});

/** A ticket is suspended while it is scanned. Resolves with whether the answers and the row tell the same. */
async function suspendWhileScanned(engines: Engines, round: number): Promise<boolean> {
  const [one, other] = engines;
  const code = `ticket ${round}`;
  await one.execute(issue(1, code));
  const before = scans(engines, code);
  const suspended = await other.execute({ verb: "suspend", productId: 1, code });
  const after = (await Promise.all(scans(engines, code))).map(resultOf);
  const honoured = (await Promise.all(before)).filter(({ ok }) => ok).length;
  const found = await one.queries.entitlements.byCode(one.organizationId, code);
  return (
    resultOf(suspended) === "ok" &&
    after.every((result) => result === "entitlement_suspended") &&
    honoured <= 1 &&
    found?.suspendedAtMs === one.nowMs &&
    (found.redemption !== null) === (honoured === 1)
  );
}

test("from the answer on that it is suspended no gate honours a ticket, and one that was honoured before stays so", async (t) => {
  const engines = await openTwo(t);
  for (let round = 1; round <= rounds; round++) assert.ok(await suspendWhileScanned(engines, round), `round ${round}`);
});

test("with the locks taken out a suspension or a redemption is lost: these races do find it", async (t) => {
  const engines = await openTwo(t, true);
  let isRight = true;
  for (let round = 1; round <= controlRoundsMax && isRight; round++)
    isRight = await suspendWhileScanned(engines, round);
  assert.ok(!isRight);
});

test("of two transfers with new codes at once one is carried out, and its holder has the one code that works", async (t) => {
  const engines = await openTwo(t);
  const [one] = engines;
  for (let round = 1; round <= rounds; round++) {
    const code = `ticket ${round}`;
    await one.execute(issue(1, code, "ada@example.com"));
    const outcomes = await Promise.all(
      engines.map((engine, index) =>
        engine.execute({
          verb: "transfer",
          productId: 1,
          code,
          holder: `buyer${index}@example.com`,
          newCode: `${code} of ${index}`,
        }),
      ),
    );
    assert.deepEqual(outcomes.map(resultOf).sort(), ["code_replaced", "ok"], `round ${round}`);
    const winner = outcomes.findIndex(({ ok }) => ok);
    const found = await one.queries.entitlements.byCode(one.organizationId, `${code} of ${winner}`);
    assert.equal(found?.customer?.name, `buyer${winner}@example.com`);
    assert.equal(await one.count("replaced_code"), round);
    assert.equal(await one.count("entitlement"), round);
  }
});

test("of two tickets that get the same new code at once one gets it", async (t) => {
  const engines = await openTwo(t);
  const [one] = engines;
  for (let round = 1; round <= rounds; round++) {
    const codes = [`a ${round}`, `b ${round}`];
    await Promise.all(codes.map((code) => one.execute(issue(1, code))));
    const newCode = `new ${round}`;
    const outcomes = await Promise.all(
      engines.map((engine, index) =>
        engine.execute({ verb: "reissue", productId: 1, code: codes[index] ?? "", newCode }),
      ),
    );
    assert.deepEqual(outcomes.map(resultOf).sort(), ["code_taken", "ok"], `round ${round}`);
  }
});
