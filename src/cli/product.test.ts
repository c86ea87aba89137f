import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { openTerminal, type Terminal } from "../../tests/support/terminal.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined);
  terminal = openTerminal(app);
});
after(() => app.stop());

/** The one object that a command prints for programs. */
async function asked(...words: string[]) {
  const [line = "", ...more] = await terminal.run(...words, "--json");
  assert.deepEqual(more, []);
  return JSON.parse(line);
}

describe("counterfoil product", () => {
  it("says that there are none, and prints nothing for a program", async () => {
    assert.deepEqual(await terminal.run("product", "list"), ["There are no products."]);
    assert.deepEqual(await terminal.run("product", "find", "x"), ['No product has "x" in its name.']);
    assert.deepEqual(await terminal.run("product", "list", "--json"), []);
  });

  it("makes a product with all its terms, and shows it to people and to programs", async () => {
    const lines = await terminal.run(
      ...["event", "add", "Midsummer", "--starts", "2026-06-20 18:00", "--ends", "2026-06-21"],
      ...["--time-zone", "Europe/Helsinki", "--capacity", "500", "--uses", "unlimited", "--reentry", "after_exit"],
      ...["--category", "key=adult,capacity=400,price=12.40EUR,colour=#2A9D8F", "key=child,name=Child under 12"],
      ...["--attention", "Check wristbands", "--metadata", "crew=blue", "--key", "NORTH12345", "KIDS123456:child"],
    );
    const table = lines.slice(lines.indexOf("") + 1);
    assert.deepEqual(lines.slice(0, 2), ["number       1", "name         Midsummer"]);
    assert.deepEqual(table, [
      "CATEGORY  NAME            CAPACITY  ISSUED  HELD  FREE  PRICE      COLOUR",
      "adult     Adult           400       0       0     400   12.40 EUR  #2a9d8f",
      "child     Child under 12  -         0       0     500   -          -",
    ]);
    const { categories, ...facts } = await asked("product", "show", "1");
    assert.deepEqual(facts, {
      number: 1,
      name: "Midsummer",
      description: "",
      starts: "2026-06-20T18:00:00+03:00",
      ends: "2026-06-21T23:59:59+03:00",
      timeZone: "Europe/Helsinki",
      capacity: 500,
      issued: 0,
      held: 0,
      free: 500,
      uses: "unlimited",
      reentry: "after_exit",
      attention: "Check wristbands",
      metadata: { crew: "blue" },
      keys: ["NORTH12345", "KIDS123456:child"],
    });
    assert.equal(categories.length, 2);
    assert.match((await terminal.run("product", "find", "SUMMER"))[1] ?? "", /^1 +Midsummer +event +2026-06-20T18/);
  });

  it("changes what is named, keeps the rest, and takes away with none", async () => {
    const { number } = await asked("product", "add", "Rides", "--uses", "10", "--category", "key=adult", "key=child");
    const change = (...words: string[]) => asked("product", "change", String(number), ...words);
    const changed = await change(
      "--category",
      "key=child,capacity=5",
      "key=vip,name=Guests",
      "--remove-category",
      "adult",
    );
    assert.deepEqual(
      changed.categories.map((one: { category: string; name: string; capacity: number }) => [
        one.category,
        one.name,
        one.capacity,
      ]),
      [
        ["child", "Child", 5],
        ["vip", "Guests", null],
      ],
    );
    assert.equal(changed.uses, "10");
    assert.equal((await change("--uses", "1/day")).uses, "1/day");
    const timed = await change("--ends", "2027-01-01", "--attention", "Look", "--name", "Day rides");
    assert.deepEqual([timed.name, timed.ends, timed.attention], ["Day rides", "2027-01-01T23:59:59Z", "Look"]);
    const cleared = await change("--ends", "none", "--attention", "none", "--category", "key=child,capacity=none");
    assert.deepEqual([cleared.ends, cleared.attention, cleared.categories[0].capacity], [null, null, null]);
  });

  it("removes a product of which nothing was issued, and keeps any other", async () => {
    const { number } = await asked("product", "add", "Never");
    const words = ["product", "retire", String(number), "--yes"];
    assert.deepEqual(await terminal.run(...words), ["Never was never sold, and is removed."]);
    assert.match(await terminal.refused(...words), /^There is no product \d+\./);
    const { number: sold } = await asked("product", "add", "Sold");
    await terminal.run("ticket", "issue", "--product", String(sold));
    const question = `Sold is sold, honoured and delivered no more: 1 in force end with it, and 0 waiting deliveries. "counterfoil product close ${sold}" ends the sale alone. Nothing was changed: say --yes to do it.`;
    assert.equal(await terminal.refused("product", "retire", String(sold)), question);
    const retired = `Sold is retired. "counterfoil product restore ${sold}" takes that back.`;
    assert.deepEqual(await terminal.run("product", "retire", String(sold), "--yes"), [retired]);
    assert.equal(await terminal.refused("product", "retire", String(sold)), retired);
    assert.match((await asked("product", "show", String(sold))).retired, /^\d{4}-.*Z$/);
  });

  it("closes a product of any kind, opens it again, and restores one that was retired", async () => {
    const { number } = await asked("event", "add", "Closing");
    await terminal.run("ticket", "issue", "--product", String(number));
    const act = (word: string, ...more: string[]) => terminal.run("event", word, String(number), ...more);
    assert.deepEqual(await act("close"), [
      "Closing is closed for sale. The 1 that are sold stay valid, and can be renewed.",
    ]);
    assert.equal((await asked("product", "show", String(number))).renewable, true);
    assert.match(await terminal.refused("ticket", "issue", "--product", String(number)), /closed/);
    await act("retire", "--yes");
    assert.deepEqual(await act("restore"), ["Closing is closed for sale."]);
    assert.deepEqual(await act("reopen"), ["Closing is sold."]);
    await terminal.run("ticket", "issue", "--product", String(number));
    const license = (await terminal.run("license", "product", "Closed App"))[0]?.match(/\d+/)?.[0] ?? "";
    assert.deepEqual(await terminal.run("product", "close", license, "--no-renewal"), [
      "Closed App is closed for sale. The 0 that are sold stay valid, and cannot be renewed.",
    ]);
    assert.equal(
      await terminal.refused("chart", "close", license),
      `There is no chart ${license}. "counterfoil chart list" shows all.`,
    );
  });

  it("says in a sentence why it does nothing", async () => {
    const { number } = await asked("product", "add", "Plain");
    for (const [words, sentence] of [
      [["add", "Bad", "--uses", "ten"], '--uses "ten" is no number of uses, like 10, unlimited or 1/day.'],
      [["add", "Bad", "--uses", "0"], "A number of uses from 1 to 1000000 is needed."],
      [["add", "Bad", "--metadata", "crew"], '--metadata "crew" is no key with a value, like crew=blue.'],
      [
        ["add", "Bad", "--category", "adult"],
        /^--category "adult" cannot be read at "adult"\. It is written key=adult,/,
      ],
      [["add", "Bad", "--category", "name=Adult"], '--category "name=Adult" has no key, like key=adult.'],
      [["add", "Bad", "--category", "key=a,price=12"], 'price "12" is no amount with its currency, like 12.40EUR.'],
      [["add", "Bad", "--category", "key=a,colour=red"], /a colour like #2a9d8f/],
      [["add", "Bad", "--key", "K:nobody"], 'The product has no such category. "counterfoil product show" lists them.'],
      [["add", "Bad", "--starts", "2026-01-02", "--ends", "2026-01-01"], "The end lies before the start."],
      [["add", "Bad", "--key", "K-1:"], 'The product has no such category. "counterfoil product show" lists them.'],
      [["add", "Bad", "--key", "K-1"], "An access key has 1 to 128 characters of A-Z, a-z and 0-9."],
      [["change", String(number)], 'Nothing is to be changed: "counterfoil product change --help" lists what can be.'],
      [["change", String(number), "--remove-category", "x"], "The product has no category x."],
      [["inside", String(number)], "Plain asks for no exits, so nobody counts as inside."],
      [["show", "99"], 'There is no product 99. "counterfoil product list" shows all.'],
      [["show", "x"], 'The number "x" is not a whole number.'],
    ] as const) {
      const told = await terminal.refused("product", ...words);
      if (typeof sentence === "string") assert.equal(told, sentence);
      else assert.match(told, sentence);
    }
    assert.doesNotMatch(
      (await terminal.run("product", "list")).join("\n"),
      /Bad/,
      "what is refused leaves nothing behind",
    );
  });
});
