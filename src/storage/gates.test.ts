import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  createEvent,
  issue,
  openTestEngine,
  redeem,
  startMs,
  successOf,
  type TestEngine,
} from "../../tests/support/engine.ts";
import { accessKeyPrincipal } from "../access/principals.ts";
import type { GateTerms } from "../core/gate.ts";
import { everyPage } from "../queries/pages.ts";
import { createSecrets, secretKeyBytes } from "./secrets.ts";

const north: GateTerms = {
  name: "North",
  admits: [
    { productId: 1, categories: ["adult"] },
    { productId: 2, categories: null },
  ],
  rights: ["see_names", "undo"],
  accessKeys: ["NORTH67890", "NORTH12345"],
};

/** Events 1 to 3, of which the first has categories. */
async function open(t: Parameters<typeof openTestEngine>[0]): Promise<TestEngine> {
  const opened = await openTestEngine(t);
  for (const id of [1, 2, 3]) await opened.execute(createEvent({ name: `Event ${id}` }, id));
  const category = (key: string) => ({ key, name: key, capacity: null, price: null, colour: null, issued: 0 });
  await opened.sql(
    `update product set categories = '${JSON.stringify(["adult", "child"].map(category))}'
     where organization_id = $1 and id = 1`,
  );
  return opened;
}

test("a gate comes back as it was given, is changed in its place, and stays when it is retired", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  const made = successOf(await execute({ verb: "create_gate", terms: north })).gate;
  assert.deepEqual(made, { id: made.id, ...north, createdAtMs: startMs, retiredAtMs: null });
  assert.deepEqual(await queries.gates.byName(organizationId, " North "), made);

  const terms = {
    name: "South",
    admits: [{ productId: 3, categories: null }],
    rights: [],
    accessKeys: ["SOUTH12345"],
  } as const;
  const changed = successOf(await execute({ verb: "change_gate", gateId: made.id, terms })).gate;
  assert.deepEqual(changed, { ...made, ...terms });
  assert.equal(await queries.gates.byName(organizationId, "North"), undefined);
  assert.deepEqual(await queries.gates.byName(organizationId, "South"), changed);

  const retired = successOf(await execute({ verb: "retire_gate", gateId: made.id })).gate;
  const again = successOf(await execute({ verb: "create_gate", terms: { ...north, ...terms } })).gate;
  assert.deepEqual(await queries.gates.all(organizationId), [retired, again]);
  assert.deepEqual(await queries.gates.byName(organizationId, "South"), again);
});

test("a key tells its gate and what it opens; what its gate and its products say of one product comes together", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  const { gate } = successOf(await execute({ verb: "create_gate", terms: north }));
  const [keyAtGate = ""] = north.accessKeys;
  await execute({ verb: "change_product", productId: 3, terms: { accessKeys: [keyAtGate, "ALONE"] } });
  const found = await queries.accessKeys.byKey(organizationId, keyAtGate);
  assert.deepEqual(found?.gate, { id: gate.id, rights: north.rights });
  assert.deepEqual([...(found?.opens ?? [])].sort(), [
    [1, ["adult"]],
    [2, null],
    [3, null],
  ]);
  const alone = await queries.accessKeys.byKey(organizationId, "ALONE");
  assert.deepEqual([alone?.gate, [...(alone?.opens ?? [])]], [null, [[3, null]]]);

  const limit = async (categories: readonly string[] | null) => {
    const keyLimits = [{ key: keyAtGate, categories }];
    await execute({ verb: "change_product", productId: 1, terms: { accessKeys: [keyAtGate] }, keyLimits });
    return (await queries.accessKeys.byKey(organizationId, keyAtGate))?.opens.get(1);
  };
  assert.deepEqual((await limit(["child"]))?.toSorted(), ["adult", "child"]);
  assert.equal(await limit(null), null);

  const opened = [];
  const filter = { kind: "event", accessKeyId: found?.id ?? 0 } as const;
  for await (const page of everyPage(queries.products.list, organizationId, filter)) opened.push(...page);
  assert.deepEqual(
    opened.map(({ id }) => id),
    [1, 2, 3],
  );

  await execute({ verb: "retire_gate", gateId: gate.id });
  const left = await queries.accessKeys.byKey(organizationId, keyAtGate);
  assert.deepEqual([left?.gate, [...(left?.opens.keys() ?? [])].sort()], [null, [1, 3]]);
  assert.equal(await queries.accessKeys.byKey(organizationId, "NORTH12345"), undefined);
});

test("the limit of a key stays when the product is changed without it, and goes with the key", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  const change = (accessKeys: string[], keyLimits?: readonly { key: string; categories: string[] | null }[]) =>
    execute({
      verb: "change_product",
      productId: 1,
      terms: { accessKeys },
      ...(keyLimits === undefined ? {} : { keyLimits }),
    });
  const limits = async () => (await queries.products.byId(organizationId, 1))?.keyLimits;
  await change(["A1", "B2"], [{ key: "B2", categories: ["child"] }]);
  const limited = [{ key: "B2", categories: ["child"] }];
  assert.deepEqual(await limits(), limited);
  await change(["C3", "B2", "A1"]);
  assert.deepEqual(await limits(), limited);
  await execute({ verb: "change_product", productId: 1, terms: { name: "Ball" } });
  assert.deepEqual(await limits(), limited);
  await change(["A1"]);
  await change(["A1", "B2"]);
  assert.deepEqual(await limits(), []);
});

test("a product that is deleted leaves the gate, and its number may be used again without it", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  await execute({ verb: "create_gate", terms: north });
  await execute({ verb: "retire_product", productId: 2 });
  await execute(createEvent({}, 2));
  assert.deepEqual((await queries.gates.byName(organizationId, "North"))?.admits, north.admits.slice(0, 1));
});

test("uses, conflicts and lines of the log have the gate, also one that was retired since", async (t) => {
  const { execute, queries, organizationId } = await open(t);
  const { gate } = successOf(await execute({ verb: "create_gate", terms: north }));
  const key = await queries.accessKeys.byKey(organizationId, "NORTH12345");
  assert.ok(key !== undefined);
  const principal = accessKeyPrincipal(key);
  await execute(issue(2, "100"));
  assert.equal(successOf(await execute(redeem(2, "100"), { principal })).entitlement.redemption?.gateId, gate.id);
  await execute(redeem(2, "100"), { principal });
  const [conflict] = (await queries.conflicts.list(organizationId, 2, {})).rows;
  assert.deepEqual([conflict?.kept?.gateId, conflict?.lost.gateId], [gate.id, gate.id]);
  await execute({ verb: "retire_gate", gateId: gate.id });
  const { rows } = await queries.log.newest(organizationId, { productId: 2 }, {});
  assert.deepEqual(
    rows.map(({ kind, refusal, gate: at }) => [kind, refusal, at]),
    [
      ["entitlement_redeemed", "already_redeemed", { id: gate.id, name: "North" }],
      ["entitlement_redeemed", null, { id: gate.id, name: "North" }],
      ["entitlement_issued", null, null],
      ["product_created", null, null],
    ],
  );
});

test("a key that was sealed with an earlier secret key stands at its gate after a change, and cannot be given twice", async (t) => {
  const first = randomBytes(secretKeyBytes);
  const before = await openTestEngine(t, { secrets: createSecrets([first]) });
  const after = await openTestEngine(t, {
    beside: before,
    secrets: createSecrets([randomBytes(secretKeyBytes), first]),
  });
  const terms = { ...north, admits: [] };
  const { gate } = successOf(await before.execute({ verb: "create_gate", terms }));
  const other = await after.execute({ verb: "create_gate", terms: { ...terms, name: "South" } });
  assert.deepEqual(other, { ok: false, refusal: "access_key_taken" });
  const renamed = successOf(await after.execute({ verb: "change_gate", gateId: gate.id, terms: { name: "South" } }));
  assert.deepEqual(renamed.gate.accessKeys, north.accessKeys);
  assert.deepEqual(await after.queries.gates.all(before.organizationId), [renamed.gate]);
});

test("a key that does not open is left out of what is shown, and a change that would lose it fails", async (t) => {
  const before = await openTestEngine(t);
  const after = await openTestEngine(t, { beside: before, secrets: createSecrets([randomBytes(secretKeyBytes)]) });
  const terms = { ...north, admits: [] };
  const { gate } = successOf(await before.execute({ verb: "create_gate", terms }));
  assert.deepEqual(await after.queries.gates.all(before.organizationId), [{ ...gate, accessKeys: [] }]);
  await assert.rejects(async () => after.execute({ verb: "change_gate", gateId: gate.id, terms: { name: "South" } }));
  assert.deepEqual(await before.queries.gates.all(before.organizationId), [gate]);
});
