import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startTestApp, type TestApp } from "../../../../tests/support/app.ts";
import { openPlugin } from "../../../../tests/support/ocharts.ts";
import { anybody } from "../../../../tests/support/principals.ts";
import { openTerminal, type Terminal } from "../../../../tests/support/terminal.ts";
import { systemNamed } from "../../../kinds/chart/system-name.ts";

const customer = ["--customer", "skipper@example.com"] as const;

let app: TestApp;
let terminal: Terminal;
let customerId: number;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  terminal = openTerminal(app);
  customerId = (await app.app.queries.customers.byName(1, "skipper@example.com"))?.id ?? 0;
});
after(() => app.stop());

/** What becomes of it when a client registers a machine: `ok`, or why not. */
async function register(name: string, fingerprint: string): Promise<string> {
  const outcome = await app.app.engine.execute({
    organizationId: 1,
    principal: anybody,
    address: "192.0.2.7",
    command: { verb: "register_device", customerId, device: systemNamed(name), fingerprint },
  });
  return outcome.ok ? "ok" : outcome.refusal;
}

describe("counterfoil system", () => {
  it("lists the systems of all customers or of one in the order of their registration, and finds them", async () => {
    assert.deepEqual(await terminal.run("system", "list", ...customer), ["There are no systems."]);
    for (const name of ["three", "one", "two"]) assert.equal(await register(name, `machine of ${name}`), "ok");
    await terminal.run("system", "release", "three", ...customer);
    await terminal.run("system", "disable", "two", ...customer);
    const rows = [
      ["three", "skipper@example.com", "released", 0],
      ["one", "skipper@example.com", "in use", 0],
      ["two", "skipper@example.com", "disabled", 0],
    ];
    const listed = async (...words: string[]) =>
      (await terminal.run("system", ...words, "--json")).map((line) => {
        const { name, customer: of, state, holds, since } = JSON.parse(line);
        assert.match(since, /^\d{4}-\d\d-\d\dT\S+Z$/);
        return [name, of, state, holds];
      });
    assert.deepEqual(await listed("list", ...customer), rows);
    assert.deepEqual(await listed("list"), rows, "of all customers");
    assert.deepEqual(await listed("find", "TW"), rows.slice(2));
    assert.deepEqual(await listed("find", "skipper@"), rows);
    assert.deepEqual(await terminal.run("system", "find", "nobody"), [
      'No system or customer has "nobody" in its name.',
    ]);
  });

  it("releases a system whose machine changed: the next machine takes the name and what it holds, and the log says so", async () => {
    assert.equal(await register("mylaptop", "old machine"), "ok");
    const unit = { productId: 15, code: "GBLAQPDMG-15-1" };
    const device = systemNamed("mylaptop");
    const order = { organizationId: 1, principal: anybody, address: null } as const;
    await app.app.engine.execute({ ...order, command: { verb: "bind", ...unit, device, register: false } });
    assert.equal(await register("mylaptop", "new machine"), "fingerprint_differs");

    const meaning = "The next machine that registers under this name takes it, with the charts that it holds.";
    assert.deepEqual(await terminal.run("system", "release", "mylaptop", ...customer), [
      `mylaptop is released. ${meaning}`,
    ]);
    assert.deepEqual(await terminal.run("system", "release", "mylaptop", ...customer), [
      `mylaptop is released already. ${meaning}`,
    ]);
    assert.equal(await register("mylaptop", "new machine"), "ok");
    assert.equal(await register("mylaptop", "old machine"), "fingerprint_differs");
    const held = await app.app.queries.entitlements.heldByCode(1, unit.code);
    assert.deepEqual(
      held?.bindings.map(({ slot, device }) => [slot, device.name]),
      [[0, "mylaptop"]],
    );
    const [shown = ""] = await terminal.run("system", "show", "mylaptop", ...customer, "--json");
    const { state, holds } = JSON.parse(shown);
    assert.deepEqual([state, holds], ["in use", unit.code]);
    const log = await terminal.run("customer", "log", "skipper@example.com");
    assert.deepEqual(
      log.flatMap((line) => / {2}(device \w+) {2}mylaptop\b/.exec(line)?.[1] ?? []),
      ["device registered", "device released", "device registered"],
    );
  });

  it("lets a customer's client go on from a new machine, and bars a system that is disabled", async () => {
    const plugin = await openPlugin(app, { systemName: "myandroid" });
    const place = { slot: "1" };
    assert.equal((await plugin.xfpr()).result, "1");
    assert.equal((await plugin.assign(place)).result, "1");
    const newMachine = { uuid: "the new machine" };
    assert.match((await plugin.xfpr("myandroid", newMachine)).result, /^9:610:/);
    await terminal.run("system", "release", "myandroid", ...customer);
    assert.equal((await plugin.xfpr("myandroid", newMachine)).result, "1");
    await terminal.run("system", "disable", "myandroid", ...customer);
    assert.equal((await plugin.request(place)).code, "11");
    await terminal.run("system", "enable", "myandroid", ...customer);
    assert.equal((await plugin.request(place)).result, "1");
  });

  it("disables a system and enables it again", async () => {
    assert.equal(await register("myraspberry", "small machine"), "ok");
    const state = async () => {
      const lines = await terminal.run("system", "list", ...customer);
      return lines.find((line) => line.startsWith("myraspberry "))?.split(/ {2,}/)[2];
    };
    const disabled = "It takes no charts any more; those that it has stay installed.";
    assert.deepEqual(await terminal.run("system", "disable", "myraspberry", ...customer), [
      `myraspberry is disabled. ${disabled}`,
    ]);
    assert.equal(await state(), "disabled");
    assert.deepEqual(await terminal.run("system", "disable", "myraspberry", ...customer), [
      `myraspberry is disabled already. ${disabled}`,
    ]);
    assert.deepEqual(await terminal.run("system", "enable", "myraspberry", ...customer), [
      "myraspberry is enabled. It can be used.",
    ]);
    assert.equal(await state(), "in use");
  });

  it("says which systems there are when a name is unknown, and who is unknown", async () => {
    await terminal.run("customer", "add", "frida@example.com", "--no-password");
    assert.equal(
      await terminal.refused("system", "release", "mytablet", "--customer", "frida@example.com"),
      "frida@example.com has no system mytablet: there is none.",
    );
    await register("mytablet", "flat machine");
    assert.match(
      await terminal.refused("system", "disable", "mytable", ...customer),
      /^skipper@example\.com has no system mytable\. There are: (\w+, )*mytablet(, \w+)*\.$/,
    );
    const unknown = 'There is no customer eve@example.com. "counterfoil customer add" makes one.';
    assert.equal(await terminal.refused("system", "list", "--customer", "eve@example.com"), unknown);
    assert.equal(await terminal.refused("system", "enable", "mytablet", "--customer", "eve@example.com"), unknown);
  });
});
