/** MOR API devices get, MOR API device details get - /billing/api/devices_get, /billing/api/device_list, /billing/api/device_details_get */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { startTestApp, type TestApp } from "../../../tests/support/app.ts";
import {
  addReseller,
  assertDocument,
  assertError,
  type MorClient,
  morClient,
  sha1,
  valuesOf,
} from "../../../tests/support/mor.ts";

let app: TestApp;
let client: MorClient;
before(async () => {
  app = await startTestApp(undefined, { demo: true });
  client = morClient(app);
});
after(() => app.stop());

const printed = "/billing/api/devices_get?u=admin&user_id=100&hash=71516eea4850f7e0300ac86adf9fb64bca845aa7";

const devicesOf100 = `
<page>
  <devices>
    <device>
      <device_id>1</device_id>
      <device_type>SIP</device_type>
      <devicegroup_id>1</devicegroup_id>
      <primary_device>yes</primary_device>
      <username>1001</username>
      <secret>demo-secret-1001</secret>
      <ipaddr>dynamic</ipaddr>
      <port>5060</port>
    </device>
    <device>
      <device_id>2</device_id>
      <device_type>IAX2</device_type>
      <devicegroup_id>1</devicegroup_id>
      <primary_device>no</primary_device>
      <username>1002</username>
      <secret>demo-secret-1002</secret>
      <ipaddr>192.0.2.10</ipaddr>
      <port>4569</port>
    </device>
  </devices>
</page>`;

test("the request of the documentation, as printed, lists the devices of the user", async () => {
  assertDocument(await client.send(printed), devicesOf100);
});

test("both names of the call list, with a slash at the end or without", async () => {
  for (const path of ["devices_get/", "device_list", "device_list/", "DEVICES_GET"]) {
    assertDocument(await client.send(printed.replace("devices_get", path)), devicesOf100);
  }
});

test("a user without devices has an empty list", async () => {
  assertDocument(await client.ask("devices_get", { user_id: "102" }), "<page>\n  <devices/>\n</page>");
});

test("no user_id, or an empty one, has a hash of the key alone and is an error of its own", async () => {
  const query = new URLSearchParams({ u: "admin", hash: sha1("456789") });
  assertError(await client.send(`/billing/api/devices_get?${query}`), "device", "user_id is empty");
  query.set("user_id", "");
  assertError(await client.send(`/billing/api/devices_get?${query}`), "device", "user_id is empty");
});

test("the hash of the key alone does not open the devices of a user", async () => {
  const query = new URLSearchParams({ u: "admin", user_id: "100", hash: sha1("456789") });
  assertError(await client.send(`/billing/api/devices_get?${query}`), "status", "Incorrect hash");
});

test("a user who is not there, is somebody else's or cannot be one is not found", async () => {
  for (const id of ["999999", "101", "x", "-1", "1.0", " 100", "100;", "9".repeat(30), "0"]) {
    assertError(await client.ask("devices_get", { user_id: id }), "device", "User not found");
  }
});

test("zeros before a number are part of the hash and not of the number", async () => {
  assertDocument(await client.ask("devices_get", { user_id: "0100" }), devicesOf100);
});

test("hidden devices are listed unless show_hidden_devices is 0", async () => {
  const { administration } = app.app;
  const customerId = await administration.putCustomer(1, { name: "hidden@example.com", ownerId: null });
  const device = { customerId, type: "SIP", secret: "s", host: "", port: null };
  await administration.addPhoneDevice(1, { ...device, username: "shown" });
  await administration.addPhoneDevice(1, { ...device, username: "hidden", isHidden: true });
  const named = async (parameters: Record<string, string>) =>
    valuesOf(await client.ask("devices_get", { user_id: String(customerId), ...parameters }), "username");
  assert.deepEqual(await named({}), ["shown", "hidden"]);
  assert.deepEqual(await named({ show_hidden_devices: "1" }), ["shown", "hidden"]);
  assert.deepEqual(await named({ show_hidden_devices: "" }), ["shown", "hidden"]);
  assert.deepEqual(await named({ show_hidden_devices: "0" }), ["shown"]);
});

test("what a device does not have is an empty element, and what XML reserves is escaped, never CDATA", async () => {
  const { administration } = app.app;
  const customerId = await administration.putCustomer(1, { name: "odd@example.com", ownerId: null });
  const odd = {
    customerId,
    type: "Virtual",
    username: `<a> & "b" 'c' é\u{1f4de}`,
    secret: "]]>&amp;",
    host: "",
    port: null,
  };
  await administration.addPhoneDevice(1, odd);
  const answer = await client.ask("devices_get", { user_id: String(customerId) });
  const element = (name: string) => answer.text.match(new RegExp(`^ {6}<${name}>(.*)</${name}>$`, "m"))?.[1];
  assert.equal(element("username"), "&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos; é\u{1f4de}");
  assert.equal(element("secret"), "]]&gt;&amp;amp;");
  assert.equal(element("ipaddr"), "");
  assert.equal(element("port"), "");
  assert.doesNotMatch(answer.text, /CDATA/);
});

test("no device has an attribute or an element in an element", async () => {
  const { text } = await client.send(printed);
  const devices = [...text.matchAll(/<device>(.*?)<\/device>/gs)].map(([, inside = ""]) => inside);
  assert.equal(devices.length, 2);
  for (const inside of devices) assert.match(inside, /^(?:\s*<([a-z_]+)>[^<]*<\/\1>)*\s*$/);
});

test("a client that takes gzip gets it, and any other the text, also of a short list and of an error", async () => {
  for (const path of [printed, "/billing/api/devices_get?u=admin"]) {
    const plain = await client.send(path);
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(plain.headers.vary, "accept-encoding");
    const packed = await client.send(path, { headers: { "accept-encoding": "gzip, deflate" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.equal(packed.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(gunzipSync(packed.body).toString("utf8"), plain.text);
    const refused = await client.send(path, { headers: { "accept-encoding": "gzip;q=0" } });
    assert.equal(refused.text, plain.text);
  }
});

test("with the setting always, lists and their errors are gzip whatever the client takes, and nothing else is", async () => {
  const { administration } = app.app;
  const plain = await client.send(printed);
  await administration.putSetting(1, "mor.gzip", "always");
  const strict = morClient(app);
  const paths = [printed, printed.replace("devices_get", "device_list"), printed.replace("456", "457")];
  for (const path of [...paths, "/billing/api/devices_get?u=nobody"]) {
    const answer = await strict.send(path);
    assert.equal(answer.headers["content-encoding"], "gzip");
    const text = gunzipSync(answer.body).toString("utf8");
    if (path === printed) assert.equal(text, plain.text);
  }
  const group = await strict.ask("card_group_get", { id: "6" });
  assert.equal(group.headers["content-encoding"], undefined);
  await administration.putSetting(1, "mor.gzip", undefined);
});

test("a reseller lists the devices of its own users only, and nobody lists another's", async () => {
  const { administration } = app.app;
  const other = await addReseller(app, "devices-reseller");
  const theirs = await administration.putCustomer(1, { name: "theirs@example.com", ownerId: other });
  const device = { customerId: theirs, type: "SIP", username: "theirs", secret: "s", host: "", port: 1 };
  const id = await administration.addPhoneDevice(1, device);
  const callers = {
    house: client,
    reseller: morClient(app, { login: "reseller" }),
    other: morClient(app, { login: "devices-reseller" }),
  };
  const users: Record<string, string> = { house: "100", reseller: "101", other: String(theirs) };
  const devices: Record<string, string> = { house: "1", reseller: "3", other: String(id) };
  for (const [caller, { ask }] of Object.entries(callers)) {
    for (const owner of Object.keys(users)) {
      const list = await ask("devices_get", { user_id: users[owner] ?? "" });
      const details = await ask("device_details_get", { device_id: devices[owner] ?? "" });
      if (caller === owner) {
        assert.notEqual(valuesOf(list, "device_id").length, 0);
        assert.deepEqual(valuesOf(details, "id"), [devices[owner]]);
      } else {
        assertError(list, "device", "User not found");
        assertError(details, "device", "Device was not found");
      }
    }
  }
});

test("device_details_get gives what is kept of a device", async () => {
  const { administration } = app.app;
  const customerId = await administration.putCustomer(1, { name: "details@example.com", ownerId: null });
  const id = await administration.addPhoneDevice(1, {
    customerId,
    type: "IAX2",
    username: "1234",
    secret: "hush",
    host: "192.0.2.7",
    port: 4569,
    callerId: '"1234" <1234>',
    description: "Desk & hall",
  });
  const answer = await client.ask("device_details_get", { device_id: String(id) });
  const [group = ""] = valuesOf(answer, "devicegroup_id");
  assertDocument(
    answer,
    `
<page>
  <id>${id}</id>
  <name>1234</name>
  <host>192.0.2.7</host>
  <secret>hush</secret>
  <ipaddr>192.0.2.7</ipaddr>
  <port>4569</port>
  <callerid>&quot;1234&quot; &lt;1234&gt;</callerid>
  <username>1234</username>
  <device_type>IAX2</device_type>
  <user_id>${customerId}</user_id>
  <devicegroup_id>${group}</devicegroup_id>
  <description>Desk &amp; hall</description>
  <codecs>
    <audio_codecs></audio_codecs>
    <video_codecs></video_codecs>
  </codecs>
</page>`,
  );
  for (const wrong of ["", "x", "999999", "-5", "5 "]) {
    assertError(await client.ask("device_details_get", { device_id: wrong }), "device", "Device was not found");
  }
});
