import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { basic, exchange } from "../support/exchange.ts";
import { eventDocument, nokkisClient } from "../support/nokkis.ts";
import {
  databaseEnvironment,
  firstPassword,
  postgresProcesses,
  runCommand,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";

function passwordsOf(...servers: readonly ServerProcess[]): readonly string[] {
  return servers.flatMap((server) => firstPassword(server) ?? []);
}

test("the first start tells the owner's password, which administers; the second start tells none", async (t) => {
  const environment = { DATA_DIR: temporaryFolder(t) };
  const first = await startServer(t, environment);
  const [password = "", ...more] = passwordsOf(first);
  assert.match(password, /^[\w-]{20}$/);
  assert.deepEqual(more, []);
  assert.ok(!(first.stderr() + first.stdout()).includes(password), "neither the log nor a journal has it");
  assert.equal((statSync(join(environment.DATA_DIR, "owner.password")).mode & 0o777).toString(8), "600");

  const body = eventDocument({ name: "Opening" });
  assert.match((await exchange(first.url, "POST /nokkis", { body })).text, /<error id="10">/);
  const wrong = basic("owner", `${password}x`);
  assert.match((await exchange(first.url, "POST /nokkis", { body, headers: wrong })).text, /<error id="10">/);
  const owner = basic("owner", password);
  assert.match((await exchange(first.url, "POST /nokkis", { body, headers: owner })).text, /<name>Opening<\/name>/);
  const end = await first.stop();
  assert.equal(end.code, 0);
  assert.match(end.stdout, /^Counterfoil finishes what is under way and stops\.$/m);
  assert.deepEqual(postgresProcesses(environment.DATA_DIR), []);

  const second = await startServer(t, environment);
  assert.deepEqual(passwordsOf(second), []);
  assert.match((await exchange(second.url, "GET /nokkis", { headers: owner })).text, /<name>Opening<\/name>/);

  // A database that another process runs would stop with that process.
  const rival = await runCommand(t, ["serve"], environment);
  assert.equal(rival.code, 1);
  assert.match(rival.stderr, new RegExp(`^The data directory .* is in use .* \\(process ${second.pid}\\)\\.`));
  assert.equal((await exchange(second.url, "GET /readyz")).status, 200);
  assert.equal((await second.stop()).code, 0);
});

test("processes that start at once on an empty database make one owner and serve the same data", async (t) => {
  const { environment } = await databaseEnvironment(t, { empty: true });
  const servers = await Promise.all(Array.from({ length: 3 }, () => startServer(t, environment)));
  const [password = "", ...more] = passwordsOf(...servers);
  assert.notEqual(password, "");
  assert.deepEqual(more, [], "one password is told, by one of them");

  const clients = servers.map(({ url }) => nokkisClient(url, basic("owner", password)));
  const [first] = clients;
  assert.ok(first !== undefined);
  const event = await first.createEvent();
  const codes = await Promise.all(clients.map((client) => client.createBarcode(event)));
  for (const code of codes) {
    const answers = await Promise.all(clients.map((client) => client.ask(`PUT /nokkis/${event}/barcode/${code}`)));
    const texts = answers.map(({ text }) => text);
    assert.equal(texts.filter((text) => text.includes("<status>1</status>")).length, 1, "one process lets it in");
    assert.equal(texts.filter((text) => text.includes('<error id="43">')).length, clients.length - 1);
  }
  for (const end of await Promise.all(servers.map((server) => server.stop()))) assert.equal(end.code, 0);
});
