/** Constructing hash, API settings, and the errors that all calls have in common. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import {
  addGroup,
  addOperator,
  assertError,
  cardNumbers,
  type MorAnswer,
  type MorClient,
  type MorOptions,
  morClient,
  sha1,
  valuesOf,
} from "../../../tests/support/mor.ts";
import type { OperatorRole } from "../../core/operator.ts";
import type { Fault } from "../dialect.ts";
import { mor } from "./index.ts";

let app: TestApp;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
});
after(() => app.stop());

const calls: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  card_from_group_sell: { id: "7" },
  buy_card_from_callingroup: { id: "7" },
  devices_get: { user_id: "100" },
  device_list: { user_id: "100" },
  device_details_get: { device_id: "1" },
  card_group_get: { id: "6" },
  show_calling_card_group: { id: "6" },
  cc_groups_get: {},
  calling_cards_get: {},
  calling_cards_create: { card_group_id: "7", cards_from: "1", cards_till: "1" },
  card_balance_get: { number: "6000000001" },
  card_payment_add: { number: "1", amount: "1" },
};

/** Whether the checks before the call let the request through. */
function assertAdmitted(answer: MorAnswer): void {
  assert.doesNotMatch(answer.text, /^<status>$/m, answer.text);
  assert.equal(answer.status, 200);
}

/** A login that nobody else uses, so that wrong attempts of one test do not count in another. */
let operators = 0;
async function newOperator(
  role: OperatorRole = "administrator",
  settings: Readonly<Record<string, string>> = {},
): Promise<MorClient & { readonly login: string }> {
  const login = `operator-${++operators}`;
  await addOperator(app, login, role, settings);
  return { login, ...morClient(app, { login, secret: settings["mor.secret"] ?? "456789" }) };
}

/** Sets settings of the house for as long as `act` takes. */
async function withSettings(settings: Readonly<Record<string, string>>, act: () => Promise<void>): Promise<void> {
  const { administration } = app.app;
  const put = async (name: string, value: string | undefined) => {
    if (name === "mor.secret" && value !== undefined) await administration.putSecretSetting(1, name, value);
    else await administration.putSetting(1, name, value);
  };
  for (const [name, value] of Object.entries(settings)) await put(name, value === "" ? undefined : value);
  try {
    await act();
  } finally {
    for (const name of Object.keys(settings)) await put(name, demoSettings[name]);
  }
}
const demoSettings: Readonly<Record<string, string | undefined>> = {
  "mor.api": "on",
  "mor.get": "on",
  "mor.secret": "456789",
};

test("the hashes that the documentation prints are those of its requests", async () => {
  const printed: readonly (readonly [secret: string, request: string])[] = [
    ["456789", "buy_card_from_callingroup?id=6&quantity=2&hash=37086d860581fabc278413cd1a417d5c079f6eba"],
    ["456789", "devices_get?user_id=100&hash=71516eea4850f7e0300ac86adf9fb64bca845aa7"],
    ["456789", "card_group_get?id=6&hash=67df827dec80a7241fb3fc4de22a90e62c5e8d93"],
    ["456789", "device_details_get?device_id=5&hash=65fd575c441513bd114b84c7dbdb01e0f2716d27"],
    ["secretkey", "card_balance_get?number=1111111000&hash=0d43cbd508a63230032ef593089833543ea297ea"],
    ["secret", "cc_groups_get?cc_group_id=1&hash=e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"],
    [
      "secret",
      "calling_cards_create?card_group_id=1&cards_from=1000000025&cards_till=1000000035&batch_number=50&min_balance=15&language=en&distributor_id=2&hash=7e112ededcfee097cce21b6201c6d2a00dda1f4c",
    ],
    [
      "secret",
      "calling_cards_get?number=1111111119&name=test_card&pin=2668&min_balance=10&max_balance=50&language=en&callerid=3&sold=0&distributor=2&hash=e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4",
    ],
  ];
  for (const [secret, request] of printed) {
    const operator = await newOperator("reseller", { "mor.api": "on", "mor.secret": secret });
    assertAdmitted(await operator.send(`/billing/api/${request}&u=${operator.login}`));
  }
});

test("every call wants its hash: a missing, empty or wrong one is incorrect, in any call", async () => {
  for (const [name, parameters] of Object.entries(calls)) {
    const operator = await newOperator();
    const { hash, ...unsigned } = operator.sign(name, parameters);
    assertAdmitted(
      await operator.send(`/billing/api/${name}?${new URLSearchParams({ ...unsigned, hash: hash ?? "" })}`),
    );
    for (const wrong of ["", "x", sha1("wrong"), `${hash}0`, "0".repeat(40), "é".repeat(40)]) {
      const query = new URLSearchParams({ ...unsigned, hash: wrong });
      assertError(await operator.send(`/billing/api/${name}?${query}`), "status", "Incorrect hash");
    }
    const query = new URLSearchParams(unsigned);
    assertError(await operator.send(`/billing/api/${name}?${query}`), "status", "Incorrect hash");
  }
});

test("a hash in capital letters is the same hash", async () => {
  const operator = await newOperator();
  const { hash = "", ...unsigned } = operator.sign("devices_get", { user_id: "100" });
  const query = new URLSearchParams({ ...unsigned, hash: hash.toUpperCase() });
  assertAdmitted(await operator.send(`/billing/api/devices_get?${query}`));
});

test("an unknown login is a bad login, in any call, and comes before the hash", async () => {
  for (const [name, parameters] of Object.entries(calls)) {
    const nobody = morClient(app, { login: `nobody-${name}` });
    assertError(await nobody.ask(name, parameters), "status", "Bad login");
    assertError(await nobody.ask(name, { ...parameters, u: "" }), "status", "Bad login");
    assertError(await nobody.send(`/billing/api/${name}`), "status", "Bad login");
  }
});

test("a password is never asked for, and never in the hash", async () => {
  const operator = await newOperator();
  assertAdmitted(await operator.ask("devices_get", { user_id: "100", p: "wrong" }));
});

test("whoever guesses hashes is turned away after a while, right or wrong, and the right hash is let in from elsewhere", async () => {
  const operator = await newOperator();
  const texts: string[] = [];
  for (let attempt = 0; attempt < 40; attempt++) {
    const query = new URLSearchParams({ u: operator.login, user_id: "100", hash: sha1(String(attempt)) });
    texts.push(...valuesOf(await operator.send(`/billing/api/devices_get?${query}`), "error"));
  }
  assert.equal(texts[0], "Incorrect hash");
  assert.equal(texts.at(-1), "Bad login");
  assertError(await operator.ask("devices_get", { user_id: "100" }), "status", "Bad login");
  const elsewhere = morClient(app, { login: operator.login });
  assertAdmitted(await elsewhere.ask("devices_get", { user_id: "100" }));
});

/** The ways in which clients send the same parameters. */
function ways(path: string, parameters: Record<string, string>): Record<string, { path: string; options: MorOptions }> {
  const query = new URLSearchParams(parameters).toString();
  const boundary = "----------------------------a3d1e0c9b7f2";
  const parts = Object.entries(parameters).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const form = "application/x-www-form-urlencoded";
  return {
    "a POST with a query and no body": { path: `${path}?${query}`, options: {} },
    "a POST with a query and an empty form": {
      path: `${path}?${query}`,
      options: { headers: { "content-type": form } },
    },
    "a GET with a query": { path: `${path}?${query}`, options: { method: "GET" } },
    "a form": { path, options: { body: query, headers: { "content-type": form } } },
    "a form with a character set": {
      path,
      options: { body: query, headers: { "content-type": `${form}; charset=UTF-8` } },
    },
    "a form without a content type": { path, options: { body: query } },
    "a multipart form": {
      path,
      options: {
        body: `${parts.join("")}--${boundary}--\r\n`,
        headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      },
    },
    "a JSON object": {
      path,
      options: { body: JSON.stringify(parameters), headers: { "content-type": "application/json" } },
    },
    "a JSON object with numbers": {
      path,
      options: {
        body: JSON.stringify({ ...parameters, user_id: 100, p: null }),
        headers: { "content-type": "application/json; charset=utf-8" },
      },
    },
    "a query and a form, which wins": {
      path: `${path}?${new URLSearchParams({ ...parameters, u: "nobody", user_id: "102" })}`,
      options: { body: query, headers: { "content-type": form } },
    },
    "half in the query, half in JSON": {
      path: `${path}?u=${encodeURIComponent(parameters.u ?? "")}&user_id=${parameters.user_id}`,
      options: { body: JSON.stringify({ hash: parameters.hash }), headers: { "content-type": "application/json" } },
    },
    "a name given twice, of which the last counts": { path: `${path}?u=nobody&user_id=1&${query}`, options: {} },
  };
}

test("parameters are read from the query and from bodies of every kind", async () => {
  const operator = await newOperator();
  const parameters = operator.sign("devices_get", { user_id: "100" });
  for (const path of ["/billing/api/devices_get", "/billing/api/device_list/"]) {
    for (const [way, { path: target, options }] of Object.entries(ways(path, parameters))) {
      const answer = await operator.send(target, options);
      assert.deepEqual(valuesOf(answer, "username"), ["1001", "1002"], way);
    }
  }
});

test("text outside of ASCII is hashed as UTF-8, from the query and from bodies of every kind", async () => {
  const login = "kävijä 日本";
  await addOperator(app, login, "administrator");
  const { sign, send } = morClient(app, { login });
  const parameters = sign("devices_get", { user_id: "100" });
  for (const [way, { path, options }] of Object.entries(ways("/billing/api/devices_get", parameters))) {
    assert.deepEqual(valuesOf(await send(path, options), "username"), ["1001", "1002"], way);
  }
  const description = "Köln & 東京";
  const answer = await send(
    `/billing/api/card_payment_add?${new URLSearchParams(sign("card_payment_add", { description, number: "1" }))}`,
  );
  assertError(answer, "card", "Calling Card was not found");
});

test("without the API, or without a key, every call says that API requests are disabled", async () => {
  const switches: readonly Record<string, string>[] = [
    { "mor.api": "off" },
    { "mor.api": "" },
    { "mor.api": "yes" },
    { "mor.secret": "" },
  ];
  for (const settings of switches) {
    await withSettings(settings, async () => {
      const client = morClient(app, { secret: settings["mor.secret"] ?? "456789" });
      for (const [name, parameters] of Object.entries({ ...calls, user_login: {}, login: {}, logout: {} })) {
        assertError(await client.ask(name, parameters), "status", "API Requests are disabled");
      }
    });
  }
});

test("while GET is not allowed, every GET says so, whoever asks, and POST goes on", async () => {
  for (const value of ["off", ""]) {
    await withSettings({ "mor.get": value }, async () => {
      const client = morClient(app);
      for (const [name, parameters] of Object.entries({ ...calls, user_login: {}, user_logout: {} })) {
        const answer = await client.ask(name, { ...parameters, u: "nobody" }, { method: "GET" });
        assertError(answer, "status", "GET Requests are disabled");
      }
      assertAdmitted(await client.ask("devices_get", { user_id: "100" }));
    });
  }
  await withSettings({ "mor.get": "off", "mor.api": "off" }, async () => {
    const answer = await morClient(app).ask("devices_get", {}, { method: "GET" });
    assertError(answer, "status", "API Requests are disabled");
  });
});

test("without hash checking a known login is enough, and an unknown one is still none", async () => {
  await withSettings({ "mor.hash": "off" }, async () => {
    const client = morClient(app);
    assertAdmitted(await client.send("/billing/api/devices_get?u=admin&user_id=100"));
    assertAdmitted(await client.send("/billing/api/devices_get?u=admin&user_id=100&hash=wrong"));
    assertError(await client.send("/billing/api/devices_get?u=nobody&user_id=100"), "status", "Bad login");
    const reseller = await newOperator("reseller", { "mor.api": "on", "mor.secret": "theirs" });
    const answer = await reseller.send(`/billing/api/devices_get?u=${reseller.login}&user_id=101`);
    assertError(answer, "status", "Incorrect hash");
  });
});

test("a reseller's API is off until it is turned on and has a key, and only on while the house's is", async () => {
  for (const settings of [
    {},
    { "mor.api": "on" },
    { "mor.secret": "theirs" },
    { "mor.api": "off", "mor.secret": "x" },
  ]) {
    const reseller = await newOperator("reseller", settings);
    for (const [name, parameters] of Object.entries(calls)) {
      assertError(await reseller.ask(name, parameters), "status", "API Requests are disabled");
    }
  }
  const settings = { "mor.api": "on", "mor.secret": "theirs" };
  const reseller = await newOperator("reseller", settings);
  assertAdmitted(await reseller.ask("devices_get", { user_id: "101" }));
  await withSettings({ "mor.api": "off" }, async () => {
    const other = await newOperator("reseller", settings);
    assertError(await other.ask("devices_get", { user_id: "101" }), "status", "API Requests are disabled");
  });
});

test("the key of the house is not a reseller's, and a reseller's is not the house's", async () => {
  const reseller = await newOperator("reseller", { "mor.api": "on", "mor.secret": "theirs" });
  const withHouseKey = morClient(app, { login: reseller.login, secret: "456789" });
  assertError(await withHouseKey.ask("devices_get", { user_id: "101" }), "status", "Incorrect hash");
  const house = await newOperator();
  const withTheirs = morClient(app, { login: house.login, secret: "theirs" });
  assertError(await withTheirs.ask("devices_get", { user_id: "100" }), "status", "Incorrect hash");
});

test("an auditor sees what the house has, but neither pins nor passwords, and changes nothing", async () => {
  const [auditor, administrator] = [await newOperator("auditor"), await newOperator()];
  const reads = [
    "devices_get",
    "device_details_get",
    "card_group_get",
    "cc_groups_get",
    "calling_cards_get",
    "card_balance_get",
  ];
  const secrets = /(<(card_pin|secret)>)[^<]+/g;
  for (const name of reads) {
    const seen = (await administrator.ask(name, calls[name])).text;
    assert.equal((await auditor.ask(name, calls[name])).text, seen.replaceAll(secrets, "$1"), name);
    const hasSecrets = !["card_group_get", "cc_groups_get", "card_balance_get"].includes(name);
    assert.equal(seen.search(secrets) >= 0, hasSecrets, name);
  }
  const [pin = ""] = valuesOf(await administrator.ask("calling_cards_get"), "card_pin");
  assert.equal(valuesOf(await administrator.ask("calling_cards_get", { pin }), "card_pin").length, 1);
  assertError(await auditor.ask("calling_cards_get", { pin }), "card", "Cards were not found");
  for (const name of ["card_from_group_sell", "calling_cards_create", "card_payment_add"]) {
    assertError(await auditor.ask(name, calls[name]), "card", "You are not authorized to use this functionality");
  }
});

test("a steward is let into no call", async () => {
  const steward = await newOperator("steward");
  for (const [name, parameters] of Object.entries(calls)) {
    assert.match((await steward.ask(name, parameters)).text, /<error>(You are not authorized|Access Denied)/, name);
  }
});

test("an accountant calls with the key of the house, and sees what the house has", async () => {
  const accountant = await newOperator("accountant");
  assert.deepEqual(valuesOf(await accountant.ask("devices_get", { user_id: "100" }), "username"), ["1001", "1002"]);
});

test("a reseller may do without GET and without a hash of its own, but not with more than the house has", async () => {
  const on = { "mor.api": "on", "mor.secret": "theirs" };
  const get = { method: "GET" };
  const strict = await newOperator("reseller", { ...on, "mor.get": "off" });
  assertError(await strict.ask("devices_get", { user_id: "101" }, get), "status", "GET Requests are disabled");
  const open = await newOperator("reseller", { ...on, "mor.hash": "off" });
  assertAdmitted(await open.send(`/billing/api/devices_get?u=${open.login}&user_id=101`));
  await withSettings({ "mor.get": "off" }, async () => {
    const eager = await newOperator("reseller", { ...on, "mor.get": "on" });
    assertError(await eager.ask("devices_get", { user_id: "101" }, get), "status", "GET Requests are disabled");
  });
});

test("answers and errors are presented as HTML, or as XML where that is set, by the house or for a reseller", async () => {
  const typeOf = ({ headers }: MorAnswer) => headers["content-type"];
  const on = { "mor.api": "on", "mor.secret": "theirs" };
  const xml = "text/xml; charset=utf-8";
  const html = "text/html; charset=utf-8";
  const client = morClient(app);
  assert.equal(typeOf(await client.ask("card_group_get", { id: "6" })), html);
  assert.equal(typeOf(await client.ask("card_group_get", { id: "none" })), html);
  const reseller = await newOperator("reseller", { ...on, "mor.xml": "xml" });
  assert.equal(typeOf(await reseller.ask("card_group_get", { id: "6" })), xml);
  await withSettings({ "mor.xml": "xml" }, async () => {
    const strict = morClient(app);
    assert.equal(typeOf(await strict.ask("card_group_get", { id: "6" })), xml);
    assert.equal(typeOf(await strict.ask("card_group_get", { id: "none" })), xml);
    assert.equal(typeOf(await strict.ask("devices_get", { user_id: "100" })), xml);
    assert.equal(typeOf(await strict.send("/billing/api/card_group_get")), xml);
    assert.equal(typeOf(await strict.send("/billing/api/login")), xml);
    const follower = await newOperator("reseller", on);
    assert.equal(typeOf(await follower.ask("card_group_get", { id: "6" })), xml);
    const own = await newOperator("reseller", { ...on, "mor.xml": "html" });
    assert.equal(typeOf(await own.ask("card_group_get", { id: "6" })), html);
  });
});

test("answers with pins and passwords are not kept on the way", async () => {
  const answer = await morClient(app).ask("devices_get", { user_id: "100" });
  assert.equal(answer.headers["cache-control"], "no-store");
});

test("what is no call, and a method that is neither POST nor GET, is an error with the status 200", async () => {
  const client = morClient(app);
  for (const path of ["/billing/api", "/billing/api/", "/billing/api/nothing", "/billing/api/devices_get/100"]) {
    assertError(await client.send(path), "status", "API method was not found");
  }
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const answer = await client.ask("devices_get", { user_id: "100" }, { method });
    assertError(answer, "status", "Only POST and GET requests are allowed");
  }
});

test("whatever goes wrong around a call is an error in this protocol's way, with the status 200", () => {
  const faults: Record<Fault["kind"], string> = {
    body_too_large: "Request is too large",
    coding_unknown: "Request cannot be read",
    request_broken: "Request cannot be read",
    path_unknown: "API method was not found",
    method_not_defined: "Only POST and GET requests are allowed",
    unavailable: "Service is not available, try again",
    busy: "Service is not available, try again",
    broken: "Internal error",
  };
  for (const [kind, words] of Object.entries(faults)) {
    const response = mor.fault({ kind, allowed: [] } as Fault, undefined, "/billing/api", "request");
    const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
    assert.equal(response.body, `${declaration}\n<status>\n  <error>${words}</error>\n</status>\n`);
    assert.equal(response.status, 200);
    assert.equal(response.headers["content-type"], "text/html; charset=utf-8");
  }
});

test("a reseller sells its own cards only, and nobody sells another's", async () => {
  const on = { "mor.api": "on", "mor.secret": "456789" };
  const first = await newOperator("reseller", on);
  const second = await newOperator("reseller", on);
  const { queries } = app.app;
  const idOf = async (login: string) => (await queries.operators.byLogin(1, login))?.id ?? null;
  const own = async (ownerId: number | null, prefix: string) =>
    String(await addGroup(app, { ownerId, numbers: cardNumbers(prefix, 3), name: `Group ${prefix}` }));
  const callers = {
    house: { client: await newOperator(), group: await own(null, "41"), card: "4100000001" },
    first: { client: first, group: await own(await idOf(first.login), "42"), card: "4200000001" },
    second: { client: second, group: await own(await idOf(second.login), "43"), card: "4300000001" },
  };
  const all = Object.entries(callers);
  for (const [caller, { client }] of all) {
    for (const [owner, { group, card }] of all.filter(([other]) => other !== caller)) {
      const asks = `${caller} asks for what ${owner} has`;
      const refused = async (name: string, parameters: Record<string, string>, words: string) => {
        assert.deepEqual(valuesOf(await client.ask(name, parameters), "error"), [words], asks);
      };
      await refused("card_from_group_sell", { id: group }, "Cardgroup was not found");
      await refused("card_from_group_sell", { id: group, number: card }, "Cardgroup was not found");
      await refused(
        "card_from_group_sell",
        { id: callers[caller as "house"].group, number: card },
        "Free cards was not found",
      );
      await refused("card_group_get", { id: group }, "Cardgroup was not found");
      await refused("cc_groups_get", { cc_group_id: group }, "Wrong Calling Cards Group ID");
      await refused("calling_cards_get", { number: card }, "Cards were not found");
      await refused("card_balance_get", { number: card }, "Calling Card was not found");
      await refused("card_payment_add", { number: card, amount: "1", currency: "EUR" }, "Calling Card was not found");
      const interval = { card_group_id: group, cards_from: "4999999998", cards_till: "4999999999" };
      await refused("calling_cards_create", interval, "Card Group was not found");
    }
    const groups = valuesOf(await client.ask("cc_groups_get"), "group_name");
    const numbers = valuesOf(await client.ask("calling_cards_get"), "card_number");
    for (const [owner, { card }] of all) {
      assert.equal(groups.includes(`Group ${card.slice(0, 2)}`), owner === caller, `${caller} sees ${owner}'s group`);
      assert.equal(numbers.includes(card), owner === caller, `${caller} sees ${owner}'s card`);
    }
  }
  for (const [, { client, group, card }] of all) {
    assert.deepEqual(valuesOf(await client.ask("card_from_group_sell", { id: group }), "number"), [card]);
  }
});

test("a reseller hands cards to its own users only", async () => {
  const reseller = morClient(app, { login: "reseller" });
  const id = (await app.app.queries.operators.byLogin(1, "reseller"))?.id ?? null;
  const group = String(await addGroup(app, { ownerId: id }));
  const create = (number: string, distributor: string) =>
    reseller.ask("calling_cards_create", {
      card_group_id: group,
      cards_from: number,
      cards_till: number,
      distributor_id: distributor,
    });
  await create("4400000001", "101");
  await create("4400000002", "100");
  const cards = await reseller.ask("calling_cards_get");
  assert.deepEqual(valuesOf(cards, "card_distributor"), ["bruno@example.com", ""]);
});
