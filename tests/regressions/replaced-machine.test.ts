/**
 * The fault: a new laptop was refused as mylaptop, so its owner registered it as newlaptop. When support had released
 * mylaptop, the laptop was told that it is newlaptop already, and nothing short of releasing that, too, helped. There
 * was no command to free or move a slot, though the specification's choices promised one.
 *
 * The guarantee: a machine that holds nothing under its name leaves it for a name that was released. One that holds
 * something keeps its name, since a machine that may go to and fro with slots would install one unit on more machines
 * than were sold; an operator can take a unit from a system, so that another one can have its slot.
 */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { systemNamed } from "../../src/kinds/chart/system-name.ts";
import { startTestApp } from "../support/app.ts";
import { openPlugin } from "../support/ocharts.ts";
import { anybody } from "../support/principals.ts";
import { openTerminal } from "../support/terminal.ts";

const customer = ["--customer", "skipper@example.com"] as const;
const unit = ["GBLAQPDMG", "--product", "15", "--quantity-id", "1"] as const;

/** The sample data, in which mylaptop has slot 0, and a new laptop that is called newlaptop. */
async function openShop(t: TestContext) {
  const app = await startTestApp(t, { demo: true });
  const terminal = openTerminal(app);
  const old = await openPlugin(app, { systemName: "mylaptop" });
  assert.equal((await old.xfpr()).result, "1");
  assert.equal((await old.assign()).result, "1");
  const next = await openPlugin(app, { systemName: "newlaptop" });
  assert.match((await next.xfpr("mylaptop")).result, /^9:610:/);
  assert.equal((await next.xfpr("newlaptop")).result, "1");
  const slots = async () =>
    (await next.getlist()).charts
      .filter(({ chartid }) => chartid === "15")
      .map(({ assignedSystemName = "free" }) => assignedSystemName);
  return { ...app, terminal, old, next, slots };
}

test("a new laptop that took another name meanwhile is mylaptop as soon as that was released", async (t) => {
  const { terminal, old, next, slots } = await openShop(t);
  await terminal.run("system", "release", "mylaptop", ...customer);
  const orders = async () => (await terminal.run("order", "show", "GBLAQPDMG")).join("\n");
  assert.match(await orders(), / {2}0 +mylaptop +waits for the next machine of this name$/m);
  assert.equal((await next.xfpr("mylaptop")).result, "1");
  assert.match(await orders(), / {2}0 +mylaptop +can request 2017-2$/m);
  assert.deepEqual((await next.identifySystem()).systemNames, ["mylaptop"]);
  assert.equal((await next.request({}, "mylaptop")).result, "1");
  assert.deepEqual(await slots(), ["mylaptop", "free"]);
  assert.match((await old.xfpr("mylaptop")).result, /^9:610:/, "the old machine has lost the name");
  const systems = await terminal.run("system", "list", ...customer);
  assert.deepEqual(
    systems.slice(1).map((line) =>
      line
        .split(/ {2,}/)
        .filter((_, cell) => cell === 0 || cell === 2)
        .join(" "),
    ),
    ["mylaptop in use", "newlaptop released"],
  );
  // The name that it left is a name like any other.
  assert.equal((await old.xfpr("newlaptop")).result, "1");
});

test("one that holds charts under its name keeps it, until they are taken from it", async (t) => {
  const { terminal, next, slots } = await openShop(t);
  assert.equal((await next.assign({ slot: "1" }, "newlaptop")).result, "1");
  await terminal.run("system", "release", "mylaptop", ...customer);
  const known = "9:612:There is already a system for this machine: newlaptop";
  assert.equal((await next.xfpr("mylaptop")).result, known);
  assert.deepEqual(await slots(), ["mylaptop", "newlaptop"]);
  assert.deepEqual(await terminal.run("order", "unassign", ...unit, "--system", "NewLaptop"), [
    "GBLAQPDMG-15-1 is assigned to mylaptop.",
  ]);
  assert.equal((await next.xfpr("mylaptop")).result, "1");
  assert.deepEqual(await slots(), ["mylaptop", "free"]);
});

test("one that got a name which holds charts in the same moment keeps it too", async (t) => {
  const { app, terminal, next, slots } = await openShop(t);
  assert.equal((await next.assign({ slot: "1" }, "newlaptop")).result, "1");
  for (const name of ["mylaptop", "newlaptop"]) await terminal.run("system", "release", name, ...customer);
  const owner = await app.queries.customers.byName(1, "skipper@example.com");
  const register = (name: string) =>
    app.engine.execute({
      organizationId: 1,
      principal: anybody,
      address: null,
      command: {
        verb: "register_device",
        customerId: owner?.id ?? 0,
        device: systemNamed(name),
        fingerprint: "a third laptop",
      },
    });
  const [first, second] = await Promise.all([register("newlaptop"), register("mylaptop")]);
  assert.ok(first.ok);
  assert.deepEqual(second, { ok: false, refusal: "fingerprint_taken" });
  assert.deepEqual(await slots(), ["mylaptop", "newlaptop"]);
});

test("a system that was disabled is not left by taking another name", async (t) => {
  const { terminal, next } = await openShop(t);
  await terminal.run("system", "disable", "newlaptop", ...customer);
  await terminal.run("system", "release", "mylaptop", ...customer);
  assert.match((await next.xfpr("mylaptop")).result, /^9:612:/);
});

test("an operator takes a unit from one system or from all, and is told what there is not", async (t) => {
  const { terminal, next, slots } = await openShop(t);
  assert.equal((await next.assign({ slot: "1" }, "newlaptop")).result, "1");
  const advice = '"counterfoil order list" shows what a customer has bought.';
  assert.equal(
    await terminal.refused("order", "unassign", ...unit, "--system", "mytablet"),
    `GBLAQPDMG-15-1 is not assigned to mytablet. ${advice}`,
  );
  assert.equal(
    await terminal.refused("order", "unassign", "OTHER", ...unit.slice(1)),
    `There is no OTHER-15-1. ${advice}`,
  );
  for (let times = 0; times < 2; times++) {
    assert.deepEqual(await terminal.run("order", "unassign", ...unit), ["GBLAQPDMG-15-1 is assigned to no system."]);
  }
  assert.deepEqual(await slots(), ["free", "free"]);
});
