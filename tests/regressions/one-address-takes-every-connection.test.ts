/**
 * Attack: one host that opens connections faster than idle ones are closed has all of them after a minute, and
 * everybody else is shut out without an answer.
 *
 * Guarantee: an address has a share of the connections and no more, and gives up its own idle ones for new ones; when
 * most of all connections are taken, the idlest is closed for each new one, so that who has something to ask gets in.
 * What is at work is never closed for another.
 */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { startTestApp, type TestApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { startProbeServer } from "../support/probe-server.ts";
import { openConnection, type RawConnection } from "../support/raw-connection.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined);
});
after(() => app.stop());

const question = "GET /probe/x HTTP/1.1\r\nHost: a\r\n\r\n";

/** So many connections from one address, one after the other; they are closed after the test. */
async function openMany(t: TestContext, url: string, count: number, from: string): Promise<readonly RawConnection[]> {
  const connections: RawConnection[] = [];
  t.after(() => {
    for (const connection of connections) connection.destroy();
  });
  for (let turn = 0; turn < count; turn++) connections.push(await openConnection(url, from));
  return connections;
}

async function ask(connection: RawConnection): Promise<string> {
  connection.send(question);
  return (await connection.answer()).text;
}

const isOpen = (connection: RawConnection) =>
  Promise.race([connection.closed.then(() => false), new Promise<true>((resolve) => setTimeout(resolve, 50, true))]);

test("an address that has its share loses its oldest idle connection for a new one, and others lose none", async (t) => {
  const answer = { status: 200, headers: {}, body: "here", compressible: false };
  const limits = { connectionsMax: 100, crowdedFrom: 80, perPrefixMax: 10 };
  const { url } = await startProbeServer(t, app.app, () => answer, {}, { connectionLimits: limits });
  const [other] = await openMany(t, url, 1, "127.0.0.9");
  assert.equal(await ask(other ?? assert.fail()), "here");
  const [first, ...rest] = await openMany(t, url, 10, "127.0.0.8");
  await ask(rest.at(-1) ?? assert.fail());
  const [newest] = await openMany(t, url, 1, "127.0.0.8");
  assert.equal(await ask(newest ?? assert.fail()), "here");
  assert.equal(await isOpen(first ?? assert.fail()), false);
  for (const connection of [other, ...rest]) assert.equal(await isOpen(connection ?? assert.fail()), true);
});

test("connections that are at work stay, and an address whose connections all are is refused a further one", async (t) => {
  const held = Promise.withResolvers<void>();
  t.after(() => held.resolve());
  const limits = { connectionsMax: 100, crowdedFrom: 80, perPrefixMax: 3 };
  let asked = 0;
  const handle = async () => {
    if (++asked <= 3) await held.promise;
    return { status: 200, headers: {}, body: "here", compressible: false };
  };
  const { url } = await startProbeServer(t, app.app, handle, {}, { connectionLimits: limits });
  const busy = await openMany(t, url, 3, "127.0.0.8");
  const answers = busy.map(ask);
  await eventually("all three are at work", () => asked === 3);
  const [refused] = await openMany(t, url, 1, "127.0.0.8");
  assert.equal(await isOpen(refused ?? assert.fail()), false);
  const [other] = await openMany(t, url, 1, "127.0.0.9");
  held.resolve();
  assert.deepEqual(await Promise.all(answers), ["here", "here", "here"]);
  assert.equal(await ask(other ?? assert.fail()), "here");
});

test("a thousand addresses that hold connections keep out nobody who asks something", async (t) => {
  const answer = { status: 200, headers: {}, body: "here", compressible: false };
  const limits = { connectionsMax: 50, crowdedFrom: 40, perPrefixMax: 10 };
  const { url } = await startProbeServer(t, app.app, () => answer, {}, { connectionLimits: limits });
  for (let host = 0; host < 1_000; host++) {
    const connection = await openConnection(url, `127.2.${host >> 8}.${host & 255}`);
    t.after(() => connection.destroy());
    if (host % 100 !== 99) continue;
    const [client] = await openMany(t, url, 1, "127.0.0.9");
    assert.equal(await ask(client ?? assert.fail()), "here", `after ${host} others`);
    client?.destroy();
  }
});

test("a trusted proxy has as many connections as it likes", async (t) => {
  const answer = { status: 200, headers: {}, body: "here", compressible: false };
  const options = {
    connectionLimits: { connectionsMax: 100, crowdedFrom: 80, perPrefixMax: 3 },
    trustedProxies: ["127.0.0.0/29"],
  };
  const { url } = await startProbeServer(t, app.app, () => answer, {}, options);
  const connections = await openMany(t, url, 20, "127.0.0.2");
  for (const connection of connections) assert.equal(await ask(connection), "here");
});
