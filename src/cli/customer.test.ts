import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../tests/support/app.ts";
import { eventually } from "../../tests/support/eventually.ts";
import { openPlugin } from "../../tests/support/ocharts.ts";
import { anybody } from "../../tests/support/principals.ts";
import { openTerminal, type Terminal } from "../../tests/support/terminal.ts";
import { verifyPassword } from "../access/password.ts";
import { systemNamed } from "../kinds/chart/system-name.ts";

let app: TestApp;
let terminal: Terminal;
before(async () => {
  app = await startTestApp(undefined);
  terminal = openTerminal(app);
});
after(() => app.stop());

const customerOf = (name: string) => app.app.queries.customers.byName(1, name);

/** The password that a command printed, after the name that it must have printed, and after the number of a new one. */
function passwordIn(lines: readonly string[], name: string, number?: number): string {
  const password = /^password {2}(\S{20})$/.exec(lines.at(-2) ?? "")?.[1] ?? "";
  const numbered = number === undefined ? [] : [`number    ${number}`];
  assert.deepEqual(lines, [`name      ${name}`, ...numbered, `password  ${password}`, "It is not shown again."]);
  return password;
}

/** Makes a customer; resolves with its password. */
async function add(name: string): Promise<string> {
  const lines = await terminal.run("customer", "add", name);
  return passwordIn(lines, name.trim(), (await customerOf(name))?.id);
}

describe("counterfoil customer", () => {
  it("makes a customer with a drawn password, and a new password ends the old one and its login keys", async () => {
    const name = "anna@example.com";
    const password = await add(` ${name}`);
    const made = await customerOf(name);
    assert.equal(await verifyPassword(password, made?.passwordHash ?? ""), true);
    assert.equal(made?.loginKeys.length, 1);

    const newPassword = passwordIn(await terminal.run("customer", "password", "Anna@Example.com"), name);
    const renewed = await customerOf(name);
    assert.equal(await verifyPassword(newPassword, renewed?.passwordHash ?? ""), true);
    assert.equal(await verifyPassword(password, renewed?.passwordHash ?? ""), false);
    assert.notDeepEqual(renewed?.loginKeys, made.loginKeys);
    assert.equal(renewed?.id, made.id);
  });

  it("ends the login keys of clients with the password, and lets in whoever has the new one", async () => {
    const username = "viktor@example.com";
    const password = await add(username);
    const plugin = await openPlugin(app, { username, password });
    assert.equal((await plugin.getlist()).result, "1");
    const newPassword = passwordIn(await terminal.run("customer", "password", username), username);
    await eventually("the key is refused", async () => (await plugin.getlist()).result === "6");
    assert.equal((await plugin.login(password)).result, "5");
    assert.equal((await plugin.login(newPassword)).result, "1");
    assert.equal((await plugin.getlist()).result, "1");
  });

  it("makes one who does not log in, and gives it a password later", async () => {
    assert.deepEqual(await terminal.run("customer", "add", "Boat 12", "--no-password"), [
      "name      Boat 12",
      "number    3",
      'It has no password: "counterfoil customer password" sets one.',
    ]);
    assert.equal((await customerOf("Boat 12"))?.passwordHash, null);
    const password = passwordIn(await terminal.run("customer", "password", "Boat 12"), "Boat 12");
    assert.equal(await verifyPassword(password, (await customerOf("Boat 12"))?.passwordHash ?? ""), true);
  });

  it("leaves one alone who is there already, whatever the case of the address", async () => {
    await terminal.run("customer", "add", "bruno@example.com");
    const before = await customerOf("bruno@example.com");
    assert.equal(
      await terminal.refused("customer", "add", "BRUNO@example.com"),
      'There is a customer bruno@example.com. "counterfoil customer password" sets a new password.',
    );
    assert.deepEqual(await customerOf("bruno@example.com"), before);
  });

  it("says in a sentence what cannot be a name, and who is not there", async () => {
    for (const name of [" ", "x".repeat(321)]) {
      assert.equal(await terminal.refused("customer", "add", name), "A customer has a name of 1 to 320 characters.");
    }
    const unknown = 'There is no customer carla@example.com. "counterfoil customer add" makes one.';
    assert.equal(await terminal.refused("customer", "password", "carla@example.com"), unknown);
    assert.equal(await terminal.refused("customer", "log", "carla@example.com"), unknown);
  });

  it("shows the log of what a customer has and of its systems, and nothing of others", async () => {
    const { engine } = app.app;
    await terminal.run("chart", "add", "Log Bay", "--id", "31");
    for (const name of ["diana@example.com", "egon@example.com"]) await terminal.run("customer", "add", name);
    const diana = (await customerOf("diana@example.com"))?.id ?? 0;
    const egon = (await customerOf("egon@example.com"))?.id ?? 0;
    await terminal.run("order", "add", "LOG1", "--customer", "diana@example.com", "--product", "31");
    await terminal.run("order", "add", "LOG2", "--customer", "egon@example.com", "--product", "31");
    const order = { organizationId: 1, principal: anybody, address: "192.0.2.7" } as const;
    const device = systemNamed("mylaptop");
    for (const customerId of [diana, egon]) {
      await engine.execute({ ...order, command: { verb: "register_device", customerId, device, fingerprint: "old" } });
    }
    const bind = { verb: "bind", productId: 31, code: "LOG1-31-1", device, register: false } as const;
    assert.equal((await engine.execute({ ...order, command: bind })).ok, true);
    await terminal.run("system", "release", "mylaptop", "--customer", "diana@example.com");
    await terminal.run("order", "revoke", "LOG1", "--product", "31", "--quantity-id", "1");

    const lines = await terminal.run("customer", "log", "diana@example.com");
    for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}/);
    assert.deepEqual(
      lines.map((line) => line.slice(line.indexOf("  ") + 2)),
      [
        "entitlement issued  LOG1-31-1",
        "device registered  mylaptop  from 192.0.2.7",
        "entitlement bound  LOG1-31-1  mylaptop  from 192.0.2.7",
        "device released  mylaptop",
        "entitlement revoked  LOG1-31-1",
      ],
    );
    assert.equal((await terminal.run("customer", "log", "egon@example.com")).length, 2);
  });

  it("lists, finds and shows customers, for a person and for a program, and says when there are none", async (context) => {
    const { run, end } = openTerminal(await startTestApp(context));
    assert.deepEqual(await run("customer", "list"), ["There are no customers."]);
    assert.deepEqual(await run("customer", "list", "--json"), []);
    await run("operator", "add", "alpha", "--role", "reseller");
    await run("customer", "add", "anna@example.com", "--id", "100", "--called", "Anna Åberg", "--no-password");
    await run("customer", "add", "ben@example.com", "--id", "7", "--reseller", "alpha");
    const withoutTimes = (lines: readonly string[]) => lines.map((line) => line.replace(/\d{4}-\S+Z|SINCE$/, "*"));
    const head = "NUMBER  NAME              CALLED      RESELLER  LOGS IN  *";
    const anna = "100     anna@example.com  Anna Åberg  -         no       *";
    const ben = "7       ben@example.com   -           alpha     yes      *";
    assert.deepEqual(withoutTimes(await run("customer", "list")), [head, ben, anna]);
    const [numberOf] = [(lines: readonly string[]) => lines.map((line) => JSON.parse(line).number)];
    assert.deepEqual(numberOf(await run("customer", "list", "--json", "--reseller", "alpha")), [7]);
    assert.deepEqual(numberOf(await run("customer", "list", "--json", "--house")), [100]);
    assert.deepEqual(numberOf(await run("customer", "find", "åBERG", "--json")), [100]);
    assert.deepEqual(numberOf(await run("customer", "find", "EXAMPLE.com", "--json")), [7, 100]);
    assert.deepEqual(await run("customer", "find", "%"), ['No customer has "%" in its name.']);
    const shown = [
      "number    100",
      "name      anna@example.com",
      "called    Anna Åberg",
      "reseller  -",
      "logs in   no",
    ];
    assert.deepEqual(await run("customer", "show", "Anna@example.com"), shown);
    assert.deepEqual(await run("customer", "show", "100"), shown);
    assert.equal(
      (await end("customer", "list", "--reseller", "alpha", "--house")).error,
      "Give --reseller or --house, and not both.\n",
    );
  });

  it("keeps a number from another server, which nobody else gets", async (context) => {
    const { run, refused } = openTerminal(await startTestApp(context));
    const add = (...words: string[]) => ["customer", "add", "--no-password", ...words];
    assert.deepEqual((await run(...add("anna@example.com", "--id", "100"))).slice(0, 2), [
      "name      anna@example.com",
      "number    100",
    ]);
    assert.equal((await run(...add("ben@example.com")))[1], "number    101");
    assert.equal(
      await refused(...add("carla@example.com", "--id", "100")),
      'Another customer has the number 100. "counterfoil customer show 100" shows which.',
    );
    for (const id of ["0", "x", "1.5", "-1", "1000000000000"]) {
      assert.equal(
        await refused(...add("carla@example.com", `--id=${id}`)),
        `--id "${id}" is not a whole number from 1 to 999999999999.`,
      );
    }
    assert.equal(
      await refused(...add("carla@example.com", "--reseller", "eve")),
      "There is no operator eve. There are: .",
    );
  });

  it("changes what is named and nothing else, and a number may be a name", async (context) => {
    const { run, refused } = openTerminal(await startTestApp(context));
    await run("operator", "add", "alpha", "--role", "reseller");
    await run("operator", "add", "ada");
    for (const [name, id] of [
      ["anna@example.com", "100"],
      ["7", "101"],
      ["ben@example.com", "7"],
    ] as const) {
      await run("customer", "add", name, "--id", id, "--no-password");
    }
    const facts = async (...words: string[]) =>
      (await run("customer", "change", ...words)).map((line) => line.slice(10));
    assert.deepEqual(await facts("100", "--reseller", "alpha"), ["100", "anna@example.com", "-", "alpha"]);
    assert.deepEqual(await facts("100", "--called", "Anna"), ["100", "anna@example.com", "Anna", "alpha"]);
    assert.deepEqual(await facts("100", "--name", "a@example.com", "--house"), ["100", "a@example.com", "Anna", "-"]);
    assert.deepEqual(await facts("101", "--name", "8"), ["101", "8", "-", "-"]);
    await run("customer", "change", "8", "--name", "7");
    assert.equal(
      await refused("customer", "show", "7"),
      "7 is the name of the customer 101, and the number of ben@example.com. Give the other name or number.",
    );
    assert.equal(await refused("customer", "change", "100", "--name", "7"), "There is another customer 7.");
    assert.equal(
      await refused("customer", "change", "100", "--name", " "),
      "A customer has a name of 1 to 320 characters.",
    );
    assert.match(await refused("customer", "change", "100", "--reseller", "ada"), /^ada is no reseller\./);
    assert.match(await refused("customer", "change", "100"), /^Nothing is to be changed/);
  });
});
