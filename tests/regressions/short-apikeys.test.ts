/**
 * Fault: an apikey of four characters was taken like any other, and a guesser found it in half a minute.
 *
 * Guarantee: guesses are throttled (see guesses-without-end.test.ts), and whoever administers is told of apikeys that
 * can be guessed: the log when an event is given one, never with the key; the terminal at every start.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { keepLog } from "../support/log.ts";
import { nokkisClient } from "../support/nokkis.ts";
import { startServer } from "../support/server-process.ts";

test("the log tells of an event that is given a short apikey, and of no other", async (t) => {
  const kept = keepLog();
  const { app, url } = await startTestApp(t, { log: kept.log });
  await app.administration.putSetting(1, "nokkis.admin", "open");
  const client = nokkisClient(url);
  const told = () => kept.lines("a product has access keys that can be guessed");
  const long = await client.createEvent({ apikeys: ["tenletters"] });
  assert.deepEqual(told(), []);
  const short = await client.createEvent({ apikeys: ["ab12", "tenletters"] });
  await client.ask(`PUT /nokkis/${long}`, { body: "<nokkis><event><apikey>nine9nine</apikey></event></nokkis>" });
  assert.deepEqual(
    told().map(({ level, product, keys }) => [level, product, keys]),
    [
      [40, short, 1],
      [40, long, 1],
    ],
  );
  assert.doesNotMatch(kept.text(), /ab12|nine9nine/);
});

test("a start names the events whose apikeys can be guessed, and says that PUBLIC_URL wants TRUST_PROXY", async (t) => {
  const { app, database, dataDir, secretKeys, url } = await startTestApp(t);
  await app.administration.putSetting(1, "nokkis.admin", "open");
  const short = await nokkisClient(url).createEvent({ apikeys: ["ab12"] });
  await nokkisClient(url).createEvent({ apikeys: ["tenletters"] });
  const server = await startServer(t, {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    SECRET_KEY: secretKeys.map((key) => key.toString("hex")).join(","),
    PUBLIC_URL: "https://shop.example.com",
  });
  assert.match(
    server.stdout(),
    new RegExp(`^Apikeys of fewer than 10 characters, which can be guessed, open the events ${short}\\.$`, "m"),
  );
  assert.match(server.stdout(), /^PUBLIC_URL is set, and TRUST_PROXY is not: .* count as one address/m);
  assert.doesNotMatch(server.stdout(), /ab12/);
});
