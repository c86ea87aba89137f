/**
 * The fault: a new secret key could be put in front of an old one, but the old one was needed for ever, also when it
 * had leaked: nothing sealed anew what was there.
 *
 * The guarantee: `counterfoil secret-key reseal` seals everything with the first key, goes on where it was broken off,
 * works beside servers that write, and retires the others. After that the old key is needed by nobody: pins, access
 * keys, passwords of phones and settings are there and are found, a fingerprint is still known, and the user keys of
 * charts stay the same. A key that is lost for good can be given up.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pino from "pino";
import { type App, createApp } from "../../src/app.ts";
import { defaultOrganizationId as organizationId } from "../../src/core/host.ts";
import { systemNamed } from "../../src/kinds/chart/system-name.ts";
import { everyPage } from "../../src/queries/pages.ts";
import { withClient } from "../../src/storage/connect.ts";
import { forgetKey, idOf } from "../../src/storage/key-register.ts";
import { reseal } from "../../src/storage/reseal.ts";
import { countSealed } from "../../src/storage/sealed-values.ts";
import { SecretKeyError } from "../../src/storage/secret-key-file.ts";
import { createSecrets } from "../../src/storage/secrets.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { anybody } from "../support/principals.ts";
import { addSampleData } from "../support/sample.ts";
import { claim, given } from "../support/secret-keys.ts";
import { databaseEnvironment, runCommand } from "../support/server-process.ts";
import { setUpOf } from "../support/set-up.ts";

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const quiet = { total: () => {}, advance: () => {} };

/** A server on the database with these keys, which are claimed as a start does. */
async function open(t: TestContext, database: TestDatabase, ...keys: readonly Buffer[]): Promise<App> {
  const ring = await claim(database, given(...keys), "serve");
  const filesDir = await mkdtemp(join(tmpdir(), "counterfoil-keys-"));
  const app = createApp({
    database: database.address,
    secretKeys: ring.keys,
    lookupKeys: ring.lasting,
    filesDir,
    log: pino({ level: "silent" }),
  });
  t.after(async () => {
    await app.close();
    await rm(filesDir, { recursive: true, force: true });
  });
  return app;
}

async function newDatabase(t: TestContext): Promise<TestDatabase> {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  return database;
}

async function fill(app: App): Promise<void> {
  await app.administration.ensureOrganization(organizationId, "Demo");
  await addSampleData(app, organizationId);
}

/** Everything that is sealed or found by a keyed hash, as a server sees it. */
async function seenBy({ queries }: App) {
  const organization = await queries.organizations.byId(1);
  const pins: (readonly [string, string])[] = [];
  for await (const page of everyPage(queries.cards.list, organizationId, { kind: "card_group", ownerId: null })) {
    for (const { entitlement, card } of page) pins.push([entitlement.code, card.pin]);
  }
  const customer = await queries.customers.byName(organizationId, "skipper@example.com");
  const phones: string[] = [];
  for (let id = 1; id < 20; id++) phones.push((await queries.phones.byId(organizationId, id))?.secret ?? "");
  return {
    settings: [...(organization?.settings ?? [])],
    pins,
    phones,
    accessKeys: await queries.accessKeys.all(organizationId, "event"),
    found: await queries.accessKeys.byKey(organizationId, "ABCDE12345"),
    device: await queries.devices.byFingerprint(organizationId, customer?.id ?? 0, "fingerprint of a laptop"),
  };
}

/** A system whose machine is known by its fingerprint alone. */
async function register({ engine, queries }: App): Promise<number> {
  const customer = await queries.customers.byName(organizationId, "skipper@example.com");
  assert.ok(customer !== undefined);
  const outcome = await engine.execute({
    organizationId,
    principal: anybody,
    address: null,
    command: {
      verb: "register_device",
      customerId: customer.id,
      device: systemNamed("mylaptop"),
      fingerprint: "fingerprint of a laptop",
    },
  });
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return customer.id;
}

test("after a reseal the old key is needed by nobody, and nothing has changed", async (t) => {
  const database = await newDatabase(t);
  const before = await open(t, database, oldKey);
  await fill(before);
  const customerId = await register(before);
  const seen = await seenBy(before);
  assert.ok(seen.device !== undefined && seen.found !== undefined && seen.pins.length > 0);
  assert.ok(seen.phones.some((secret) => secret !== ""));
  const userKey = createSecrets([oldKey]).lookupHash(`${organizationId} ${customerId} 7`, "user key");

  const during = await open(t, database, newKey, oldKey);
  const ring = await claim(database, given(newKey, oldKey), "command");
  // Broken off after the first pages.
  await assert.rejects(
    reseal(database.address, ring, {
      total: () => {},
      advance: () => {
        throw new Error("the terminal was closed");
      },
    }),
    /the terminal was closed/,
  );
  assert.deepEqual(await seenBy(during), seen, "half of it is sealed anew");
  let total = 0;
  const report = await reseal(database.address, ring, { ...quiet, total: (count) => (total = count) });
  assert.ok(report.resealed > 0 && report.resealed === total, "what was done is not done again");
  assert.deepEqual(report.retired, [idOf(oldKey)]);
  assert.equal(report.unreadable, 0);
  const counts = await withClient(database.address, countSealed);
  assert.deepEqual(new Set(counts.map(({ keyId }) => keyId)), new Set([idOf(newKey)]));

  const after = await open(t, database, newKey);
  assert.deepEqual(await seenBy(after), seen);
  const { lasting } = await claim(database, given(newKey), "command");
  const lastingHash = createSecrets([newKey], lasting).lastingHash(`${organizationId} ${customerId} 7`, "user key");
  assert.deepEqual(lastingHash, userKey, "the user keys of charts stay the same");
  assert.deepEqual(await reseal(database.address, await claim(database, given(newKey), "command"), quiet), {
    resealed: 0,
    unreadable: 0,
    retired: [],
  });
});

test("the commands show the keys, seal anew and say what to do", async (t) => {
  const { database, environment } = await databaseEnvironment(t);
  const before = await open(t, database, oldKey);
  await fill(before);
  await claim(database, given(newKey, oldKey), "serve");
  const hex = [newKey, oldKey].map((key) => key.toString("hex"));
  const both = { ...environment, SECRET_KEY: hex.join() };
  const listed = await runCommand(t, ["secret-key", "list"], both);
  assert.match(listed.stdout, new RegExp(`^${idOf(newKey)}  seals\n${idOf(oldKey)}  opens what it sealed; `));
  const resealed = await runCommand(t, ["secret-key", "reseal"], both);
  assert.match(
    resealed.stdout,
    /^100 % {2}\d+\/\d+ values, .*\n\d+ values were sealed anew\.\nRetired: [0-9a-f]{8}\. Take them out/m,
  );
  assert.deepEqual([resealed.code, resealed.stderr], [0, ""]);
  const alone = await runCommand(t, ["secret-key", "list"], { ...environment, SECRET_KEY: hex[0] ?? "" });
  assert.equal(alone.stdout, `${idOf(newKey)}  seals\n`);
  const odd = await runCommand(t, ["secret-key", "forget", "mine"], both);
  assert.match(odd.stderr, /^"mine" is no name of a key: it has 8 hex digits/);
});

test("a second change keeps what is left of the first key", async (t) => {
  const database = await newDatabase(t);
  const first = await open(t, database, oldKey);
  await fill(first);
  await register(first);
  const keys = [oldKey, newKey, randomBytes(32)];
  for (const [index, key] of keys.entries()) {
    const older = keys[index - 1];
    if (older === undefined) continue;
    await claim(database, given(key, older), "serve");
    await reseal(database.address, await claim(database, given(key, older), "command"), quiet);
  }
  const last = keys.at(-1);
  assert.ok(last !== undefined);
  const seen = await seenBy(await open(t, database, last));
  assert.notEqual(seen.device, undefined, "a fingerprint of the first key is known under the third");
});

test("an access key that came in under both keys is one again, and the log keeps both of its rows", async (t) => {
  const database = await newDatabase(t);
  const before = await open(t, database, oldKey);
  await fill(before);
  const both = await claim(database, given(newKey, oldKey), "serve");
  const secrets = createSecrets(both.keys, both.lasting);
  await withClient(database.address, (client) =>
    client.query("insert into access_key (organization_id, id, key_hash, key_sealed) values (1, 999, $1, $2)", [
      secrets.lookupHash("ABCDE12345", "access key"),
      secrets.seal("ABCDE12345", "access key"),
    ]),
  );
  const found = await before.queries.accessKeys.byKey(organizationId, "ABCDE12345");
  const terms = { name: "North", admits: [], rights: [], accessKeys: [] };
  const order = { organizationId, principal: anybody, address: null };
  const made = await before.engine.execute({ ...order, command: { verb: "create_gate", terms } });
  const gateId = made.ok ? made.value.gate.id : 0;
  await withClient(database.address, (client) =>
    client.query("insert into gate_access_key values (1, 999, $1, 0)", [gateId]),
  );
  await reseal(database.address, both, quiet);
  const after = await open(t, database, newKey);
  const gate = { id: gateId, rights: [] };
  assert.deepEqual(await after.queries.accessKeys.byKey(organizationId, "ABCDE12345"), { ...found, gate });
  const { rows } = await withClient(database.address, (client) =>
    client.query("select id from access_key where id = 999"),
  );
  assert.equal(rows.length, 1);
});

test("a key that is lost is given up, and what it did not seal can be used again", async (t) => {
  const database = await newDatabase(t);
  const before = await open(t, database, oldKey);
  await before.administration.ensureOrganization(organizationId, "Demo");
  await setUpOf(before).putSetting(organizationId, "nokkis.gate", "open");
  await assert.rejects(claim(database, given(newKey), "serve"), SecretKeyError);
  assert.equal(await forgetKey(database.address, idOf(oldKey)), true);
  assert.equal(await forgetKey(database.address, idOf(oldKey)), false);
  const after = await open(t, database, newKey);
  assert.equal((await after.queries.organizations.byId(1))?.settings.get("nokkis.gate"), "open");
});
