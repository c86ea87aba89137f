import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { openTerminal, type Terminal } from "../../tests/support/terminal.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined);
  terminal = openTerminal(app);
  await terminal.run("group", "add", "World 10", "--id", "6", "--price", "12.40", "--tax", "24");
  await terminal.run("stock", "add", "--group", "6", "--from", "6000000001", "--count", "4", "--balance", "10.00");
  await terminal.run("license", "product", "EZP5");
  await terminal.run("license", "add", "OLD-1", "--client", "ada@example.com", "--product", "EZP5");
});
after(() => app.stop());

const state = (...words: string[]) => terminal.run("history", "state", ...words);
const kept = (code: string) => app.app.queries.entitlements.byCode(1, code);

describe("counterfoil history state", () => {
  it("says that a card was sold and used, with a payment only if it is told", async (context) => {
    assert.deepEqual(await state("6000000001", "--sold", "2025-04-01", "--redeemed", "2025-04-03T19:02:30"), [
      "6000000001  World 10  sold 2025-04-01, used 2025-04-03T19:02:30",
    ]);
    const card = await kept("6000000001");
    assert.equal(card?.inStock, false);
    assert.equal(card.redemption?.atMs, Date.UTC(2025, 3, 3, 19, 2, 30));
    const client = new pg.Client(app.database.url);
    await client.connect();
    context.after(() => client.end());
    const payments = async () =>
      (await client.query("select amount_minor::int, tax_minor::int, paid_at::text from payment")).rows;
    assert.deepEqual(await payments(), []);
    await state("6000000002", "--sold", "2025-04-01T08:00", "--paid", "12.40");
    assert.deepEqual(await payments(), [{ amount_minor: 1240, tax_minor: 240, paid_at: "2025-04-01 08:00:00+00" }]);
  });

  it("says that a licence was ended", async () => {
    assert.deepEqual(await state("OLD-1", "--revoked", "2024-12-31"), ["OLD-1  EZP5  ended 2024-12-31"]);
    assert.equal((await kept("OLD-1"))?.revokedAtMs, Date.UTC(2024, 11, 31));
    assert.match((await terminal.run("license", "list", "ada@example.com")).join(), /^OLD-1 {2}EZP5 {2}revoked$/);
  });

  it("says in a sentence what cannot be", async () => {
    const mistakes: readonly (readonly [words: readonly string[], sentence: RegExp])[] = [
      [["6000000003"], /^Nothing happened to it/],
      [["6000000003", "--redeemed", "2025-04-03"], /^6000000003 is in stock\./],
      [["6000000003", "--sold", "2199-01-01"], /^These times lie ahead/],
      [
        ["6000000003", "--sold", "2025-04-01", "--redeemed", "2025-03-01"],
        /^These times lie ahead, or not in the order/,
      ],
      [["6000000003", "--sold", "yesterday"], /^--sold "yesterday" is no time, like '2026-12-24 19:00'/],
      [["6000000003", "--sold", "2025-04-31"], /^--sold "2025-04-31" is no time/],
      [["6000000003", "--sold", "2025-04-01T25:00"], /^--sold "2025-04-01T25:00" is no time/],
      [["6000000003", "--redeemed", "2025-04-01", "--paid", "1"], /^--paid is what --sold brought/],
      [["6000000003", "--sold", "2025-04-01", "--paid", "-1"], /^--paid "-1" is no amount in EUR\.$/],
      [["OLD-1", "--redeemed", "2024-01-01", "--uses", "2"], /^OLD-1 does not have 2 uses\.$/],
      [["6000000001", "--sold", "2025-04-01"], /^6000000001 is not in stock\.$/],
      [["6000000001", "--redeemed", "2025-04-01"], /^6000000001 was used already\.$/],
      [["OLD-1", "--redeemed", "2024-01-01"], /^OLD-1 was ended already\.$/],
      [["nonsense", "--sold", "2025-04-01"], /^There is no nonsense\.$/],
    ];
    for (const [words, sentence] of mistakes) {
      assert.match(await terminal.refused("history", "state", ...words), sentence, words.join(" "));
    }
    assert.equal((await kept("6000000003"))?.inStock, true);
  });
});
