/**
 * The fault: through PgBouncer nothing worked, and the sentence was "The database went away: unsupported startup
 * parameter: statement_timeout. Start it again".
 *
 * The guarantee: a pooler that gives whole sessions is served. One that gives connections for transactions is refused
 * with a sentence, since prepared statements and locks would meet strangers' ones. What a pooler says while its
 * database is away means "away"; a parameter that it does not take does not.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import pg from "pg";
import pino from "pino";
import { createApp } from "../../src/app.ts";
import { CommandError } from "../../src/cli/tools.ts";
import { readConfig } from "../../src/config.ts";
import { StoreUnavailable } from "../../src/engine/store.ts";
import { openDatabase } from "../../src/open-database.ts";
import { translateError } from "../../src/storage/database.ts";
import { inspect } from "../../src/storage/inspect.ts";
import { createTestDatabase, type TestAddress } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { poolerMissing, startPooler } from "../support/pooler.ts";
import { openRelay } from "../support/relay.ts";
import { temporaryFolder } from "../support/server-process.ts";
import { setUpOf } from "../support/set-up.ts";

const log = pino({ level: "silent" });

const urlOf = ({ host, port, user, password, database }: TestAddress) =>
  `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;

test("through a pooler of sessions a server works, and is told that the database is away", {
  skip: poolerMissing,
}, async (t) => {
  const database = await createTestDatabase();
  const relay = await openRelay(database.address);
  const address = await startPooler(t, relay.address, "session");
  assert.equal((await inspect(address)).pooler, "session");
  assert.equal((await inspect(relay.address)).pooler, "none");
  const opened = await openDatabase(readConfig({ DATABASE_URL: urlOf(address) }), "command", log);
  await opened.checkSchema();

  const app = createApp({ database: address, secretKeys: [randomBytes(32)], filesDir: temporaryFolder(t), log });
  t.after(async () => {
    await app.close();
    await relay.cut();
    await database.drop();
  });
  await app.administration.ensureOrganization(1, "Shop");
  assert.equal((await app.server.inject("/readyz")).statusCode, 200);
  await app.takeConnections();
  app.startJobs({ smtpUrl: undefined, from: { name: "", address: "shop@example.com" }, outboxDir: temporaryFolder(t) });
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => setUpOf(app).putSetting(1, "nokkis.gate", n % 2 === 0 ? "open" : "key")),
  );

  await relay.cut();
  await eventually("a server that is not ready", async () => (await app.server.inject("/readyz")).statusCode === 503);
  await assert.rejects(app.queries.organizations.byId(1), StoreUnavailable);
  await relay.mend();
  await eventually("a server that is ready again", async () => (await app.server.inject("/readyz")).statusCode === 200);
});

test("a pooler of transactions is refused with a sentence", { skip: poolerMissing }, async (t) => {
  const database = await createTestDatabase();
  const relay = await openRelay(database.address);
  t.after(async () => {
    await relay.cut();
    await database.drop();
  });
  const address = await startPooler(t, relay.address, "transaction");
  for (const purpose of ["serve", "command"] as const) {
    await assert.rejects(openDatabase(readConfig({ DATABASE_URL: urlOf(address) }), purpose, log), (error) => {
      assert.ok(error instanceof CommandError);
      return /A pooler stands before it that gives connections for single transactions\. .* pool_mode = session/.test(
        error.message,
      );
    });
  }
});

test("what a pooler does not understand is no reason to wait", () => {
  const refusal = (message: string) => Object.assign(new pg.DatabaseError(message, 0, "error"), { code: "08P01" });
  for (const message of ["unsupported startup parameter: statement_timeout", "bind message supplies 2 parameters"]) {
    assert.ok(!(translateError(refusal(message)) instanceof StoreUnavailable), message);
  }
  for (const message of ["server login has been failing, try again later (server_login_retry)", "query_wait_timeout"]) {
    assert.ok(translateError(refusal(message)) instanceof StoreUnavailable, message);
  }
});
