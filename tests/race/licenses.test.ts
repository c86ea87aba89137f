import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import pino from "pino";
import { type App, createApp } from "../../src/app.ts";
import type { CommandOf, Outcome } from "../../src/core/command.ts";
import { machineNamed } from "../../src/dialects/ezpert/mac-address.ts";
import { createEngine } from "../../src/engine/engine.ts";
import { everyPage } from "../../src/queries/pages.ts";
import { openPool } from "../../src/storage/database.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createStore } from "../../src/storage/store.ts";
import { createTestDatabase, type TestAddress } from "../support/database.ts";
import { demoProductId, ezpertClient, licensesIn } from "../support/ezpert.ts";
import { anybody } from "../support/principals.ts";
import { addSampleData } from "../support/sample.ts";
import { temporaryFolder } from "../support/server-process.ts";

const organizationId = 1;
const productId = demoProductId;
const code = "ZWSO-E4TC-HS0H-QTQD-BTFK-WWAA";
const anonymous = { principal: anybody, address: null } as const;
const machines = Array.from({ length: 32 }, (_, index) => `08-00-27-00-00-${String(index).padStart(2, "0")}`);

interface Pair {
  readonly address: TestAddress;
  readonly secretKeys: readonly Buffer[];
  readonly apps: readonly [App, App];
  readonly urls: readonly [string, string];
}

/** Two servers on one database with the sample data. They share nothing else, as two processes do. */
async function startPair(context: TestContext): Promise<Pair> {
  const database = await createTestDatabase();
  const secretKeys = [randomBytes(32)];
  const filesDir = temporaryFolder(context);
  const log = pino({ level: "silent" });
  const start = () => createApp({ database: database.address, secretKeys, filesDir, log });
  const apps = [start(), start()] as const;
  context.after(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await database.drop();
  });
  await apps[0].administration.ensureOrganization(organizationId, "Test");
  await addSampleData(apps[0], organizationId);
  const listen = (app: App) => app.server.listen({ host: "127.0.0.1", port: 0 });
  const urls = [await listen(apps[0]), await listen(apps[1])] as const;
  return { address: database.address, secretKeys, apps, urls };
}

function bindTo(name: string): CommandOf<"bind"> {
  return { verb: "bind", productId, code, device: machineNamed(name), register: true };
}

describe("Attaching a licence", () => {
  it("from 32 machines at once through two processes succeeds for exactly one", async (context) => {
    const { apps } = await startPair(context);
    const outcomes = await Promise.all(
      machines.map((name, index) => {
        const app = index % 2 === 0 ? apps[0] : apps[1];
        return app.engine.execute({ organizationId, command: bindTo(name), ...anonymous });
      }),
    );
    const winner = machines[outcomes.findIndex(({ ok }) => ok)];
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
    for (const outcome of outcomes) if (!outcome.ok) assert.equal(outcome.refusal, "slots_taken");
    for (const { queries } of apps) {
      const held = await queries.entitlements.heldByCode(organizationId, code);
      assert.deepEqual(
        held?.bindings.map(({ device }) => device.name),
        [winner],
      );
    }
  });

  it("to one machine 32 times at once succeeds every time, with one device and one line in the log", async (context) => {
    const { apps } = await startPair(context);
    const [name = ""] = machines;
    const outcomes = await Promise.all(
      machines.map((_, index) =>
        (index % 2 === 0 ? apps[0] : apps[1]).engine.execute({ organizationId, command: bindTo(name), ...anonymous }),
      ),
    );
    assert.ok(outcomes.every(({ ok }) => ok));
    const lines = [];
    for await (const page of everyPage(apps[0].queries.log.actions, organizationId, {
      productId,
      about: "entitlements",
    })) {
      lines.push(...page.filter((action) => action.kind === "entitlement_bound" && action.code === code));
    }
    assert.equal(lines.length, 1);
  });

  it("to one new machine for two licences at once registers the machine once and attaches both", async (context) => {
    const { apps } = await startPair(context);
    const codes = [code, "PDKY-J3SO-N5M7-1IEM-TEFY-CQAA"] as const;
    const [name = ""] = machines;
    const outcomes = await Promise.all(
      apps.map((app, index) =>
        app.engine.execute({
          organizationId,
          command: { ...bindTo(name), code: codes[index] ?? code },
          ...anonymous,
        }),
      ),
    );
    const devices = outcomes.map((outcome) => (outcome.ok ? outcome.value.bindings[0]?.device.id : outcome.refusal));
    assert.equal(typeof devices[0], "number");
    assert.equal(devices[0], devices[1]);
  });

  it("without the locks is seen to go wrong, so that these tests are known to catch it", async (context) => {
    const { address, secretKeys, apps } = await startPair(context);
    const pools = [openPool(address, 8), openPool(address, 8)];
    context.after(() => Promise.all(pools.map((pool) => pool.end())));
    const engines = pools.map((pool) =>
      createEngine({
        store: createStore({ pool, secrets: createSecrets(secretKeys), withoutLocks: true }),
        clock: Date.now,
        lanes: 4,
      }),
    );
    // A machine more than once: what one of two transactions wrote, the other takes away without having seen it.
    for (let round = 0; round < 50; round++) {
      const outcomes = await Promise.all(
        machines.map(async (name, index): Promise<Outcome<"bind">> => {
          const engine = engines[index % engines.length];
          assert.ok(engine !== undefined);
          await new Promise((resolve) => setTimeout(resolve, Math.floor(index / 4)));
          return engine.execute({ organizationId, command: bindTo(name), ...anonymous });
        }),
      );
      if (outcomes.filter(({ ok }) => ok).length > 1) return;
      const unbind = { verb: "unbind", productId, code } as const;
      await apps[0].engine.execute({ organizationId, command: unbind, ...anonymous });
    }
    assert.fail("the race was never lost without the locks: these tests prove nothing");
  });
});

describe("Creating licences", () => {
  it("64 times at once with one Idempotency-Key through two processes makes one set", async (context) => {
    const { urls } = await startPair(context);
    const client_id = "luigi.verdi@example.com";
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        ezpertClient(urls[index % 2 === 0 ? 0 : 1])(
          "create",
          { client_id, licenses: "3" },
          { headers: { "idempotency-key": "one-set" } },
        ),
      ),
    );
    const [first] = answers;
    assert.equal(first?.status, 200);
    for (const { text } of answers) assert.equal(text, first.text);
    const listed = licensesIn((await ezpertClient(urls[0])("query", { client_id })).text);
    assert.deepEqual(
      listed.map(({ license_key }) => license_key),
      licensesIn(first.text).map(({ license_key }) => license_key),
    );
    assert.equal(listed.length, 3);
  });

  it("for one new client through two processes at once makes one client with all of them", async (context) => {
    const { urls, apps } = await startPair(context);
    const client_id = "luigi.verdi@example.com";
    await Promise.all(
      urls.flatMap((url) =>
        Array.from({ length: 8 }, async () => {
          const { text } = await ezpertClient(url)("create", { client_id, client_name: "Luigi" });
          assert.equal(licensesIn(text).length, 1);
        }),
      ),
    );
    const customers = new Set<number | undefined>();
    let count = 0;
    for await (const page of everyPage(apps[1].queries.entitlements.heldBy, organizationId, {
      kind: "license",
      holder: client_id,
    })) {
      count += page.length;
      for (const { entitlement } of page) customers.add(entitlement.customer?.id);
    }
    assert.equal(count, 16);
    assert.equal(customers.size, 1);
  });
});
