/** Logins of clients of every age, and systems: names, machines and dongles. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import { addCustomer } from "../../../tests/support/ocharts.ts";
import { oesuLine, openClient } from "../../../tests/support/oesu.ts";

const hex = (text: string) => Buffer.from(text).toString("hex");

test("a password is found however a client of any age sends it: in hexadecimal, escaped before, clear, escaped or raw", async (t) => {
  const app = await startTestApp(t);
  await addCustomer(app, "sea+dog@example.com", "50% & +é");
  const client = await openClient(app, { key: "0" });
  const login = async (task: string, username: string, password: string) =>
    client.send(`taskId=${task}&username=${username}&password=${password}&version=r.2.1.4`);
  const right: readonly (readonly [task: string, password: string])[] = [
    ["login2", hex("50% & +é").toUpperCase()],
    ["login2", hex("50% & +é")],
    ["login2", hex(encodeURIComponent("50% & +é"))],
    ["login", encodeURIComponent("50% & +é")],
  ];
  for (const [task, password] of right) {
    for (const username of ["sea+dog@example.com", "sea%2Bdog%40example.com", "%20SEA+DOG@example.com "]) {
      const { result, key } = await login(task, username, password);
      assert.equal(result, "1", `${task} ${password} ${username}`);
      assert.match(key ?? "", /^[0-9a-f]{32}$/);
    }
  }
  await addCustomer(app, "raw@example.com", "100%+x");
  assert.equal((await login("login", "raw@example.com", "100%+x")).result, "1");
  for (const [task, password, expected] of [
    ["login2", hex("wrong"), "6"],
    ["login", "wrong", "6"],
    ["login2", "xyz", "5"],
    ["login2", "ABC", "5"],
    ["login2", "FFFE", "5"],
  ] as const) {
    const { result, key } = await login(task, "raw@example.com", password);
    assert.deepEqual([result, key], [expected, undefined], password);
  }
});

test("a machine is told its name in exactly two characters that it has none, and a new name is the same twice", async (t) => {
  const app = await startTestApp(t);
  await addCustomer(app);
  const client = await openClient(app);
  assert.equal((await client.identifySystem()).result, "8l");
  assert.match(client.last?.text ?? "", /<result>8l<\/result>/);
  for (let turn = 0; turn < 2; turn++) assert.equal((await client.xfpr()).result, "1");
  const { result, systemNames } = await client.identifySystem();
  assert.deepEqual([result, systemNames], ["1", ["mylaptop"]]);
  assert.equal((await client.xfpr("mylaptop", { uuid: "another" })).result, "8h");
  assert.equal((await client.xfpr("another")).result, "8j");
  assert.equal((await client.identifySystem({ uuid: "another" })).result, "8l");
  const second = await openClient(app, { systemName: "Box1" });
  assert.equal((await second.xfpr()).result, "1");
  assert.deepEqual((await second.identifySystem()).systemNames, ["Box1"], "kept as it was typed");
  assert.equal((await second.xfpr("box1")).result, "8j", "names are unique in any case");
});

test("a dongle has the name of its serial, and no other system a name that begins like one", async (t) => {
  const app = await startTestApp(t);
  await addCustomer(app);
  const client = await openClient(app);
  assert.equal((await client.xfpr("sgl0001A2B3", { dongle: "0001A2B3", uuid: "d" })).result, "1");
  assert.equal((await client.xfpr("sgl0001A2B4", { dongle: "0001A2B3", uuid: "d" })).result, "8h");
  assert.equal((await client.xfpr("mydongle", { dongle: "0001A2B3", uuid: "d" })).result, "8h");
  for (const name of ["sglfoo", "SGL0001A2B3", "sgl0001a2b3", "Sgl1", "sgl"]) {
    assert.equal((await client.xfpr(name, { uuid: name })).result, "3k", name);
  }
  assert.deepEqual((await client.getlist()).systemNames, ["sgl0001A2B3"]);
});

test("parameters may come in any order, twice, with others, and with the body of another API's client", async (t) => {
  const app = await startTestApp(t);
  await addCustomer(app);
  const client = await openClient(app);
  const body = client.bodyOf("getlist", { debug: "me@example.com", newer: "x" });
  assert.equal((await client.send(body.split("&").reverse().join("&"))).result, "1");
  assert.equal((await client.send(`${body}&key=${"0".repeat(32)}`)).result, "1", "the first counts");
  const other = oesuLine.replace("controller=apioesu", "controller=api");
  assert.match((await client.sendRaw(client.bodyOf("getlist"), other)).text, /<result>1<\/result>/, "the older API");
  const inBody = await client.sendRaw(`${body}&fc=module&module=occharts&controller=apioesu`, "POST /shop/index.php");
  assert.match(inBody.text, /9:615/, "only the query tells the two APIs apart");
});
