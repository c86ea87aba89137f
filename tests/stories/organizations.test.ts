import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { basic } from "../support/exchange.ts";
import { matched, nokkisClient } from "../support/nokkis.ts";
import { databaseEnvironment, type Environment, startServer } from "../support/server-process.ts";

test("a request belongs to the organization of its host, and nothing of another can be seen or used", async (t) => {
  const { database, environment } = await databaseEnvironment(t);
  const client = new pg.Client(database.address);
  await client.connect();
  await client.query(`
    insert into organization (id, name) values (2, 'Second');
    insert into organization_host (organization_id, host) values (2, 'tickets.second.example.com');
    insert into setting (organization_id, name, value) values (2, 'nokkis.admin', '"open"'), (2, 'nokkis.gate', '"open"');`);
  await client.end();
  const { url } = await startServer(t, environment);
  const hostless = nokkisClient(url, { host: "elsewhere.example.com" });
  const second = nokkisClient(url, { host: "tickets.second.EXAMPLE.com:8080" });

  const event = await second.createEvent({ name: "Second's", apikeys: ["secondsKey"] });
  const code = await second.createBarcode(event, "ada@example.com");
  assert.match((await second.ask(`PUT /nokkis/${event}/barcode/${code}`)).text, /<status>1<\/status>/);
  assert.match((await second.ask("GET /nokkis/CLIENT/secondsKey")).text, new RegExp(`<barcode key="${code}">`));
  const attempts = ["GET /nokkis", `GET /nokkis/${event}`, "GET /nokkis/KEY", `GET /nokkis/${event}/barcode/${code}`];
  for (const line of attempts) {
    // The default organization is not open, and knows neither this key nor this event.
    assert.match((await hostless.ask(line)).text, /<error id="1[01]">/, line);
    const withKey = await hostless.ask(line, { headers: { "x-apikey": "secondsKey" } });
    assert.match(withKey.text, /<error id="1[01]">/, line);
  }
});

test("two organizations may use the same keys and codes for different things", async (t) => {
  const { database, environment } = await databaseEnvironment(t);
  const server = await startServer(t, environment, ["demo"]);
  const client = new pg.Client(database.address);
  await client.connect();
  await client.query(`
    insert into organization (id, name) values (2, 'Second');
    insert into organization_host (organization_id, host) values (2, 'second.example.com');
    insert into setting (organization_id, name, value) values (2, 'nokkis.admin', '"open"'), (2, 'nokkis.gate', '"open"');
    insert into product (organization_id, id, kind, name, starts_at, ends_at, capacity, issued, ever_issued, created_at)
      select 2, 2, kind, 'Other', starts_at, ends_at, capacity, 1, true, now() from product where organization_id = 1 and id = 2;
    insert into entitlement (organization_id, id, product_id, code, issued_at) values (2, 1, 2, '412158754', now());`);
  await client.end();
  const first = nokkisClient(server.url);
  const second = nokkisClient(server.url, { host: "second.example.com" });
  const use = "PUT /nokkis/2/barcode/412158754";
  assert.match((await first.ask(use)).text, /<event id="2">Assembly<\/event>\n.*\n<status>1</);
  assert.match((await second.ask(use)).text, /<event id="2">Other<\/event>\n.*\n<status>1</, "it was not used there");
  assert.match((await second.ask(use)).text, /<error id="43">/);
  assert.equal((await second.ask("GET /nokkis/2/BARCODE/LOG")).text.split("<action ").length - 1, 1);
  assert.match((await second.ask("GET /nokkis/1")).text, /<error id="24">/);
  assert.match((await second.ask("GET /nokkis/CLIENT/ABCDE12345")).text, /<error id="11">/);
  const asOwner = await second.ask("GET /nokkis", { headers: basic("owner", "counterfoil") });
  assert.match(asOwner.text, /<error id="11">/, "an operator of the first is nobody there");
});

test("X-Forwarded-For is believed from the networks that TRUST_PROXY names, and from nobody else", async (t) => {
  const { environment } = await databaseEnvironment(t);
  const addressSeen = async (trust: Environment, forwarded: string): Promise<string> => {
    const server = await startServer(t, { ...environment, ...trust }, ["demo"]);
    const gate = nokkisClient(server.url, { "x-forwarded-for": forwarded });
    const code = await gate.createBarcode(2);
    const log = await gate.ask(`GET /nokkis/2/BARCODE/LOG/${code}`);
    await server.stop();
    return matched(log.text, /<ip>(.*)<\/ip>/);
  };
  assert.equal(await addressSeen({}, "203.0.113.7"), "127.0.0.1");
  assert.equal(await addressSeen({ TRUST_PROXY: "10.0.0.0/8,::1" }, "203.0.113.7"), "127.0.0.1");

  const server = await startServer(t, { ...environment, TRUST_PROXY: "127.0.0.0/8, 192.0.2.1" }, ["demo"]);
  const forwarded: readonly (readonly [header: string, address: string])[] = [
    ["203.0.113.7", "203.0.113.7"],
    ["198.51.100.1, 203.0.113.7", "203.0.113.7"],
    ["203.0.113.7, 192.0.2.1", "203.0.113.7"],
    ["2001:db8::7", "2001:db8::7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["not an address", "127.0.0.1"],
    ["'; drop table action; --", "127.0.0.1"],
    ["", "127.0.0.1"],
  ];
  for (const [header, address] of forwarded) {
    const gate = nokkisClient(server.url, { "x-forwarded-for": header });
    const code = await gate.createBarcode(2);
    const log = await gate.ask(`GET /nokkis/2/BARCODE/LOG/${code}`);
    assert.equal(matched(log.text, /<ip>(.*)<\/ip>/), address, header);
  }
});
