import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../../../tests/support/app.ts";
import { anybody } from "../../../../tests/support/principals.ts";
import { openTerminal, type Terminal } from "../../../../tests/support/terminal.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  terminal = openTerminal(app);
});
after(() => app.stop());

/** The rows that a list prints for programs. */
async function asked(...words: string[]) {
  return (await terminal.run(...words, "--json")).map((line) => JSON.parse(line));
}

const inDemo = [
  [15, "British Isles 2017", 2, "2017-2", "2017-04-01", 1, "open"],
  [16, "Baltic Sea", 2, "2017-1", "2017-01-15", 1, "open"],
  [17, "Kattegat", 2, "2026/1-1", "2026-02-12", 1, "open"],
];

describe("counterfoil chart", () => {
  it("makes charts with a number of one's choice or the next one, and lists them with what is current and sold", async () => {
    assert.deepEqual(await terminal.run("chart", "add", "Skagerrak", "--id", "40", "--slots", "3"), [
      "Skagerrak has the number 40.",
    ]);
    assert.deepEqual(await terminal.run("chart", "add", "Åland", "--description", "Skärgård"), [
      "Åland has the number 41.",
    ]);
    assert.deepEqual((await asked("chart", "list")).map(Object.values), [
      ...inDemo,
      [40, "Skagerrak", 3, null, null, 0, "open"],
      [41, "Åland", 2, null, null, 0, "open"],
    ]);
    assert.match(
      (await terminal.run("chart", "list"))[0] ?? "",
      /^NUMBER +NAME +SLOTS +EDITION +PUBLISHED +SOLD +SALE$/,
    );
    const found = await app.app.queries.products.byId(1, 41);
    assert.deepEqual([found?.product.kind, found?.product.description], ["chart", "Skärgård"]);
  });

  it("refuses, with a sentence, what cannot be a chart", async () => {
    const before = await terminal.run("chart", "list");
    const refusals: readonly (readonly [words: string[], sentence: string])[] = [
      [["Baltic Sea"], "There is a chart Baltic Sea already; its number is 16."],
      [["New", "--id", "15"], "This number is taken: by another product, or by a chart that was retired."],
      [["New", "--id", "2"], "This number is taken: by another product, or by a chart that was retired."],
      [["New", "--id", "-1"], '--id "-1" is not a whole number.'],
      [["New", "--id", "0"], "A chart has a number from 1."],
      [["New", "--slots", "two"], '--slots "two" is not a whole number.'],
      [["New", "--slots", "0"], "A chart has 1 to 100 slots: systems that can hold one that was bought."],
      [["New", "--slots", "101"], "A chart has 1 to 100 slots: systems that can hold one that was bought."],
      [["North; South"], "The name of a chart has no semicolon: clients part their lists with it."],
      [[" "], "A chart has a name of 1 to 255 characters."],
      [["x".repeat(256)], "A chart has a name of 1 to 255 characters."],
    ];
    for (const [words, sentence] of refusals) {
      assert.equal(await terminal.refused("chart", "add", ...words), sentence, words.join(" "));
    }
    assert.deepEqual(await terminal.run("chart", "list"), before);
  });

  it("retires what was sold and removes what never was; neither is listed", async () => {
    await terminal.run("chart", "add", "Sold", "--id", "50");
    await terminal.run("chart", "add", "Unsold", "--id", "51");
    await terminal.run("chart", "add", "Published", "--id", "52");
    const content = { key: "0".repeat(32), files: 1, bytes: 1, sha256: "00" };
    const edition = { verb: "add_edition", productId: 52, name: "2017-1", publishedAtMs: 0, content } as const;
    const order = { organizationId: 1, principal: anybody, address: null } as const;
    assert.equal((await app.app.engine.execute({ ...order, command: edition })).ok, true);
    await terminal.run("order", "add", "RET", "--customer", "skipper@example.com", "--product", "50");
    assert.deepEqual(await terminal.run("chart", "retire", "50", "--yes"), [
      'Sold is retired. "counterfoil chart restore 50" takes that back.',
    ]);
    assert.deepEqual(await terminal.run("chart", "retire", "52", "--yes"), [
      "Published was never sold, and is removed.",
    ]);
    assert.deepEqual(await app.app.queries.content.editions(1, 52), []);
    assert.deepEqual(await terminal.run("chart", "retire", "51", "--yes"), ["Unsold was never sold, and is removed."]);
    const listed = await terminal.run("chart", "list");
    assert.ok(!listed.some((line) => /^5[012] /.test(line)), listed.join("\n"));
    const gone = (id: number) => `There is no chart ${id}. "counterfoil chart list" shows all.`;
    const retired = 'Sold is retired. "counterfoil chart restore 50" takes that back.';
    assert.equal(await terminal.refused("chart", "retire", "50"), retired, "once only");
    assert.equal(await terminal.refused("chart", "change", "50", "--name", "Gone"), retired);
    assert.equal((await asked("chart", "show", "50"))[0].sale, "retired");
    assert.equal(await terminal.refused("chart", "retire", "51"), gone(51));
    assert.equal(await terminal.refused("chart", "retire", "2"), gone(2), "an event is no chart");
    assert.match(
      await terminal.refused("chart", "retire", "fifteen"),
      /^The number "fifteen" is not a whole number\.$/,
    );
    assert.equal(
      await terminal.refused("order", "add", "RET2", "--customer", "skipper@example.com", "--product", "50"),
      "This chart was retired: it is sold no more.",
    );
  });

  it("finds, shows and changes a chart", async () => {
    assert.deepEqual(
      (await asked("chart", "find", "BALTIC")).map(({ number }) => number),
      [16],
    );
    assert.deepEqual(await terminal.run("chart", "find", "mars"), ['No chart has "mars" in its name.']);
    await terminal.run("chart", "add", "Gotland", "--id", "70");
    const [changed] = await asked("chart", "change", "70", "--name", "Öland", "--time-zone", "Europe/Stockholm");
    assert.deepEqual(changed, {
      number: 70,
      name: "Öland",
      slots: 2,
      edition: null,
      published: null,
      sold: 0,
      inForce: 0,
      waitingDeliveries: 0,
      sale: "open",
      timeZone: "Europe/Stockholm",
      description: "",
    });
    await terminal.run(
      "order",
      "add",
      "OLD",
      "--customer",
      "skipper@example.com",
      "--product",
      "70",
      "--bought",
      "2017-01-01",
    );
    await terminal.run("order", "add", "NEW", "--customer", "skipper@example.com", "--product", "70");
    const [shown] = await asked("chart", "show", "70");
    assert.deepEqual([shown.sold, shown.inForce], [2, 1]);
    const refused = (...words: string[]) => terminal.refused("chart", "change", "70", ...words);
    assert.match(await refused(), /^Nothing is to be changed: /);
    assert.match(await refused("--time-zone", "Mars/Olympus"), /^There is no time zone "Mars\/Olympus"\./);
    assert.equal(await refused("--name", "Baltic Sea"), "There is a chart Baltic Sea already; its number is 16.");
    assert.match(await refused("--name", "A;B"), /no semicolon/);
    assert.match(await terminal.refused("chart", "show", "2"), /^There is no chart 2\./);
  });
});
