import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startTestApp } from "../support/app.ts";
import { makeTemporaryFolder } from "../support/folders.ts";
import { assertDocument, morClient, valuesOf } from "../support/mor.ts";
import { openTerminal } from "../support/terminal.ts";

const secret = "the-key-of-the-old-server";

test("a MOR client of the old server works unchanged on one that was set up by commands alone", async (t) => {
  const server = await startTestApp(t);
  const terminal = openTerminal(server);
  const run = async (...words: string[]) => (await terminal.run(...words)).join("\n");
  const fileOf = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, `${text}\n`);
    return path;
  };
  const folder = makeTemporaryFolder(t);

  await run("operator", "add", "admin", "--id", "900");
  await run("operator", "add", "alpha", "--role", "reseller");
  await run("setting", "set", "mor.secret", "--from-file", fileOf("key", secret));
  await run("setting", "set", "mor.api", "on");
  await run("setting", "set", "mor.secret", "--from-file", fileOf("key", secret), "--reseller", "alpha");
  await run("setting", "set", "mor.api", "on", "--reseller", "alpha");
  assert.equal(await run("group", "add", "World Card 10", "--id", "6", "--price", "12.40", "--tax", "24"), "group 6");
  await run("stock", "add", "--group", "6", "--from", "6000000001", "--count", "3", "--balance", "10.00");
  await run("customer", "add", "anna@example.com", "--id", "100", "--no-password");
  await run("customer", "add", "bruno@example.com", "--id", "101", "--reseller", "alpha", "--no-password");
  await run("device-group", "add", "Harbour", "--customer", "100", "--id", "12");
  await run("device-group", "add", "Airport", "--customer", "100", "--id", "11");
  const sip = ["--type", "SIP", "--host", "dynamic", "--port", "5060", "--primary"];
  const phoneSecret = ["--secret-from-file", fileOf("phone", "secret of 1001")];
  await run("phone", "add", "--customer", "100", "--id", "7", ...sip, "--username", "1001", ...phoneSecret);
  await run("phone", "add", "--customer", "100", "--id", "5", "--type", "FAX", "--group", "11");
  await run("phone", "add", "--customer", "101", "--id", "8", ...sip, "--username", "1011");

  const admin = morClient(server, { login: "admin", secret });
  const sold = await admin.ask("card_from_group_sell", { id: "6", quantity: "1" });
  assert.deepEqual(valuesOf(sold, "number"), ["6000000001"]);
  assertDocument(
    await admin.ask("devices_get", { user_id: "100" }),
    `
<page>
  <devices>
    <device>
      <device_id>5</device_id>
      <device_type>FAX</device_type>
      <devicegroup_id>11</devicegroup_id>
      <primary_device>no</primary_device>
      <username></username>
      <secret></secret>
      <ipaddr></ipaddr>
      <port></port>
    </device>
    <device>
      <device_id>7</device_id>
      <device_type>SIP</device_type>
      <devicegroup_id>12</devicegroup_id>
      <primary_device>yes</primary_device>
      <username>1001</username>
      <secret>secret of 1001</secret>
      <ipaddr>dynamic</ipaddr>
      <port>5060</port>
    </device>
  </devices>
</page>`,
  );
  assert.deepEqual(valuesOf(await admin.ask("device_details_get", { device_id: "7" }), "user_id"), ["100"]);
  const alpha = morClient(server, { login: "alpha", secret });
  assert.deepEqual(valuesOf(await alpha.ask("devices_get", { user_id: "101" }), "device_id"), ["8"]);

  // What is changed at the terminal is so for the client in its next request.
  await run("phone", "change", "7", "--host", "192.0.2.10", "--username", "1002");
  await run("phone", "change", "5", "--hide");
  const shown = await admin.ask("devices_get", { user_id: "100", show_hidden_devices: "0" });
  assert.deepEqual([valuesOf(shown, "ipaddr"), valuesOf(shown, "username")], [["192.0.2.10"], ["1002"]]);
  await run("phone", "remove", "7");
  assert.deepEqual(valuesOf(await admin.ask("devices_get", { user_id: "100" }), "device_id"), ["5"]);

  // What is made here later gets none of the numbers of the old server.
  assert.equal(await run("group", "add", "World Card 20", "--price", "24.80", "--tax", "24"), "group 7");
  assert.match(await run("customer", "add", "carla@example.com", "--no-password"), /^number {4}102$/m);
  const added = await run("phone", "add", "--customer", "102", "--type", "SIP");
  const [, group] = /^phone 9 of carla@example\.com, in the group (\d+)$/.exec(added) ?? [];
  assert.ok(Number(group) > 12, added);
  assert.equal(
    await terminal.refused("group", "add", "World Card 30", "--price", "1", "--id", "6"),
    "This number is taken: by another group, or by something else that is sold.",
  );
});
