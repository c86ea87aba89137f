import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { Command, Outcome } from "../../src/core/command.ts";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { createAdministration } from "../../src/storage/administration.ts";
import { openPool } from "../../src/storage/database.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createStore } from "../../src/storage/store.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { anybody } from "../support/principals.ts";
import { strayReferences } from "../support/references.ts";

const organizationId = 1;
const connectionsMax = 4;

/** Engines with connections of their own on one database, as in processes of their own. */
interface Engines {
  readonly engines: readonly Engine[];
  close(): Promise<void>;
}

function openEngines(database: TestDatabase, secretKey: Buffer, { withoutLocks }: { withoutLocks: boolean }): Engines {
  const secrets = createSecrets([secretKey]);
  const pools = [openPool(database.address, connectionsMax), openPool(database.address, connectionsMax)];
  return {
    engines: pools.map((pool) =>
      createEngine({ store: createStore({ pool, secrets, withoutLocks }), clock: Date.now }),
    ),
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}

function give<C extends Command>(engine: Engine | undefined, command: C): Promise<Outcome<C["verb"]>> {
  if (engine === undefined) throw new Error("there is no such engine");
  return engine.execute({ organizationId, command, principal: anybody, address: null });
}

const terms = { description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
const euro = (minor: bigint) => ({ minor, currency: "EUR" });

/** A group with so many cards, numbered from `productId` followed by seven digits. */
async function makeGroup(engine: Engine | undefined, productId: number, cards: number): Promise<readonly string[]> {
  const stock = {
    ownerId: null,
    price: euro(1240n),
    taxPpm: 240_000,
    numberDigits: 10,
    secretDigits: 8,
    imageUrl: "",
  };
  const made = await give(engine, {
    verb: "create_product",
    kind: "card_group",
    id: productId,
    terms: { ...terms, name: `Group ${productId}` },
    stock,
  });
  assert.ok(made.ok);
  const numbers = Array.from({ length: cards }, (_, index) => `${productId}${String(index + 1).padStart(7, "0")}`);
  const added = await give(engine, {
    verb: "add_stock",
    productId,
    numbers,
    secretDigits: 8,
    balance: euro(1000n),
    batch: "",
    details: {},
  });
  assert.deepEqual(added, { ok: true, value: { made: cards, skipped: 0 } });
  return numbers;
}

function sell(engine: Engine | undefined, productId: number, what: { quantity: number } | { number: string }) {
  return give(engine, { verb: "sell", productId, ownerId: null, what, email: null, currency: null, channel: "test" });
}

/** The numbers that were sold, one entry for each time. */
function soldNumbers(outcomes: readonly Outcome<"sell">[]): string[] {
  return outcomes.flatMap((outcome) =>
    outcome.ok ? outcome.value.cards.map(({ entitlement }) => entitlement.code) : [],
  );
}

function refusalsOf(outcomes: readonly Outcome<"sell">[]): string[] {
  return outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal]));
}

describe("selling from stock over two engines", () => {
  const secretKey = randomBytes(32);
  let database: TestDatabase;
  let open: Engines;
  let nextGroup = 100;
  before(async () => {
    database = await createTestDatabase();
    open = openEngines(database, secretKey, { withoutLocks: false });
    const pool = openPool(database.address, 1);
    await createAdministration(pool, createSecrets([secretKey])).ensureOrganization(organizationId, "Test");
    await pool.end();
  });
  after(async () => {
    await open.close();
    const pool = openPool(database.address, 1);
    const { rows } = await pool.query(strayReferences, [organizationId]);
    await pool.end();
    await database.drop();
    assert.deepEqual(rows, []);
  });

  test("64 sales of one card from 40: all 40 are sold, each to one, and 24 are told that there is none", async () => {
    for (let round = 0; round < 5; round++) {
      const group = nextGroup++;
      const numbers = await makeGroup(open.engines[0], group, 40);
      const outcomes = await Promise.all(
        Array.from({ length: 64 }, (_, index) => sell(open.engines[index % 2], group, { quantity: 1 })),
      );
      assert.deepEqual(soldNumbers(outcomes).sort(), [...numbers]);
      assert.deepEqual(refusalsOf(outcomes), Array(24).fill("stock_short"));
    }
  });

  test("of two sales of one number at once, one wins and the other is told that it is sold", async () => {
    const group = nextGroup++;
    for (const number of await makeGroup(open.engines[0], group, 20)) {
      const outcomes = await Promise.all(open.engines.map((engine) => sell(engine, group, { number })));
      assert.deepEqual(soldNumbers(outcomes), [number]);
      assert.deepEqual(refusalsOf(outcomes), ["already_sold"]);
    }
  });

  test("a sale that asks for more than there is sells nothing, and takes nothing from the others meanwhile", async () => {
    const group = nextGroup++;
    const numbers = await makeGroup(open.engines[0], group, 30);
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        sell(open.engines[index % 2], group, { quantity: index % 4 === 0 ? 31 : 1 }),
      ),
    );
    assert.deepEqual(soldNumbers(outcomes).sort(), [...numbers]);
    assert.deepEqual(refusalsOf(outcomes), Array(10).fill("stock_short"));
  });

  test("the lowest numbers are sold first, in whatever order the sales are asked for", async () => {
    const group = nextGroup++;
    const numbers = await makeGroup(open.engines[0], group, 50);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => sell(open.engines[index % 2], group, { quantity: 2 })),
    );
    assert.deepEqual(soldNumbers(outcomes).sort(), numbers.slice(0, 20));
  });

  test("control: with the lock taken out, a card is sold twice", async () => {
    const unlocked = openEngines(database, secretKey, { withoutLocks: true });
    try {
      const roundsMax = 50;
      for (let round = 0; round < roundsMax; round++) {
        const group = nextGroup++;
        await makeGroup(unlocked.engines[0], group, 40);
        const outcomes = await Promise.all(
          Array.from({ length: 64 }, (_, index) => sell(unlocked.engines[index % 2], group, { quantity: 1 })),
        );
        const sold = soldNumbers(outcomes);
        if (sold.length > new Set(sold).size) return;
      }
      assert.fail("no card was sold twice: the tests above would not see the bug");
    } finally {
      await unlocked.close();
    }
  });
});
