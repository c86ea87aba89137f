import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { exchange } from "../../tests/support/exchange.ts";
import { openTerminal, type Terminal } from "../../tests/support/terminal.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined);
  terminal = openTerminal(app);
  await terminal.run(
    ...[
      "product",
      "add",
      "Festival",
      "--uses",
      "unlimited",
      "--reentry",
      "after_exit",
      "--time-zone",
      "Europe/Helsinki",
    ],
    ...["--category", "key=adult,capacity=4", "key=child", "--capacity", "5", "--key", "NORTH12345"],
  );
  await terminal.run("product", "add", "Ferry", "--uses", "10");
});
after(() => app.stop());

/** The objects that a command prints for programs. */
async function asked(...words: string[]) {
  return (await terminal.run(...words, "--json")).map((line) => JSON.parse(line));
}

const issued = async (product: number, ...words: string[]) =>
  (await asked("ticket", "issue", "--product", String(product), ...words)).map(({ code }): string => code);

describe("counterfoil entitlement", () => {
  it("says that there are none", async () => {
    assert.deepEqual(await terminal.run("entitlement", "list", "--product", "2"), ["Nothing was issued of Ferry."]);
    assert.deepEqual(await terminal.run("entitlement", "find", "nobody"), [
      'No entitlement has "nobody" as its code, reference or holder.',
    ]);
    assert.deepEqual(await terminal.run("conflict", "list", "--product", "2"), ["Ferry has no conflicts."]);
  });

  it("issues, lists and finds by code, reference and holder, each once", async () => {
    const codes = await issued(
      1,
      "--category",
      "adult",
      "--count",
      "2",
      "--holder",
      "ada@example.com",
      "--reference",
      "ORDER-7",
    );
    const [code = ""] = codes;
    assert.match(code, /^\d{18}$/);
    const found = async (text: string) => (await asked("entitlement", "find", text)).map((one) => one.code).sort();
    for (const text of ["ORDER-7", "ADA@example.com"]) assert.deepEqual(await found(text), codes.toSorted(), text);
    assert.deepEqual(await found(code), [code]);
    await issued(1, "--code", "OWN-1", "--reference", "OWN-1", "--holder", "OWN-1");
    assert.deepEqual(await found("OWN-1"), ["OWN-1"]);
    const [row] = await asked("entitlement", "find", code);
    assert.equal(row.usesLeft, "unlimited");
    assert.match(row.issued, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+0[23]:00$/);
    const lines = await terminal.run("ticket", "list", "--product", "1");
    assert.match(lines[0] ?? "", /^CODE +PRODUCT +STATUS +CATEGORY +HOLDER +USES LEFT +REFERENCE +ISSUED$/);
    assert.equal(lines.length, 4);
  });

  it("lets in and out again, counts who is inside, and takes a use back", async () => {
    const [code = ""] = await issued(1, "--category", "child");
    assert.equal((await asked("ticket", "redeem", code))[0].status, "inside");
    assert.deepEqual(await asked("event", "inside", "1"), [{ category: "child", inside: 1 }]);
    assert.equal(await terminal.refused("ticket", "redeem", code), "Its holder is inside: an exit must come first.");
    assert.equal((await asked("ticket", "redeem", code, "--exit"))[0].inside, false);
    assert.equal(
      await terminal.refused("ticket", "redeem", code, "--exit"),
      "Its holder is not inside, so there is no exit.",
    );
    assert.match(
      (await exchange(app.url, `PUT /nokkis/1/barcode/${code}`, { headers: { "x-apikey": "NORTH12345" } })).text,
      /<status>1</,
    );
    assert.equal((await asked("ticket", "undo", code, "--reason", "wrong door"))[0].status, "valid");
    const [{ uses }] = await asked("ticket", "show", code);
    assert.deepEqual(
      uses.map(({ use, direction, counts }: { use: number; direction: string; counts: string }) => [
        use,
        direction,
        counts,
      ]),
      [
        [1, "entry", "yes"],
        [2, "exit", "yes"],
        [3, "entry", "undone"],
      ],
    );
    assert.deepEqual(await terminal.run("event", "inside", "1"), ["Nobody is inside Festival."]);
    const lines = await terminal.run("ticket", "show", code);
    assert.match(lines.at(-1) ?? "", /^3 +\d{4}\S+ +entry +1 +undone +- +no$/);
  });

  it("spends rides, all or none", async () => {
    const [code = ""] = await issued(2);
    const redeem = (count: number) => terminal.run("ticket", "redeem", code, "--count", String(count), "--json");
    assert.equal(JSON.parse((await redeem(7))[0] ?? "").usesLeft, 3);
    assert.equal(await terminal.refused("ticket", "redeem", code, "--count", "4"), "It has fewer uses left than that.");
    assert.equal(JSON.parse((await redeem(3))[0] ?? "").status, "used up");
    const [changed] = await asked("ticket", "change", code, "--uses", "12", "--attention", "Paid at the pier");
    assert.deepEqual([changed.usesLeft, changed.uses, changed.attention], [2, "12", "Paid at the pier"]);
    assert.equal((await asked("ticket", "change", code, "--uses", "none"))[0].uses, "10");
  });

  it("reports what happened at a gate without network, and lists the conflict", async () => {
    const [code = ""] = await issued(2, "--uses", "1");
    await terminal.run("ticket", "redeem", code);
    assert.match(
      await terminal.refused(
        "ticket",
        "redeem",
        code,
        "--at",
        `${new Date(Date.now() + 60_000).toISOString().slice(0, 19)}Z`,
      ),
      /^It was used already\.$/,
    );
    const [conflict] = await asked("conflict", "list", "--product", "2");
    assert.deepEqual([conflict.code, conflict.reason], [code, "already redeemed"]);
    assert.match(
      await terminal.refused("ticket", "redeem", code, "--at", "2099-01-01"),
      /^The time lies in the future/,
    );
  });

  it("suspends, extends, transfers and reissues; a former code leads to the new one", async () => {
    const [code = ""] = await issued(2, "--holder", "ada@example.com");
    assert.equal((await asked("ticket", "suspend", code))[0].status, "suspended");
    assert.equal(await terminal.refused("ticket", "redeem", code), "It is suspended.");
    assert.equal((await asked("ticket", "reinstate", code))[0].status, "valid");
    assert.equal((await asked("ticket", "extend", code, "--ends", "2026-01-01"))[0].status, "over");
    assert.equal((await asked("ticket", "extend", code, "--ends", "none"))[0].status, "valid");
    const [given] = await asked("ticket", "transfer", code, "--to", "ben@example.com");
    assert.equal(given.holder, "ben@example.com");
    assert.notEqual(given.code, code);
    assert.equal(await terminal.refused("ticket", "redeem", code), `It has another code by now: ${given.code}.`);
    assert.equal(
      (await asked("ticket", "transfer", given.code, "--to", "cy@example.com", "--keep-code"))[0].code,
      given.code,
    );
    await terminal.run("ticket", "reissue", given.code, "--new-code", "CY-1");
    assert.deepEqual((await asked("ticket", "show", "CY-1"))[0].formerCodes, [code, given.code]);
    assert.equal((await asked("ticket", "revoke", "CY-1"))[0].status, "revoked");
    assert.equal(await terminal.refused("ticket", "suspend", "CY-1"), "It was revoked, and is never honoured again.");
  });

  it("says in a sentence why it does nothing", async () => {
    const [code = ""] = await issued(2);
    for (const [words, sentence] of [
      [["show", "nothing"], "No entitlement has the code nothing."],
      [["issue", "--product", "99"], 'There is no product 99. "counterfoil product list" shows all.'],
      [
        ["issue", "--product", "2", "--count", "101"],
        "A number from 1 to 100 is needed, and of a hold no more than it keeps.",
      ],
      [["issue", "--product", "2", "--code", code], "An entitlement has or had this code."],
      [
        ["issue", "--product", "1", "--category", "x"],
        'The product has no such category. "counterfoil product show" lists them.',
      ],
      [["issue", "--product", "1", "--category", "adult", "--count", "5"], "There are not so many free places."],
      [
        ["redeem", code, "--exit"],
        'The product asks for no exits. "counterfoil product change --reentry after_exit" changes that.',
      ],
      [["undo", code, "--reason", "never mind"], "There is no use that counts and could be taken back."],
      [["extend", code], "Give --starts or --ends."],
      [["change", code], "Nothing is to be changed: give --uses, --reference, --attention or --metadata."],
    ] as const) {
      assert.equal(await terminal.refused("ticket", ...words), sentence);
    }
  });

  it("leaves products of other kinds to the commands that know their codes", async () => {
    await terminal.run("license", "product", "EZP5");
    const [{ number }] = (await asked("product", "find", "EZP5")) as [{ number: number }];
    assert.equal(
      await terminal.refused("entitlement", "issue", "--product", String(number)),
      'EZP5 has commands of its own: see "counterfoil --help".',
    );
  });
});

describe("counterfoil hold", () => {
  const held = async (...words: string[]) => (await asked("hold", "add", "--product", "2", ...words))[0];

  it("keeps places, confirms some of them and gives the others back", async () => {
    assert.deepEqual(await terminal.run("hold", "list", "--product", "2"), ["Nothing of Ferry is held."]);
    const one = await held("--reference", "ORDER-8", "--count", "3", "--for", "2h");
    assert.deepEqual([one.count, one.state], [3, "held"]);
    assert.match((await terminal.run("hold", "list", "--product", "2"))[1] ?? "", / 3 +ORDER-8 +\S+Z +held$/);
    const confirmed = await asked("hold", "confirm", String(one.number), "--count", "2", "--holder", "ada@example.com");
    assert.deepEqual(
      confirmed.map(({ holder, reference }) => [holder, reference]),
      Array(2).fill(["ada@example.com", "ORDER-8"]),
    );
    assert.equal((await asked("hold", "show", String(one.number)))[0].state, "confirmed");
    assert.equal(
      await terminal.refused("hold", "confirm", String(one.number)),
      "The hold was confirmed or released, or its time is over.",
    );
    const other = await held("--reference", "ORDER-9");
    assert.equal((await asked("hold", "release", String(other.number)))[0].state, "released");
    assert.deepEqual(
      (await asked("hold", "find", "ORDER-9")).map(({ state }) => state),
      ["released"],
    );
  });

  it("keeps cards in stock and sells them", async () => {
    await terminal.run("group", "add", "Cards", "--price", "10");
    const [{ number: group }] = (await asked("product", "find", "Cards")) as [{ number: number }];
    await terminal.run(
      ...["stock", "add", "--group", String(group), "--from", "6000000001", "--count", "3", "--balance", "5"],
    );
    const [one] = await asked("hold", "add", "--product", String(group), "--count", "2", "--reference", "ORDER-10");
    assert.equal(one.codes, "6000000001 6000000002");
    assert.equal(
      await terminal.refused(...["hold", "add", "--product", String(group), "--count", "2", "--reference", "X"]),
      "There are not so many free cards in stock.",
    );
    const sold = await asked("hold", "confirm", String(one.number));
    assert.deepEqual(
      sold.map(({ code }) => code),
      ["6000000001", "6000000002"],
    );
  });

  it("says in a sentence why it does nothing", async () => {
    for (const [words, sentence] of [
      [["add", "--product", "2", "--reference", "X", "--for", "25h"], "A hold lasts from 1s to 24h."],
      [["add", "--product", "2", "--reference", "X", "--for", "15"], '--for "15" is no duration, like 90s, 15m or 2h.'],
      [["add", "--product", "1", "--reference", "X", "--count", "6"], "There are not so many free places."],
      [["show", "99"], 'There is no hold 99. "counterfoil hold list" shows those of a product.'],
    ] as const) {
      assert.equal(await terminal.refused("hold", ...words), sentence);
    }
    assert.deepEqual(await terminal.run("hold", "find", "NOTHING"), ['No hold has the reference "NOTHING".']);
  });
});
