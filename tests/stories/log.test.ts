import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { basic, exchange } from "../support/exchange.ts";
import { eventDocument, nokkisClient } from "../support/nokkis.ts";
import { sendRaw } from "../support/raw-connection.ts";
import {
  databaseEnvironment,
  firstPassword,
  kill,
  logLines,
  postgresProcesses,
  startServer,
  temporaryFolder,
  untilLogged,
} from "../support/server-process.ts";

test("no key, password, token, name or query is in the log, also at its finest and when everything goes wrong", async (t) => {
  const dataDir = temporaryFolder(t);
  const server = await startServer(t, { DATA_DIR: dataDir, LOG_LEVEL: "trace" });
  const { url } = server;
  const password = firstPassword(server) ?? "";
  assert.notEqual(password, "");
  const secrets = {
    apikey: "Kx7LeakedApikey",
    unknownKey: "Kx7LeakedUnknown",
    token: "leaked-bearer-token",
    wrongPassword: "leaked-wrong-password",
    login: "leaked-login",
    holder: "leaked.holder@example.com",
    idempotencyKey: "leaked-idempotency-key",
    query: "leaked-query",
    cookie: "leaked-cookie",
    body: "leaked-body",
    path: "leaked-path",
    otherCode: "7070707070707070707",
    proxy: "198.51.100.77",
  };

  const owner = nokkisClient(url, { ...basic("owner", password), "x-forwarded-for": secrets.proxy });
  const event = await owner.createEvent({ apikeys: [secrets.apikey] });
  const code = await owner.createBarcode(event, secrets.holder);
  const gate = { "x-apikey": secrets.apikey, "idempotency-key": secrets.idempotencyKey, cookie: secrets.cookie };
  const calls: readonly (readonly [line: string, headers: Readonly<Record<string, string>>])[] = [
    [`PUT /nokkis/${event}/barcode/${code}?apikey=${secrets.apikey}&q=${secrets.query}`, gate],
    [`PUT /nokkis/${event}/barcode/${code}`, { authorization: `Apikey ${secrets.apikey}` }],
    [`PUT /nokkis/${event}/barcode/${secrets.otherCode}`, basic(secrets.apikey, "")],
    [`GET /nokkis/${event}/barcode/${code}`, { authorization: `Bearer ${secrets.token}` }],
    ["GET /nokkis", basic(secrets.login, secrets.wrongPassword)],
    [`GET /nokkis/CLIENT/${secrets.unknownKey}`, {}],
    [`GET /nokkis/CLIENT/${secrets.apikey}?${secrets.query}`, { cookie: secrets.cookie }],
    [`GET /nokkis/${event}/KEY/${secrets.apikey}`, basic("owner", password)],
    [`GET /nokkis/${event}/BARCODE/LIST/${code}`, gate],
    [`GET /nokkis/${event}/${secrets.path}/${code}?${secrets.query}`, gate],
    [`GET /${secrets.path}?${secrets.query}`, {}],
    [`PATCH /nokkis/${event}/barcode/${code}?${secrets.query}`, gate],
    [`GET /nokkis/%zz${secrets.path}?${secrets.query}`, gate],
  ];
  const ask = async () => {
    const ids: string[] = [];
    for (const [line, headers] of calls) {
      const answer = await exchange(url, line, { headers, ...(line.startsWith("GET") ? {} : { body: secrets.body }) });
      const id = String(answer.headers["x-request-id"]);
      assert.match(id, /^[\w-]+$/, "every answer has its id");
      ids.push(id);
    }
    for (const broken of [`${secrets.path} /nokkis/${event}/barcode/${code}`, `GET /nokkis/${secrets.path} ${code}`]) {
      const answer = await sendRaw(
        url,
        `${broken} HTTP/1.1\r\nHost: ${secrets.query}\r\nCookie: ${secrets.cookie}\r\n\r\n`,
      );
      ids.push(answer.headers.get("x-request-id") ?? "");
    }
    return ids;
  };
  const ids = await ask();
  for (const pid of postgresProcesses(dataDir)) kill(pid, "SIGKILL");
  ids.push(...(await ask()));
  await eventually("a database that answers", async () => (await exchange(url, "GET /readyz")).status === 200);
  ids.push(...(await ask()));
  for (const id of ids) await untilLogged(server, ({ requestId }) => requestId === id);
  const end = await server.stop();

  assert.equal(new Set(ids).size, ids.length, "no two requests have the same id");
  assert.ok(
    logLines(server).some(({ level }) => level === 50),
    "things went wrong",
  );
  for (const [name, secret] of Object.entries({ ...secrets, password, code })) {
    assert.ok(!end.stderr.includes(secret), `${name} is in the log`);
    assert.ok(!end.stdout.includes(secret), `${name} was printed`);
  }
});

test("a request is a line with its id, its route and how it went, and a caller may choose the id", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const server = await startServer(t, environment, ["demo"]);
  const headers = { "x-request-id": "gate-7:000123" };
  const answer = await exchange(server.url, "PUT /nokkis/2/barcode/412158754", { headers });
  assert.equal(answer.headers["x-request-id"], "gate-7:000123");
  const { time, pid, ms, ...line } = await untilLogged(server, ({ requestId }) => requestId === "gate-7:000123");
  assert.deepEqual(line, {
    level: 30,
    requestId: "gate-7:000123",
    dialect: "nokkis",
    method: "PUT",
    route: "/nokkis/:event/barcode/:key",
    status: 200,
    organization: 1,
    address: "127.0.0.1",
    msg: "request",
  });
  assert.equal(pid, server.pid);
  assert.ok(typeof ms === "number" && ms > 0);
  assert.ok(Math.abs(Date.parse(String(time)) - Date.now()) < 600_000);

  for (const chosen of ["a b", "x".repeat(101), "<script>", ""]) {
    const other = await exchange(server.url, "GET /nokkis", { headers: { "x-request-id": chosen } });
    assert.match(String(other.headers["x-request-id"]), /^[a-z0-9]+-[a-z0-9]+-[a-z0-9]+$/);
  }
});

test("LOG_LEVEL says how much is logged", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const server = await startServer(t, { ...environment, LOG_LEVEL: "silent" });
  await exchange(server.url, "GET /nokkis");
  assert.equal((await server.stop()).stderr, "");
});

test("the metrics count requests by route, commands by outcome, batches, and who presented what", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const server = await startServer(t, environment, ["demo"]);
  const { ask } = nokkisClient(server.url);
  const key = { headers: { "x-apikey": "ABCDE12345" } };
  await ask("PUT /nokkis/2/barcode/412158754", key);
  await ask("PUT /nokkis/2/barcode/412158754", key);
  await ask("PUT /nokkis/2/barcode/412158754", { headers: { "x-apikey": "wrong" } });
  await ask("GET /nokkis/KEY", { headers: basic("owner", "counterfoil") });
  await ask("POST /nokkis", { body: eventDocument() });
  await ask("FOO /nokkis");

  const exposed = await exchange(server.url, "GET /metrics");
  assert.equal(exposed.status, 200);
  assert.match(String(exposed.headers["content-type"]), /^text\/plain; version=0\.0\.4/);
  const value = (line: string): number => {
    const found = exposed.text.split("\n").find((one) => one.startsWith(`${line} `));
    assert.ok(found !== undefined, `${line} is not in:\n${exposed.text}`);
    return Number(found.slice(line.length));
  };
  const route = 'dialect="nokkis",method="PUT",route="/nokkis/:event/barcode/:key",status="200"';
  assert.equal(value(`counterfoil_http_request_seconds_count{${route}}`), 3);
  assert.ok(value(`counterfoil_http_request_seconds_sum{${route}}`) > 0);
  assert.equal(value('counterfoil_commands_total{verb="redeem",outcome="ok"}'), 1);
  assert.equal(value('counterfoil_commands_total{verb="redeem",outcome="already_redeemed"}'), 1);
  assert.equal(value('counterfoil_identifications_total{outcome="access_key"}'), 2);
  assert.equal(value('counterfoil_identifications_total{outcome="credentials_wrong"}'), 1);
  assert.equal(value('counterfoil_identifications_total{outcome="operator"}'), 1);
  const batches = value("counterfoil_batch_commands_count");
  assert.ok(batches > 0 && value("counterfoil_batch_commands_sum") >= batches);
  assert.equal(value("counterfoil_batch_seconds_count"), batches);
  assert.ok(value("counterfoil_process_resident_memory_bytes") > 0);
  assert.ok(Math.abs(value("counterfoil_start_time_seconds") * 1000 - Date.now()) < 600_000);
  assert.doesNotMatch(exposed.text, /412158754|ABCDE12345/);
});
