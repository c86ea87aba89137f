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

/** The password that a command printed, after the name that it must have printed. */
function passwordIn(lines: readonly string[], name: string): string {
  const password = /^password {2}(\S{20})$/.exec(lines[1] ?? "")?.[1] ?? "";
  assert.deepEqual(lines, [`name      ${name}`, `password  ${password}`, "It is not shown again."]);
  return password;
}

describe("counterfoil customer", () => {
  it("makes a customer with a drawn password, and a new password ends the old one and its login keys", async () => {
    const name = "anna@example.com";
    const password = passwordIn(await terminal.run("customer", "add", ` ${name}`), name);
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
    const password = passwordIn(await terminal.run("customer", "add", username), username);
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
});
