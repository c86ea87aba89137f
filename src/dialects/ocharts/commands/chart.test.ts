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

const inDemo = [
  "15  British Isles 2017  2 slots  edition 2017-2 of 2017-04-01  1 sold",
  "16  Baltic Sea  2 slots  edition 2017-1 of 2017-01-15  1 sold",
  "17  Kattegat  2 slots  edition 2026/1-1 of 2026-02-12  1 sold",
];

describe("counterfoil chart", () => {
  it("makes charts with a number of one's choice or the next one, and lists them with what is current and sold", async () => {
    assert.deepEqual(await terminal.run("chart", "add", "Skagerrak", "--id", "40", "--slots", "3"), [
      "Skagerrak has the number 40.",
    ]);
    assert.deepEqual(await terminal.run("chart", "add", "Åland", "--description", "Skärgård"), [
      "Åland has the number 41.",
    ]);
    assert.deepEqual(await terminal.run("chart", "list"), [
      ...inDemo,
      "40  Skagerrak  3 slots  no edition  0 sold",
      "41  Åland  2 slots  no edition  0 sold",
    ]);
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
      'Chart 50 is retired: it is sold and delivered no more. "counterfoil chart restore 50" takes that back.',
    ]);
    assert.deepEqual(await terminal.run("chart", "retire", "52", "--yes"), [
      "Chart 52 was never sold: it is removed, with its editions.",
    ]);
    assert.deepEqual(await app.app.queries.content.editions(1, 52), []);
    assert.deepEqual(await terminal.run("chart", "retire", "51", "--yes"), [
      "Chart 51 was never sold: it is removed, with its editions.",
    ]);
    const listed = await terminal.run("chart", "list");
    assert.ok(!listed.some((line) => /^5[012] /.test(line)), listed.join("\n"));
    const gone = (id: number) =>
      `There is no chart ${id} that could be changed. "counterfoil chart list" shows those that are sold.`;
    assert.equal(await terminal.refused("chart", "retire", "50"), gone(50), "once only");
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
});
