import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { exchange } from "../support/exchange.ts";
import { openPlugin } from "../support/ocharts.ts";
import {
  databaseEnvironment,
  kill,
  postgresProcesses,
  runCommand,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";

/** A person waits 10 s at most on a machine of its own; this one may have much else to do. */
const startMaxMs = 30_000;

test("npm run demo makes sample data, keeps it, and starts over when it is told to", async (t) => {
  const folder = join(temporaryFolder(t), "not", "there");
  const environment = { DATA_DIR: folder };

  const startedAtMs = performance.now();
  const first = await startServer(t, environment, [], ["npm", "run", "demo"]);
  assert.ok(performance.now() - startedAtMs < startMaxMs);
  assert.match(first.stdout(), /Sample data is public/);
  await tryTheApi(first.url, first.stdout());
  await tryTheReadme(first.url);
  // As Ctrl-C in a terminal: everybody in the foreground gets the signal.
  kill(-first.pid, "SIGINT");
  await first.ended;
  assert.deepEqual(postgresProcesses(folder), [], "PostgreSQL is stopped too");

  const second = await startServer(t, environment, ["demo"]);
  assert.doesNotMatch(second.stdout(), /was made/);
  assert.match((await exchange(second.url, "PUT /nokkis/2/barcode/412158754")).text, /<error id="43">/);

  const refused = await runCommand(t, ["demo", "--fresh"], environment);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^The data directory .* is in use by a server that runs already \(process \d+\)\. Stop that server first/,
  );
  assert.match((await exchange(second.url, "GET /nokkis/2/barcode/412158754")).text, /<status>1<\/status>/);
  kill(second.pid, "SIGKILL");
  await second.ended;
  assert.notDeepEqual(postgresProcesses(folder), [], "PostgreSQL was left behind");

  writeFileSync(join(folder, "notes.txt"), "mine");
  const third = await startServer(t, environment, ["demo", "--fresh"]);
  assert.match(third.stdout(), /The sample data was made/);
  assert.match((await exchange(third.url, "GET /nokkis/2/barcode/412158754")).text, /<status>0<\/status>/);
  assert.equal(readFileSync(join(folder, "notes.txt"), "utf8"), "mine", "files of others are left alone");
  assert.equal((await third.stop()).code, 0);
  assert.deepEqual(postgresProcesses(folder), []);
});

/** The requests of the specification and of the README. */
async function tryTheReadme(url: string): Promise<void> {
  const ask = async (line: string, body = "") => (await exchange(url, line, body === "" ? {} : { body })).text;

  assert.match(await ask("GET /nokkis"), /<event id="1">\n<name>Ropecon 2009<\/name>\n<description>Roolipelit/);
  const used = await ask("PUT /nokkis/2/barcode/412158754", "<nokkis> </nokkis>");
  assert.match(used, /<barcode key="412158754">\n<event id="2">Assembly<\/event>\n<user><\/user>\n<status>1</);
  assert.match(await ask("PUT /nokkis/2/barcode/412158754"), /<error id="43">Barcode is already used<\/error>/);
  const created = await ask("POST /nokkis/2/BARCODE", "<nokkis><user>ada@example.com</user></nokkis>");
  assert.match(created, /^<barcode key="\d{18}" \/>$/m);
  assert.match(await ask("POST /nokkis/3/BARCODE"), /<barcode key=/);
  assert.match(await ask("POST /nokkis/3/BARCODE"), /<error id="41">Event full<\/error>/);
  assert.match(
    await ask("GET /nokkis/CLIENT/ABCDE12345"),
    /<apikey>ABCDE12345<\/apikey>\n<barcode key="983475629310">/,
  );
  assert.match(await ask("GET /nokkis/2/BARCODE/LOG"), /<barcode key="412158754" \/>\n<apikey><\/apikey>\n<ip>127/);
  assert.match(await ask("GET /nokkis/2/barcode/83475629310710"), /<user id="1">foobar@helsinki\.fi<\/user>/);
  assert.match(await ask("GET /nokkis/KEY"), /<apikey id="ABCDE12345">\n<event id="1">Ropecon 2009<\/event>/);
  assert.match(await ask("GET /nokkis/1/KEY/ABCDE12345"), /<apikey>978v8s6vysdhj<\/apikey>/);
  assert.match(await ask("GET /nokkis/1/BARCODE/LIST/983475629310,983475629310"), /foobar@helsinki\.fi/);
  assert.match(await ask("GET /nokkis/99"), /<error id="24">Event not found<\/error>/);
  await fetchAChart(url);
}

/** The line of curl and the page of the API that the demo prints. */
async function tryTheApi(url: string, printed: string): Promise<void> {
  const [, token = "", line = ""] = /curl -H 'Authorization: Bearer ([^']+)' (\S+)/.exec(printed) ?? [];
  assert.ok(line.startsWith(url), printed);
  const { status, text } = await exchange(url, `GET ${line.slice(url.length)}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(status, 200);
  assert.match(text, /"name":"Assembly"/);
  assert.match(printed, new RegExp(`^ +${url}/v1/docs$`, "m"));
  assert.match((await exchange(url, "GET /v1/docs")).text, /<title>Counterfoil API<\/title>/);
}

/** What the README does with a chart: from the login to the zip. */
async function fetchAChart(url: string): Promise<void> {
  const plugin = await openPlugin({ url });
  assert.deepEqual(
    (await plugin.getlist()).charts.map(({ chartid, chartName, slot, state }) => [chartid, chartName, slot, state]),
    [
      ["15", "British Isles 2017", "0", "unassigned"],
      ["15", "British Isles 2017", "1", "unassigned"],
      ["16", "Baltic Sea", "0", "expired"],
      ["16", "Baltic Sea", "1", "expired"],
      ["17", "Kattegat", "0", "unassigned"],
      ["17", "Kattegat", "1", "unassigned"],
    ],
  );
  assert.equal((await plugin.xfpr()).result, "1");
  assert.equal((await plugin.assign()).result, "1");
  assert.equal((await plugin.request()).result, "1");
  const link = await eventually("the chart is prepared", async () => (await plugin.getlist()).charts[0]?.link);
  const { body } = await plugin.download(link);
  assert.match(body.toString("latin1"), /ChartInfo:British Isles 2017;2017-2;2017-04-01\n/);
}

test("the demo is served to this machine only", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const { url } = await startServer(t, { ...environment, DATA_DIR: temporaryFolder(t) }, ["demo"]);
  assert.match(url, /^http:\/\/127\.0\.0\.1:/);
  const { port } = new URL(url);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  // A second address of the loopback network stands for the others on a machine without any.
  for (const address of ["127.0.0.2", ...others.map((one) => one.address)]) {
    await assert.rejects(fetch(`http://${address}:${port}/healthz`), address);
  }
});

test("sample data is never put into a database that holds anything else", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const server = await startServer(t, environment);
  await server.stop();
  const demo = await runCommand(t, ["demo"], { ...environment, DATA_DIR: temporaryFolder(t) });
  assert.equal(demo.code, 1);
  assert.match(demo.stderr, /^This database holds other data than the demo's, so no sample data was added\./m);
  const listed = await runCommand(t, ["operator", "list"], environment);
  assert.match(
    listed.stdout,
    /^NUMBER .*\n1 {7}owner {2}owner {2}\S+ {2}-\n$/,
    "no operator with a public password was added",
  );
});

test("--fresh removes nothing from a folder that no demo made, and no database but the embedded one", async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "postgres"));
  writeFileSync(join(folder, "secret.key"), "mine");
  const refused = await runCommand(t, ["demo", "--fresh"], { DATA_DIR: folder });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /was not made by the demo .*, so nothing in it was removed\.\n$/);
  assert.deepEqual(readdirSync(folder).sort(), ["postgres", "secret.key"]);

  const elsewhere = await runCommand(t, ["demo", "--fresh"], { DATABASE_URL: "postgres://localhost/any" });
  assert.equal(elsewhere.code, 1);
  assert.match(elsewhere.stderr, /^--fresh removes the embedded database only\./);
});
