import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStrictly, MemoryState } from "../../../tests/support/memory-state.ts";
import { anybody } from "../../../tests/support/principals.ts";
import type { Category } from "../category.ts";
import type { Command } from "../command.ts";
import { type Gate, type GateTerms, gateKeyLengthMin, gateProductsMax, gates } from "../gate.ts";
import { nameLengthMax, newProduct, products } from "../product.ts";
import { type Refusal, refusals } from "../refusal.ts";
import { put } from "../state.ts";
import { verbs } from "./index.ts";

const nowMs = Date.UTC(2026, 5, 1, 12);
const adult: Category = { key: "adult", name: "Adult", capacity: null, price: null, colour: null, issued: 0 };
const child: Category = { ...adult, key: "child", name: "Child" };
const north: Gate = {
  id: 1,
  name: "North",
  admits: [{ productId: 1, categories: null }],
  rights: ["undo"],
  accessKeys: ["NORTH12345"],
  createdAtMs: nowMs - 1,
  retiredAtMs: null,
};
const south: Gate = { ...north, id: 2, name: "South", accessKeys: ["SOUTH12345", "SOUTH67890"] };
const old: Gate = { ...north, id: 3, name: "Old", accessKeys: [], retiredAtMs: nowMs - 1 };
const west: GateTerms = {
  name: "West",
  admits: [{ productId: 1, categories: null }],
  rights: [],
  accessKeys: ["WEST123456"],
};

/** An event with categories, one without, and three gates, of which one was retired. */
function hall(): MemoryState {
  const state = new MemoryState();
  const event = newProduct({ id: 1, kind: "event", name: "Gala", createdAtMs: 0, categories: [adult, child] });
  state.apply([
    put(products, event),
    put(products, { ...event, id: 2, categories: [] }),
    ...[north, south, old].map((gate) => put(gates, gate)),
  ]);
  return state;
}

function decide(command: Command, state = hall()) {
  const { outcome, effects, entries } = decideStrictly(state, command, { nowMs, principal: anybody, address: null });
  state.apply(effects);
  return { outcome, effects, entries };
}

/** The gate of an accepted command. */
function gateAfter(command: Command, state = hall()): Gate {
  const { outcome } = decide(command, state);
  assert.ok(outcome.ok && "gate" in outcome.value, outcome.ok ? "no gate" : outcome.refusal);
  assert.deepEqual(state.get(gates, outcome.value.gate.id), outcome.value.gate);
  return outcome.value.gate;
}

const key = (length: number) => "K".repeat(length);
const admit = (productId: number, ...categories: readonly string[]) => [{ productId, categories }];

/** Terms that cannot stand, each for one reason. */
const faults: readonly (readonly [Partial<GateTerms>, Refusal])[] = [
  [{ admits: admit(9) }, "product_not_found"],
  [{ admits: admit(1, "adult", "helper") }, "category_not_found"],
  [{ admits: admit(2, "adult") }, "category_not_found"],
  [{ name: "  " }, "name_invalid"],
  [{ name: "x".repeat(nameLengthMax + 1) }, "name_invalid"],
  [
    { admits: Array.from({ length: gateProductsMax + 1 }, (_, at) => ({ productId: 100 + at, categories: null })) },
    "product_not_found",
  ],
  [{ accessKeys: [key(gateKeyLengthMin - 1)] }, "access_key_invalid"],
  [{ accessKeys: [key(129)] }, "access_key_invalid"],
  [{ accessKeys: ["NOT-A-KEY-AT-ALL"] }, "access_key_invalid"],
  [{ name: " North" }, "gate_taken"],
  [{ accessKeys: ["NORTH12345"] }, "access_key_taken"],
];

for (const verb of ["create_gate", "change_gate"] as const) {
  /** Of the gate South, or of a new one. */
  const commandOf = (terms: Partial<GateTerms>): Command =>
    verb === "create_gate" ? { verb, terms: { ...west, ...terms } } : { verb, gateId: south.id, terms };

  test(`${verb} is refused for terms that cannot stand, and the first reason of the list is the answer`, () => {
    for (const [terms, refusal] of faults) {
      assert.deepEqual(decide(commandOf(terms)), { outcome: { ok: false, refusal }, effects: [], entries: [] });
    }
    for (const [first, a] of faults) {
      for (const [second, b] of faults) {
        const shares = Object.keys(first).some((term) => term in second);
        if (shares || refusals.indexOf(a) > refusals.indexOf(b)) continue;
        assert.deepEqual(
          decide(commandOf({ ...first, ...second })).outcome,
          { ok: false, refusal: a },
          `${a} and ${b}`,
        );
      }
    }
  });

  test(`${verb} takes at most so many products as one command may name`, () => {
    const state = hall();
    const ids = Array.from({ length: gateProductsMax + 1 }, (_, at) => 100 + at);
    state.apply(ids.map((id) => put(products, newProduct({ id, kind: "event", name: "One", createdAtMs: 0 }))));
    const admits = ids.map((productId) => ({ productId, categories: null }));
    assert.deepEqual(decide(commandOf({ admits }), state).outcome, { ok: false, refusal: "quantity_invalid" });
    assert.equal(gateAfter(commandOf({ admits: admits.slice(1) }), state).admits.length, gateProductsMax);
  });

  test(`${verb} keeps nothing twice, and products and rights in one order`, () => {
    const gate = gateAfter(
      commandOf({
        name: " Cafe\u0301 ",
        admits: [...admit(2), ...admit(1, "child"), { productId: 2, categories: null }],
        rights: ["undo", "search", "undo"],
        accessKeys: ["ZZZZZZZZZZ", "AAAAAAAAAA", "ZZZZZZZZZZ"],
      }),
    );
    assert.deepEqual(gate.name, "Café");
    assert.deepEqual(gate.admits, [...admit(1, "child"), { productId: 2, categories: null }]);
    assert.deepEqual(gate.rights, ["search", "undo"]);
    assert.deepEqual(gate.accessKeys, ["ZZZZZZZZZZ", "AAAAAAAAAA"]);
  });
}

test("a verb of gates declares the refusals that are brought about here, and no other", () => {
  const ofTerms: readonly Refusal[] = [...faults.map(([, refusal]) => refusal), "quantity_invalid"];
  const brought = {
    create_gate: ofTerms,
    change_gate: [...ofTerms, "gate_not_found"],
    retire_gate: ["gate_not_found"],
  } as const;
  for (const [name, found] of Object.entries(brought)) {
    const { refusals: declared } = verbs[name as keyof typeof brought];
    assert.deepEqual([...new Set<string>(found)].sort(), [...declared].sort(), name);
  }
});

test("a gate that is not there, or was retired, is neither changed nor retired", () => {
  for (const gateId of [9, old.id]) {
    const notFound = { ok: false, refusal: "gate_not_found" };
    assert.deepEqual(decide({ verb: "change_gate", gateId, terms: { name: "" } }).outcome, notFound);
    assert.deepEqual(decide({ verb: "retire_gate", gateId }).outcome, notFound);
    const unknown = { verb: "change_gate", gateId, terms: { admits: admit(9) } } as const;
    assert.deepEqual(decide(unknown).outcome, { ok: false, refusal: "product_not_found" });
  }
});

test("a change keeps what it does not name, and a gate may be given its own name and keys again", () => {
  const { name, accessKeys } = south;
  assert.deepEqual(gateAfter({ verb: "change_gate", gateId: 2, terms: { name, accessKeys, rights: ["search"] } }), {
    ...south,
    rights: ["search"],
  });
});

test("the name and the keys of a gate that was retired are free, and a key may move on in the same batch", () => {
  const state = hall();
  assert.deepEqual(gateAfter({ verb: "retire_gate", gateId: 1 }, state), {
    ...north,
    accessKeys: [],
    retiredAtMs: nowMs,
  });
  const { name, accessKeys } = north;
  assert.deepEqual(
    gateAfter({ verb: "change_gate", gateId: 2, terms: { name, accessKeys } }, state).accessKeys,
    accessKeys,
  );
  assert.equal(gateAfter({ verb: "create_gate", terms: { ...west, name: old.name } }, state).id, 4);
});

test("a line of the log tells the gate and what changed of it, and never an access key", () => {
  const told = (command: Command, state = hall()) =>
    decide(command, state).entries.map(({ kind, detail }) => [kind, detail]);
  assert.deepEqual(told({ verb: "create_gate", terms: west }), [["gate_created", { gate: "West", number: 4 }]]);
  const terms: Partial<GateTerms> = {
    name: "East",
    admits: [...admit(1, "adult", "child"), { productId: 2, categories: null }],
    rights: [],
    accessKeys: ["EAST123456"],
  };
  assert.deepEqual(told({ verb: "change_gate", gateId: 2, terms }), [
    [
      "gate_changed",
      {
        gate: "South",
        number: 2,
        name: { from: "South", to: "East" },
        admits: { from: ["1"], to: ["1:adult,child", "2"] },
        rights: { from: ["undo"], to: [] },
        accessKeys: { from: 2, to: 1 },
      },
    ],
  ]);
  assert.deepEqual(told({ verb: "change_gate", gateId: 2, terms: { name: "South", rights: ["undo"] } }), []);
  assert.deepEqual(told({ verb: "retire_gate", gateId: 1 }), [["gate_retired", { gate: "North", number: 1 }]]);
});
