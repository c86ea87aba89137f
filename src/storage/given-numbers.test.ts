import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { createEvent, openTestEngine, resultOf, successOf, type TestEngine } from "../../tests/support/engine.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { givenNumberMax } from "../core/given-number.ts";

const call = { type: "SIP", username: "", secret: "", host: "", port: null } as const;
let names = 0;
/** A name that nobody has. */
const unused = () => `name ${++names}`;

/** Everything that can be given a number: makes one of it, with this number or a drawn one, and resolves with its number. */
const makers: Readonly<Record<string, (engine: TestEngine, id?: number) => Promise<number | string>>> = {
  product: async ({ execute }, id) => {
    const outcome = await execute(createEvent({}, id));
    return outcome.ok ? outcome.value.product.id : outcome.refusal;
  },
  operator: async ({ execute }, id) => {
    const account = { login: unused(), passwordHash: "none", role: "reseller", ...given(id) } as const;
    const outcome = await execute({ verb: "create_operator", ...account });
    return outcome.ok ? outcome.value.operator.id : outcome.refusal;
  },
  customer: async ({ execute }, id) => {
    const outcome = await execute({ verb: "create_customer", name: unused(), ownerId: null, ...given(id) });
    return outcome.ok ? outcome.value.customer.id : outcome.refusal;
  },
  phone: async (engine, id) => {
    const outcome = await engine.execute({ verb: "add_phone", customerId: await anna(engine), ...call, ...given(id) });
    return outcome.ok ? outcome.value.phoneId : outcome.refusal;
  },
  device_group: async (engine, id) => {
    const customerId = await anna(engine);
    const outcome = await engine.execute({ verb: "add_device_group", customerId, name: unused(), ...given(id) });
    return outcome.ok ? outcome.value.group.id : outcome.refusal;
  },
};

const given = (id: number | undefined) => (id === undefined ? {} : { id });

function anna({ administration, organizationId }: TestEngine): Promise<number> {
  return administration.putCustomer(organizationId, { name: "anna@example.com", ownerId: null });
}

for (const [noun, make] of Object.entries(makers)) {
  test(`a ${noun} keeps the number that it is given, once, and no later one gets it`, async (t) => {
    const engine = await openTestEngine(t);
    const far = 1_000_000 * (1 + Object.keys(makers).indexOf(noun));
    assert.equal(await make(engine, far), far);
    assert.equal(await make(engine, far + 2), far + 2);
    assert.equal(await make(engine, far + 1), far + 1, "a smaller one sets nothing back");
    const taken = noun === "product" ? "product_id_taken" : "number_taken";
    assert.equal(await make(engine, far + 1), taken);
    const drawn = [await make(engine), await make(engine)];
    for (const id of drawn) assert.ok(Number(id) > far + 2, `${id} is behind the given ones`);
    assert.notEqual(drawn[0], drawn[1]);
    for (const id of [0, -1, 1.5, givenNumberMax + 1]) assert.equal(await make(engine, id), "number_invalid");

    const other = await openTestEngine(t);
    assert.equal(await make(other, far), far, "another organization has numbers of its own");
  });

  test(`of a ${noun} with one number, made by many at once in two processes, there is one`, async (t) => {
    const one = await openTestEngine(t);
    await anna(one);
    const other = await openTestEngine(t, { beside: one });
    const made = await Promise.all([one, other, one, other, one, other].map((engine) => make(engine, 77)));
    const taken = noun === "product" ? "product_id_taken" : "number_taken";
    assert.deepEqual(
      made.map(String).sort((a, b) => a.length - b.length),
      ["77", taken, taken, taken, taken, taken],
    );
  });
}

test("a device of another kind keeps its number from a phone", async (t) => {
  const engine = await openTestEngine(t);
  const { organizationId, sql } = engine;
  const customerId = await anna(engine);
  await sql(
    `insert into device (organization_id, id, customer_id, kind, name, identity, registered_at)
     values ($1, 50, ${customerId}, 'machine', 'a', 'a', now())`,
  );
  assert.equal(await makers.phone?.(engine, 50), "number_taken");
  assert.equal(await engine.queries.phones.byId(organizationId, 50), undefined);
});

test("of two given numbers at once the smaller one does not set the sequence back", async (t) => {
  const engine = await openTestEngine(t, { limits: { lockMs: 4_000 } });
  const make = makers.customer ?? assert.fail();
  const last = Number(await make(engine));
  const other = new pg.Client(engine.database.url);
  await other.connect();
  t.after(() => other.end());
  // The other process has its turn at the sequence, and moves it far on while this one waits for its own.
  await other.query("select pg_advisory_lock(hashtext('customer_id_seq'))");
  const smaller = make(engine, last + 1_000);
  await eventually("it waits for its turn", async () => {
    const { rows } = await other.query("select from pg_locks where locktype = 'advisory' and not granted");
    return rows.length === 1;
  });
  await other.query("select setval('customer_id_seq', $1)", [last + 5_000]);
  await other.query("select pg_advisory_unlock(hashtext('customer_id_seq'))");
  assert.equal(await smaller, last + 1_000);
  assert.equal(await make(engine), last + 5_001);
});

test("of two customers who get one name at once, at two processes, one does", async (t) => {
  const engine = await openTestEngine(t);
  const other = await openTestEngine(t, { beside: engine });
  for (const name of ["anna", "ben"]) {
    successOf(await engine.execute({ verb: "create_customer", name, ownerId: null }));
  }
  const rename = (from: TestEngine, name: string) => from.execute({ verb: "change_customer", name, newName: "carla" });
  const outcomes = await Promise.all([rename(engine, "anna"), rename(other, "ben")]);
  assert.deepEqual(outcomes.map(resultOf).sort(), ["customer_exists", "ok"]);
});
