import assert from "node:assert/strict";
import { test } from "node:test";
import { accessKeyPrincipal } from "../../src/access/principals.ts";
import type { GateTerms } from "../../src/core/gate.ts";
import { createEvent, issue, openTestEngine, resultOf, successOf, type TestEngine, tally } from "../support/engine.ts";

const rounds = 40;
/** Rounds after which a control without locks must have shown the fault. */
const controlRoundsMax = 400;
const key = "NORTH12345";
const closed: GateTerms = { name: "North", admits: [], rights: [], accessKeys: [key] };

/** Two states of a gate. Each has something that the other has not. */
const morning: Partial<GateTerms> = { admits: [{ productId: 1, categories: ["adult"] }], rights: ["undo"] };
const evening: Partial<GateTerms> = {
  admits: [
    { productId: 1, categories: ["child"] },
    { productId: 2, categories: null },
  ],
  rights: ["search", "see_names"],
};

async function openHall(one: TestEngine): Promise<number> {
  for (const id of [1, 2]) await one.execute(createEvent({}, id));
  const category = (name: string) => ({ key: name, name, capacity: null, price: null, colour: null, issued: 0 });
  await one.sql(
    `update product set categories = '${JSON.stringify(["adult", "child", "helper"].map(category))}'
     where organization_id = $1 and id = 1`,
  );
  return successOf(await one.execute({ verb: "create_gate", terms: { ...closed, ...morning } })).gate.id;
}

test("a gate that is changed while it redeems admits by the one state or by the other, and is nowhere once it is retired", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  const gateId = await openHall(one);
  const codes = Array.from({ length: 120 }, (_, index) => String(1_000 + index));
  await Promise.all(codes.map((code) => one.execute(issue(1, code))));
  await one.sql(
    `update entitlement set category = (array['adult', 'child', 'helper'])[1 + code::int % 3] where organization_id = $1`,
  );

  /** Scans a code as a server does that has just looked the key up; `unknown` when the key opens nothing. */
  const scan = async (engine: TestEngine, code: string): Promise<string> => {
    const found = await engine.queries.accessKeys.byKey(engine.organizationId, key);
    if (found === undefined) return "unknown";
    const read = JSON.stringify([[...found.opens].sort(), found.gate]);
    const whole = [
      [[[1, ["adult"]]], { id: gateId, rights: ["undo"] }],
      [
        [
          [1, ["child"]],
          [2, null],
        ],
        { id: gateId, rights: ["search", "see_names"] },
      ],
    ].map((state) => JSON.stringify(state));
    assert.ok(whole.includes(read), read);
    const admits = found.opens.get(1) ?? [];
    const redeem = { verb: "redeem", productId: 1, code, admits } as const;
    return resultOf(await engine.execute(redeem, { principal: accessKeyPrincipal(found) }));
  };

  let isOpen = true;
  const stand = async (engine: TestEngine, mine: readonly string[]) => {
    const answers: string[] = [];
    while (isOpen) answers.push(...(await Promise.all(mine.map((code) => scan(engine, code)))));
    return answers;
  };
  const doors = [stand(one, codes.slice(0, 60)), stand(other, codes.slice(60))];
  for (let round = 1; round <= rounds; round++) {
    const terms = round % 2 === 0 ? morning : evening;
    successOf(await (round % 3 === 0 ? one : other).execute({ verb: "change_gate", gateId, terms }));
  }
  const last: string[] = [];
  for (const terms of [morning, evening]) {
    successOf(await other.execute({ verb: "change_gate", gateId, terms }));
    last.push(...(await Promise.all(codes.map((code) => scan(one, code)))));
  }
  successOf(await one.execute({ verb: "retire_gate", gateId }));
  assert.deepEqual(await Promise.all([scan(one, "1002"), scan(other, "1002")]), ["unknown", "unknown"]);
  isOpen = false;
  const answers = tally([...last, ...(await Promise.all(doors)).flat()]);
  assert.equal(answers.ok, 80, "every adult and every child once");
  assert.ok((answers.category_elsewhere ?? 0) > 40, "and no helper");
  const [logged] = await one.sql(
    `select count(*)::int as all, count(*) filter (where gate_id = ${gateId})::int as at_gate
     from action where organization_id = $1 and kind = 'entitlement_redeemed'`,
  );
  assert.equal(logged?.all, logged?.at_gate);
});

/** Two processes change other terms of one gate at once; resolves with whether both changes are there. */
async function changeTogether(one: TestEngine, other: TestEngine, gateId: number, round: number): Promise<boolean> {
  const name = `North ${round}`;
  const accessKeys = [`KEY${String(round).padStart(8, "0")}`];
  await Promise.all([
    one.execute({ verb: "change_gate", gateId, terms: { name } }),
    other.execute({ verb: "change_gate", gateId, terms: { accessKeys } }),
  ]);
  const [gate] = await one.queries.gates.all(one.organizationId);
  return gate?.name === name && gate.accessKeys[0] === accessKeys[0];
}

test("of two changes of one gate at once, at two processes, neither is lost", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  const { gate } = successOf(await one.execute({ verb: "create_gate", terms: closed }));
  for (let round = 1; round <= rounds; round++) {
    assert.ok(await changeTogether(one, other, gate.id, round), `round ${round}`);
  }
});

test("with the locks taken out one is lost: this race does find it", async (t) => {
  const one = await openTestEngine(t, { withoutLocks: true });
  const other = await openTestEngine(t, { withoutLocks: true, beside: one });
  const { gate } = successOf(await one.execute({ verb: "create_gate", terms: closed }));
  let areThere = true;
  for (let round = 1; round <= controlRoundsMax && areThere; round++) {
    areThere = await changeTogether(one, other, gate.id, round);
  }
  assert.equal(areThere, false);
});

test("a gate whose product is deleted while it is renamed has the new name, and the product no more", async (t) => {
  const one = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: one });
  for (let round = 1; round <= rounds; round++) {
    await one.execute(createEvent({}, round));
    const admits = [{ productId: round, categories: null }];
    const terms = { ...closed, name: `Old ${round}`, accessKeys: [], admits };
    const { gate } = successOf(await one.execute({ verb: "create_gate", terms }));
    const outcomes = await Promise.all([
      one.execute({ verb: "change_gate", gateId: gate.id, terms: { name: `New ${round}` } }),
      other.execute({ verb: "retire_product", productId: round }),
    ]);
    assert.deepEqual(outcomes.map(resultOf), ["ok", "ok"]);
    assert.deepEqual((await one.queries.gates.byName(one.organizationId, `New ${round}`))?.admits, []);
  }
});

test("of many gates that are made at once with one name, or with one key, one is made", async (t) => {
  const one = await openTestEngine(t);
  const engines = [one, await openTestEngine(t, { beside: one })];
  for (let round = 1; round <= rounds / 4; round++) {
    const make = (terms: (turn: number) => Partial<GateTerms>) =>
      Promise.all(
        Array.from({ length: 16 }, (_, turn) =>
          (engines[turn % 2] ?? one).execute({
            verb: "create_gate",
            terms: { ...closed, accessKeys: [], ...terms(turn) },
          }),
        ),
      );
    const named = await make(() => ({ name: `Round ${round}` }));
    assert.deepEqual(tally(named.map(resultOf)), { ok: 1, gate_taken: 15 });
    const keyed = await make((turn) => ({ name: `Round ${round} ${turn}`, accessKeys: [`ROUND${round}KEYS`] }));
    assert.deepEqual(tally(keyed.map(resultOf)), { ok: 1, access_key_taken: 15 });
  }
});
