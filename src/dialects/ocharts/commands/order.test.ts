import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../../../tests/support/app.ts";
import { anybody } from "../../../../tests/support/principals.ts";
import { openTerminal, type Terminal } from "../../../../tests/support/terminal.ts";
import type { Command } from "../../../core/command.ts";
import { formatDay, yearsLater } from "../../../core/day.ts";
import { systemNamed } from "../../../kinds/chart/system-name.ts";

const dayMs = 24 * 60 * 60 * 1000;
const mylaptop = systemNamed("mylaptop");
const mydesktop = systemNamed("mydesktop");

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  terminal = openTerminal(app);
});
after(() => app.stop());

/** Does what a customer's client would do. */
async function act<C extends Command>(command: C) {
  const order = { organizationId: 1, principal: anybody, address: null } as const;
  const outcome = await app.app.engine.execute({ ...order, command });
  if (!outcome.ok) throw new Error(outcome.refusal);
  return outcome.value;
}

async function addCustomer(name: string): Promise<number> {
  await terminal.run("customer", "add", name, "--no-password");
  return (await app.app.queries.customers.byName(1, name))?.id ?? 0;
}

/** The rows that a list prints for programs. */
async function asked(...words: string[]) {
  return (await terminal.run(...words, "--json")).map((line) => JSON.parse(line));
}

async function slotsOf(order: string) {
  return (await asked("order", "show", order)).map(({ unit, slot, system, content }) => [unit, slot, system, content]);
}

describe("counterfoil order", () => {
  it("gives a customer as many as were bought, valid to the end of the last day", async () => {
    await addCustomer("greta@example.com");
    const words = ["--customer", "Greta@Example.com", "--product", "15", "--quantity", "2"];
    assert.deepEqual(
      await terminal.run("order", "add", "ORD1", ...words, "--bought", "2017-05-18", "--expires", "2019-01-31"),
      [
        "ORD1-15-1  British Isles 2017  for greta@example.com  valid until 2019-01-31",
        "ORD1-15-2  British Isles 2017  for greta@example.com  valid until 2019-01-31",
      ],
    );
    const unit = await app.app.queries.entitlements.byCode(1, "ORD1-15-2");
    assert.equal(unit?.issuedAtMs, Date.UTC(2017, 4, 18));
    assert.equal(unit.expiresAtMs, Date.UTC(2019, 1, 1) - 1);
    assert.equal(unit.customer?.name, "greta@example.com");
  });

  it("was bought now and is valid for a year unless it is said otherwise", async () => {
    await addCustomer("heinz@example.com");
    const customer = ["--customer", "heinz@example.com"];
    const earliestMs = Date.now();
    await terminal.run("order", "add", "ORD2", ...customer, "--product", "15");
    const latestMs = Date.now();
    const unit = await app.app.queries.entitlements.byCode(1, "ORD2-15-1");
    const boughtAtMs = unit?.issuedAtMs ?? 0;
    assert.ok(boughtAtMs >= earliestMs && boughtAtMs <= latestMs);
    assert.equal(formatDay(unit?.expiresAtMs ?? 0), formatDay(yearsLater(boughtAtMs, 1)));
    await terminal.run("order", "add", "ORD2", ...customer, "--product", "16", "--bought", "2020-02-29");
    assert.equal(
      formatDay((await app.app.queries.entitlements.byCode(1, "ORD2-16-1"))?.expiresAtMs ?? 0),
      "2021-02-28",
    );
  });

  it("adds nothing of an order that has one of its units already", async () => {
    await addCustomer("ines@example.com");
    const words = ["--customer", "ines@example.com", "--product", "15"];
    await terminal.run("order", "add", "ORD3", ...words);
    assert.equal(
      await terminal.refused("order", "add", "ORD3", ...words, "--quantity", "3"),
      "This order has this chart already, so nothing was added. An order names a chart once, with its quantity.",
    );
    assert.equal(await app.app.queries.entitlements.byCode(1, "ORD3-15-2"), undefined);
  });

  it("says in a sentence what cannot be an order", async () => {
    const words = ["--customer", "skipper@example.com", "--product", "15"];
    const refusals: readonly (readonly [words: string[], sentence: string])[] = [
      [["A-1", ...words], 'An order is called by 1 to 32 letters and digits: "A-1" is not.'],
      [["", ...words], 'An order is called by 1 to 32 letters and digits: "" is not.'],
      [["ORD4", ...words, "--quantity", "0"], '--quantity "0" is not from 1 to 100.'],
      [["ORD4", ...words, "--quantity", "101"], '--quantity "101" is not from 1 to 100.'],
      [["ORD4", ...words, "--quantity", "1.5"], '--quantity "1.5" is not a whole number.'],
      [["ORD4", ...words, "--bought", "2017-02-29"], '--bought "2017-02-29" is no day, like 2017-04-01.'],
      [["ORD4", ...words, "--expires", "18.5.2018"], '--expires "18.5.2018" is no day, like 2017-04-01.'],
      [
        ["ORD4", ...words, "--bought", "2017-05-18", "--expires", "2017-05-17"],
        "An order cannot expire before it was bought: --expires lies before --bought.",
      ],
      [
        ["ORD4", "--customer", "eve@example.com", "--product", "15"],
        'There is no customer eve@example.com. "counterfoil customer add" makes one.',
      ],
      [
        ["ORD4", "--customer", "skipper@example.com", "--product", "2"],
        'There is no chart 2. "counterfoil chart list" shows all.',
      ],
    ];
    for (const [given, sentence] of refusals) {
      assert.equal(await terminal.refused("order", "add", ...given), sentence, given.join(" "));
    }
    assert.equal(await app.app.queries.entitlements.byCode(1, "ORD4-15-1"), undefined);
  });

  it("may expire on the day on which it was bought", async () => {
    const words = ["--customer", "skipper@example.com", "--product", "16", "--bought", "2017-05-18"];
    assert.match(
      (await terminal.run("order", "add", "DAY", ...words, "--expires", "2017-05-18"))[0] ?? "",
      /until 2017-05-18$/,
    );
  });

  it("lists what a customer has, oldest first, with slots, systems and how far each has come", async () => {
    const customerId = await addCustomer("diana@example.com");
    const customer = ["--customer", "diana@example.com"];
    await terminal.run("chart", "add", "Without Edition", "--id", "60", "--slots", "1");
    await terminal.run(
      "order",
      "add",
      "LST",
      ...customer,
      "--product",
      "15",
      "--bought",
      "2024-05-18",
      "--expires",
      "2199-12-31",
    );
    await terminal.run("order", "add", "LST", ...customer, "--product", "16", "--bought", "2017-05-18");
    await terminal.run(
      "order",
      "add",
      "LST",
      ...customer,
      "--product",
      "60",
      "--bought",
      "2024-05-18",
      "--expires",
      "2199-12-31",
    );
    const listed = await asked("order", "list", ...customer);
    assert.deepEqual(
      listed.map(({ unit, expires, state, slots, systems }) => [unit, expires, state, slots, systems]),
      [
        ["LST-15-1", "2199-12-31", "valid", 2, ""],
        ["LST-16-1", "2018-05-18", "expired", 2, ""],
        ["LST-60-1", "2199-12-31", "valid", 1, ""],
      ],
    );
    assert.deepEqual(listed[0], {
      unit: "LST-15-1",
      chart: "British Isles 2017",
      customer: "diana@example.com",
      bought: "2024-05-18",
      expires: "2199-12-31",
      state: "valid",
      slots: 2,
      systems: "",
    });

    for (const device of [mylaptop, mydesktop]) {
      await act({ verb: "register_device", customerId, device, fingerprint: device.name });
    }
    const named = { productId: 15, code: "LST-15-1", device: mydesktop } as const;
    await act({ verb: "bind", ...named, register: false, slot: 1 });
    await act({ verb: "bind", productId: 60, code: "LST-60-1", device: mylaptop, register: false });
    const shows = async (state: string, withoutEdition = "there is no edition") =>
      assert.deepEqual(await slotsOf("LST"), [
        ["LST-15-1", 0, null, null],
        ["LST-15-1", 1, "mydesktop", state],
        ["LST-16-1", 0, null, null],
        ["LST-16-1", 1, null, null],
        ["LST-60-1", 0, "mylaptop", withoutEdition],
      ]);
    await shows("can request 2017-2");
    const { delivery } = await act({ verb: "request_delivery", ...named, customerId });
    await shows("2017-2 is being prepared");
    const expiresAtMs = Date.now() + dayMs;
    const built = { fileName: "x.zip", bytes: 1, sha1: "00", sha256: "00", expiresAtMs };
    await act({ verb: "finish_delivery", deliveryId: delivery.id, code: named.code, built, mailTask: "mail_delivery" });
    await shows(`can download 2017-2 until ${new Date(expiresAtMs).toISOString()}`);
    await act({ verb: "end_delivery", deliveryId: delivery.id, code: named.code });
    await shows("can request 2017-2");
    await terminal.run("system", "disable", "mydesktop", ...customer);
    await terminal.run("chart", "retire", "60", "--yes");
    await shows("the system is disabled", "the chart is retired");
  });

  it("revokes one unit for good, and lists it as revoked", async () => {
    await addCustomer("egon@example.com");
    const customer = ["--customer", "egon@example.com"];
    await terminal.run(
      "order",
      "add",
      "REV",
      ...customer,
      "--product",
      "16",
      "--quantity",
      "2",
      "--bought",
      "2017-05-18",
    );
    const unit = ["--product", "16", "--quantity-id", "1"];
    const revoked = ["REV-16-1 is revoked."];
    assert.deepEqual(await terminal.run("order", "revoke", "REV", ...unit), revoked);
    assert.deepEqual(await terminal.run("order", "revoke", "REV", ...unit), revoked);
    assert.deepEqual(await slotsOf("REV"), [
      ["REV-16-1", null, null, null],
      ["REV-16-2", 0, null, null],
      ["REV-16-2", 1, null, null],
    ]);
    assert.deepEqual(
      (await asked("order", "list", ...customer)).map(({ unit, state }) => [unit, state]),
      [
        ["REV-16-1", "revoked"],
        ["REV-16-2", "expired"],
      ],
    );
    for (const [order, product] of [
      ["REV", "15"],
      ["OTHER", "16"],
    ] as const) {
      assert.equal(
        await terminal.refused("order", "revoke", order, "--product", product, "--quantity-id", "1"),
        `There is no ${order}-${product}-1. "counterfoil order list" shows what a customer has bought.`,
      );
    }
  });

  it("counts days in the time zone of the chart", async () => {
    await addCustomer("ylva@example.com");
    await terminal.run("chart", "add", "Aleutians", "--id", "61", "--time-zone", "Pacific/Kiritimati");
    const words = ["--customer", "ylva@example.com", "--product", "61"];
    assert.match(
      (await terminal.run("order", "add", "ZONE", ...words, "--bought", "2024-02-29"))[0] ?? "",
      /valid until 2025-02-28$/,
    );
    const unit = async (code: string) => app.app.queries.entitlements.byCode(1, code);
    const found = await unit("ZONE-61-1");
    assert.equal(found?.issuedAtMs, Date.parse("2024-02-29T00:00:00+14:00"));
    assert.equal(found?.expiresAtMs, Date.parse("2025-02-28T23:59:59.999+14:00"));
    const [row] = await asked("order", "list", "--product", "61");
    assert.deepEqual([row.bought, row.expires], ["2024-02-29", "2025-02-28"]);
    const until = ["--product", "61", "--quantity-id", "1", "--until", "2199-06-30"];
    assert.deepEqual(await terminal.run("order", "renew", "ZONE", ...until), ["ZONE-61-1 is valid until 2199-06-30."]);
    assert.equal((await unit("ZONE-61-1"))?.expiresAtMs, Date.parse("2199-06-30T23:59:59.999+14:00"));
  });

  it("finds units by a part of the order, the chart or the customer, and says so when there are none", async () => {
    await addCustomer("zoe@example.com");
    await terminal.run("order", "add", "FINDME", "--customer", "zoe@example.com", "--product", "16");
    for (const text of ["findm", "ZOE@"]) {
      assert.deepEqual(
        (await asked("order", "find", text)).map(({ unit }) => unit),
        ["FINDME-16-1"],
      );
    }
    const ofChart = await asked("order", "find", "baltic");
    assert.ok(ofChart.some(({ unit }) => unit === "FINDME-16-1"));
    assert.ok(ofChart.every(({ chart }) => chart === "Baltic Sea"));
    assert.deepEqual(await terminal.run("order", "find", "nothing-like-it"), [
      'No order, chart or customer has "nothing-like-it" in its name.',
    ]);
    assert.deepEqual(await asked("order", "find", "nothing-like-it"), []);
    await addCustomer("empty@example.com");
    assert.deepEqual(await terminal.run("order", "list", "--customer", "empty@example.com"), [
      "There are no such orders.",
    ]);
    assert.equal(
      await terminal.refused("order", "show", "FIND"),
      'There is no order FIND. "counterfoil order list" shows all.',
    );
    assert.match(
      (await terminal.run("order", "show", "FINDME"))[0] ?? "",
      /^UNIT +CHART +CUSTOMER .*SLOT +SYSTEM +CONTENT$/,
    );
  });
});
