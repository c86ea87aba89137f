import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../src/core/command.ts";
import { openTestEngine, resultOf, type TestEngine } from "../support/engine.ts";

const rounds = 40;
/** Rounds after which a control without locks must have shown the fault. */
const controlRoundsMax = 400;

/** What makes an owner none, in one way or another. */
const farewells: readonly ((login: string) => Command)[] = [
  (login) => ({ verb: "change_operator", login, isDisabled: true }),
  (login) => ({ verb: "change_operator", login, role: "administrator" }),
  (login) => ({ verb: "remove_operator", login }),
];

/**
 * Two owners send each other away at the same moment, at two processes. Resolves with the two outcomes, and with how
 * many owners there are then; afterwards there are two again.
 */
async function quarrel([one, other]: readonly [TestEngine, TestEngine], round: number) {
  const farewell = farewells[round % farewells.length] ?? assert.fail();
  const outcomes = await Promise.all([one.execute(farewell("anna")), other.execute(farewell("ben"))]);
  const owners = await one.count("operator", "role = 'owner' and disabled_at is null");
  for (const login of ["anna", "ben"]) {
    const { ok } = await one.execute({ verb: "create_operator", login, passwordHash: "none", role: "owner" });
    if (!ok) await one.execute({ verb: "change_operator", login, role: "owner", isDisabled: false });
  }
  return { results: outcomes.map(resultOf).sort(), owners };
}

test("of two owners who send each other away at once, at two processes, one stays", async (t) => {
  const one = await openTestEngine(t);
  const both = [one, await openTestEngine(t, { beside: one })] as const;
  await quarrel(both, 0);
  for (let round = 1; round <= rounds; round++) {
    assert.deepEqual(await quarrel(both, round), { results: ["last_owner", "ok"], owners: 1 }, `round ${round}`);
  }
});

test("with the locks taken out both go: these races do find it", async (t) => {
  const one = await openTestEngine(t, { withoutLocks: true });
  const both = [one, await openTestEngine(t, { withoutLocks: true, beside: one })] as const;
  await quarrel(both, 0);
  let owners = 1;
  for (let round = 1; round <= controlRoundsMax && owners > 0; round++) owners = (await quarrel(both, round)).owners;
  assert.equal(owners, 0);
});

test("of several processes that make the first operator at once, one does", async (t) => {
  const one = await openTestEngine(t);
  const all = [one, ...(await Promise.all([1, 2, 3].map(() => openTestEngine(t, { beside: one }))))];
  const outcomes = await Promise.all(
    all.map((engine, index) =>
      engine.execute({
        verb: "create_operator",
        login: `owner${index}`,
        passwordHash: "none",
        role: "owner",
        isFirst: true,
      }),
    ),
  );
  assert.deepEqual(outcomes.map(resultOf).sort(), ["ok", "operator_exists", "operator_exists", "operator_exists"]);
  assert.equal(await one.count("operator"), 1);
});
