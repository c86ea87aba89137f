/**
 * The fault: what the settings left open, the database's driver took from PG variables of the environment. PGSSLMODE
 * and PGOPTIONS kept the embedded database from starting, and turned a database of one's own into another one.
 *
 * The guarantee: they have no say. Where there is a DATABASE_URL, server and `doctor` name those that are set.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { databaseEnvironment, logLines, runCommand, startServer, temporaryFolder } from "../support/server-process.ts";

const variables = {
  PGSSLMODE: "require",
  PGOPTIONS: "-c search_path=other -c default_transaction_read_only=on",
  PGHOST: "db.example.com",
  PGPORT: "1",
  PGUSER: "nobody",
  PGPASSWORD: "wrong",
  PGDATABASE: "nothing",
  PGCLIENT_ENCODING: "LATIN1",
  PGREPLICATION: "database",
  PGSSLNEGOTIATION: "odd",
  PGCONNECT_TIMEOUT: "1",
  PGAPPNAME: "other",
};

test("they have no say on the embedded database", async (t) => {
  const environment = { DATA_DIR: join(temporaryFolder(t), "data"), ...variables };
  const made = await runCommand(t, ["migrate", "--create"], environment);
  assert.match(made.stdout, /^applied 0001_/);
  assert.deepEqual([made.code, made.stderr], [0, ""]);
});

test("nor on a database of one's own, where they are named", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const server = await startServer(t, { ...environment, ...variables });
  await server.stop();
  const told = logLines(server).find(({ msg }) => /^variables of the database driver have no say/.test(String(msg)));
  assert.deepEqual(told?.variables, Object.keys(variables));
  const doctor = await runCommand(t, ["doctor"], { ...environment, ...variables });
  assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
  assert.match(doctor.stdout, /^ok {4}variables {2}PGSSLMODE, PGOPTIONS, .* have no say: .* \?sslmode=require$/m);
});
