import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ApiClient, openApi } from "../../tests/support/api.ts";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { openEvents } from "../../tests/support/event-client.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { newAddress } from "../../tests/support/exchange.ts";
import { anybody } from "../../tests/support/principals.ts";
import { heartbeatMs } from "./actions.ts";

let app: TestApp;
let ask: ApiClient;
let token: string;
before(async () => {
  app = await startTestApp(undefined);
  ({ ask, token } = await openApi(app));
});
after(() => app.stop());

interface Told {
  readonly id: string;
  readonly kind: string;
  readonly code: string | null;
  readonly refusal: string | null;
  readonly channel: string | null;
}

async function makeProduct(more: object = {}): Promise<string> {
  return (await ask("POST /v1/products", { body: { kind: "event", name: "Concert", ...more } })).json.id;
}

/** So many acts, by the engine itself: each is a line of the log. */
async function act(productId: number, count: number, name = "none"): Promise<void> {
  const one = (at: number) =>
    app.app.engine.execute({
      organizationId: 1,
      principal: anybody,
      address: null,
      command: { verb: "redeem", productId, code: `${name}-${at}` },
    });
  await Promise.all(Array.from({ length: count }, (_, at) => one(at)));
}

/** All pages of a list, though some are short. */
async function all(query: string, limit = 200): Promise<readonly Told[]> {
  const found: Told[] = [];
  for (let cursor = ""; ; ) {
    const { json } = await ask(`GET /v1/actions?${query}&limit=${limit}${cursor}`);
    found.push(...json.items);
    if (json.next === null) return found;
    cursor = `&cursor=${json.next}`;
  }
}

test("an entry tells who did what, where, and through which protocol", async () => {
  const product = await makeProduct({
    categories: [{ key: "adult", name: "Adult", capacity: null, price: null, colour: null }],
  });
  await ask("POST /v1/entitlements", { body: { product, codes: ["told"], category: "adult" } });
  await ask("POST /v1/redeem", { body: { code: "told" } });
  const [redeemed, issued] = (await ask(`GET /v1/actions?product=${product}`)).json.items;
  assert.deepEqual(
    [redeemed.kind, redeemed.code, redeemed.category, redeemed.channel, redeemed.refusal, redeemed.gate],
    ["entitlement_redeemed", "told", "adult", "api", null, null],
  );
  assert.equal(redeemed.principal.kind, "operator");
  assert.equal(issued.kind, "entitlement_issued");
  assert.ok(Number(issued.id) < Number(redeemed.id));
  await act(Number(product), 1);
  const [last] = (await ask("GET /v1/actions?limit=1")).json.items;
  assert.deepEqual(
    [last.channel, last.refusal, last.principal],
    [null, "entitlement_not_found", { kind: "anonymous", id: null }],
  );
});

test("every filter leaves the others out, and the time is that of recording", async () => {
  const [one, two] = [await makeProduct(), await makeProduct()];
  const { json } = await ask("POST /v1/entitlements", { body: { product: one, codes: ["f1", "f2"] } });
  const [first] = json.items;
  await ask("POST /v1/redeem", { body: { code: "f1" } });
  await ask("POST /v1/redeem", { body: { code: "f1" } });
  await ask("POST /v1/redeem", { body: { code: "f1", product: two } });
  app.advance(3_600_000);
  const later = new Date(Date.now() + 1_800_000).toISOString();
  await ask("POST /v1/redeem", { body: { code: "f2" } });
  const told = async (query: string) =>
    (await all(query)).map(({ kind, code, refusal }) => [kind.replace("entitlement_", ""), code, refusal].join(" "));
  const done = ["redeemed f1 ", "issued f2 ", "issued f1 "];
  const refused = "redeemed f1 already_redeemed";
  const made = "product_created  ";
  assert.deepEqual(await told(`product=${one}`), ["redeemed f2 ", refused, ...done, made]);
  assert.deepEqual(await told(`product=${one}&refused=false`), ["redeemed f2 ", ...done, made]);
  assert.deepEqual(await told(`product=${one}&refused=true`), [refused]);
  assert.deepEqual(await told(`product=${one}&kind=entitlement_issued`), done.slice(1));
  assert.deepEqual(await told(`entitlement=${first.id}`), [refused, "redeemed f1 ", "issued f1 "]);
  assert.deepEqual(await told(`entitlement=${first.id}&product=${two}`), []);
  assert.deepEqual(await told("code=f2"), ["redeemed f2 ", "issued f2 "]);
  assert.deepEqual(await told(`refusal=already_redeemed&product=${one}`), [refused]);
  assert.equal((await ask("GET /v1/actions?refusal=nonsense")).json.code, "request_invalid");
  assert.deepEqual(await told(`product=${one}&from=${later}`), ["redeemed f2 "]);
  assert.deepEqual(await told(`product=${one}&to=${later}`), [refused, ...done, made]);
  assert.deepEqual(await told(`from=${later}&gate=1`), []);
  assert.deepEqual(await told(`from=${later}&device=1`), []);
  assert.deepEqual(await told(`from=${later}&operator=999999`), []);
  const [newest] = (await ask("GET /v1/actions?limit=1")).json.items;
  assert.deepEqual(await told(`since=${Number(newest.id) - 1}`), ["redeemed f2 "]);
  assert.deepEqual(await told(`since=${newest.id}`), []);
});

test("pages hold every entry once, also where a filter finds few", async () => {
  const product = await makeProduct();
  await act(Number(product), 30, "page");
  const whole = await all(`product=${product}`);
  assert.deepEqual(await all(`product=${product}`, 4), whole);
  assert.equal(whole.length, 31);
  assert.deepEqual(
    (await all("code=page-7", 1)).map(({ code }) => code),
    ["page-7"],
  );
});

test("a token for a product is told of that one alone, and without the scope for names no details", async () => {
  const [one, two] = [await makeProduct(), await makeProduct()];
  for (const id of [one, two]) await ask("POST /v1/entitlements", { body: { product: id, codes: [`own-${id}`] } });
  const narrow = await openApi(app, { limits: { productIds: [Number(one)], scopes: ["read_log"] } });
  const { json } = await narrow.ask("GET /v1/actions");
  assert.deepEqual([...new Set(json.items.map(({ product }: { product: string }) => product))], [one]);
  assert.deepEqual([...new Set(json.items.map(({ detail }: { detail: unknown }) => detail))], [null]);
  const stream = await openEvents(app.url, narrow.token, "/v1/actions?since=0");
  await stream.next();
  for (let seen = 0; seen < 2; ) {
    const event = await stream.next();
    assert.ok(event !== undefined);
    if (event.data === undefined) continue;
    assert.equal(event.data.product, one);
    seen++;
  }
  stream.cut();
});

const acts = 10_000;
const cuts = 100;

test(`a stream that is cut ${cuts} times while ${acts} acts happen misses none and repeats none`, async () => {
  const product = Number(await makeProduct());
  const start = await app.app.queries.log.lastNumber(1);
  const acting = (async () => {
    for (let done = 0; done < acts; done += 250) await act(product, 250, `cut-${done}`);
  })();
  const seen: number[] = [];
  const from = newAddress();
  let lastEventId: number | undefined;
  for (let turn = 0; turn <= cuts; turn++) {
    const stream = await openEvents(app.url, token, `/v1/actions?since=${start}`, { lastEventId, from });
    assert.equal(stream.status, 200);
    // The last turn reads to the end, and each other about as much as makes a hundred of them.
    const end = turn === cuts ? acts : Math.min(acts - 1, seen.length + Math.ceil(Math.random() * ((2 * acts) / cuts)));
    while (seen.length < end) {
      const event = await stream.next();
      assert.ok(event !== undefined, "the stream ended");
      lastEventId = event.id ?? lastEventId;
      if (event.data !== undefined) seen.push(Number(event.data.id));
    }
    stream.cut();
  }
  await acting;
  const { Client } = (await import("pg")).default;
  const client = new Client({ connectionString: app.database.url });
  await client.connect();
  const { rows } = await client.query("select id from action where organization_id = 1 and id > $1 order by id", [
    start,
  ]);
  await client.end();
  assert.deepEqual(
    seen,
    rows.map(({ id }) => Number(id)),
  );
});

test("an event is sent at once, not held back until there are many", async () => {
  const product = Number(await makeProduct());
  const stream = await openEvents(app.url, token, "/v1/actions");
  assert.deepEqual(
    [stream.headers["content-type"], stream.headers["content-encoding"], stream.headers["cache-control"]],
    ["text/event-stream", undefined, "no-store"],
  );
  await stream.next();
  await stream.next();
  const startedMs = performance.now();
  await act(product, 1, "now");
  const event = await stream.next();
  assert.equal(event?.event, "action");
  assert.equal(event?.data.code, "now-0");
  assert.ok(performance.now() - startedMs < heartbeatMs / 2);
  stream.cut();
});

test("many streams follow the log together, and one that is slow misses nothing", async () => {
  const product = Number(await makeProduct());
  const since = await app.app.queries.log.lastNumber(1);
  const streams = await Promise.all(
    Array.from({ length: 20 }, () => openEvents(app.url, token, `/v1/actions?since=${since}`, { from: newAddress() })),
  );
  // One of them takes nothing for a while: it goes on where it was, and what the others read is not kept for it.
  const [slow] = streams;
  slow?.pause();
  await act(product, 1_500, "many");
  slow?.resume();
  for (const stream of streams) {
    const ids: number[] = [];
    while (ids.length < 1_500) {
      const event = await stream.next();
      assert.ok(event !== undefined);
      if (event.data !== undefined) ids.push(Number(event.data.id));
    }
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
    );
    stream.cut();
  }
});

test("a stream without events shows that it lives, and ends with its token", { timeout: 4 * heartbeatMs }, async () => {
  const own = await openApi(app);
  const stream = await openEvents(app.url, own.token, "/v1/actions", { from: newAddress() });
  const told = async () => {
    const event = await stream.next();
    return event && event.data === undefined;
  };
  assert.equal(await told(), true);
  assert.equal(await told(), true);
  assert.equal(await told(), true, "the heartbeat");
  const tokens = (await ask("GET /v1/tokens?limit=200")).json.items;
  const mine = tokens.findLast(({ operator }: { operator: string }) => operator.startsWith("operator-"));
  await ask(`POST /v1/tokens/${mine.id}/revoke`);
  const product = Number(await makeProduct());
  await act(product, 1, "after");
  await eventually("the end of the stream", async () => (await stream.next()) === undefined);
});

test("what is no id of an event is refused, and so is a stream where there is none", async () => {
  const headers = { accept: "text/event-stream", "last-event-id": "x" };
  const { status, json } = await ask("GET /v1/actions", { headers });
  assert.deepEqual([status, json.code, json.pointer], [400, "request_invalid", "header/Last-Event-ID"]);
  assert.equal((await ask("GET /v1/products", { headers })).status, 406);
});
