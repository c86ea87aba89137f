import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entitlement, newEntitlement } from "../../core/entitlement.ts";
import type { LogEntry } from "../../core/log-entry.ts";
import { newProduct, type Product } from "../../core/product.ts";
import {
  apikeyLines,
  type BarcodeView,
  barcodeActionLines,
  barcodeLines,
  clientEventHead,
  conflictLines,
  document,
  errorLine,
  eventActionLines,
  eventLine,
  eventLines,
  keyLine,
  listedApikeyLines,
} from "./encode.ts";

const product = newProduct({
  id: 1,
  kind: "event",
  name: "Ropecon 2009",
  description: "Roolipelit",
  startsAtMs: 1_244_620_800_000,
  endsAtMs: 1_244_905_200_000,
  capacity: 500,
  issued: 123,
  everIssued: true,
  createdAtMs: 0,
});

const barcode = newEntitlement({
  id: 9,
  productId: 1,
  code: "983475629310",
  customer: { id: 1, name: "foobar@helsinki.fi", ownerId: null, displayName: "" },
  inStock: false,
  issuedAtMs: 0,
});

const redemption = {
  atMs: 121_999,
  accessKeyId: 5,
  operatorId: null,
  gateId: null,
  address: "62.182.115.120",
  channel: "nokkis",
  reportedAtMs: null,
};

test("a document declares itself, and an empty one stands on one line as it is printed", () => {
  assert.equal(document("<a/>\n"), '<?xml version="1.0" encoding="UTF-8"?>\n<nokkis>\n<a/>\n</nokkis>\n');
  assert.equal(document(""), '<?xml version="1.0" encoding="UTF-8"?>\n<nokkis> </nokkis>\n');
});

test("an error is a line", () => {
  assert.equal(errorLine({ id: 24, text: "Event not found" }), '<error id="24">Event not found</error>\n');
});

test("an event has the printed elements in the printed order, a description only if there is one", () => {
  const head = '<event id="1">\n<name>Ropecon 2009</name>\n';
  const rest =
    "<startdate>1244620800</startdate>\n<enddate>1244905200</enddate>\n<num_tickets>123</num_tickets>\n<max_tickets>500</max_tickets>\n";
  assert.equal(eventLines(product, []), `${head}<description>Roolipelit</description>\n${rest}</event>\n`);
  assert.equal(
    eventLines({ ...product, description: "" }, ["a", "b"]),
    `${head}${rest}<apikey>a</apikey>\n<apikey>b</apikey>\n</event>\n`,
  );
});

test("a bound that an event of another protocol does not have is an empty element", () => {
  assert.match(
    eventLines({ ...product, startsAtMs: null, endsAtMs: null, capacity: null }, []),
    /<startdate><\/startdate>\n<enddate><\/enddate>\n<num_tickets>123<\/num_tickets>\n<max_tickets><\/max_tickets>/,
  );
});

test("times are whole Unix seconds, rounded down", () => {
  assert.match(eventLines({ ...product, startsAtMs: 1_999, endsAtMs: 2_000 }, []), /<startdate>1<.*\n<enddate>2</);
});

test("the head of an event in the file of a gate names the one apikey and no numbers of tickets", () => {
  assert.equal(
    clientEventHead(product, "ABCDE12345"),
    '<event id="1">\n<name>Ropecon 2009</name>\n<startdate>1244620800</startdate>\n<enddate>1244905200</enddate>\n<apikey>ABCDE12345</apikey>\n',
  );
});

/** How barcodes are shown to a caller who sees everything. */
const full: BarcodeView = { showsNames: true, admits: undefined };

test("a barcode is used or not, and valid only while it is unused, not invalidated, and its event neither", () => {
  const states: readonly (readonly [Partial<Entitlement>, Partial<Product>, status: number, valid: number])[] = [
    [{}, {}, 0, 1],
    [{ redemption }, {}, 1, 0],
    [{ revokedAtMs: 1 }, {}, 0, 0],
    [{ redemption, revokedAtMs: 1 }, {}, 1, 0],
    [{}, { retiredAtMs: 1 }, 0, 0],
    [{ redemption }, { retiredAtMs: 1 }, 1, 0],
  ];
  for (const [state, of, status, valid] of states) {
    assert.equal(
      barcodeLines({ ...barcode, ...state }, { ...product, ...of }, eventLine(product), full),
      `<barcode key="983475629310">\n<event id="1">Ropecon 2009</event>\n<user id="1">foobar@helsinki.fi</user>\n<status>${status}</status>\n<valid>${valid}</valid>\n</barcode>\n`,
    );
  }
});

test("a gate without the right sees no names, and barcodes of other categories are not valid for one that is limited", () => {
  const lines = (category: string | null, view: BarcodeView) =>
    barcodeLines({ ...barcode, category }, product, "", view);
  assert.match(lines(null, { showsNames: false, admits: undefined }), /\n<user><\/user>\n.*\n<valid>1</);
  for (const [category, valid] of [
    ["adult", 1],
    ["child", 0],
    [null, 0],
  ] as const) {
    const limited = lines(category, { showsNames: true, admits: ["adult", "helper"] });
    assert.match(limited, new RegExp(`<user id="1">.*\n<status>0</status>\n<valid>${valid}<`), String(category));
    assert.match(lines(category, full), /<valid>1</);
  }
});

test("a barcode without an owner has an empty user, and in the file of a gate no event", () => {
  assert.equal(
    barcodeLines({ ...barcode, customer: null }, product, "", full),
    '<barcode key="983475629310">\n<user></user>\n<status>0</status>\n<valid>1</valid>\n</barcode>\n',
  );
});

test("the clock does not make a barcode invalid", () => {
  assert.match(barcodeLines(barcode, { ...product, startsAtMs: 0, endsAtMs: 0 }, "", full), /<valid>1</);
});

test("whatever stands in names, users, keys and apikeys, the lines stay well-formed", () => {
  const wild = `<&>"'`;
  const text = "&lt;&amp;&gt;&quot;&apos;";
  assert.match(
    eventLines({ ...product, name: wild, description: wild }, [wild]),
    new RegExp(`>${text}<.*\n.*>${text}<`),
  );
  assert.equal(eventLine({ id: 1, name: wild }), `<event id="1">${text}</event>\n`);
  assert.equal(apikeyLines([wild]), `<apikey>${text}</apikey>\n`);
  assert.equal(keyLine({ code: wild }), `<barcode key="${text}" />\n`);
  assert.match(
    barcodeLines(
      { ...barcode, code: wild, customer: { id: 1, name: wild, ownerId: null, displayName: wild } },
      product,
      "",
      full,
    ),
    new RegExp(`^<barcode key="${text}">\n<user id="1">${text}</user>\n`),
  );
  const listed = listedApikeyLines({ key: wild, products: [{ id: 3, name: wild }] });
  assert.equal(listed, `<apikey id="${text}">\n<event id="3">${text}</event>\n</apikey>\n`);
});

const action: LogEntry = {
  id: 50_000,
  kind: "entitlement_redeemed",
  productId: 1,
  entitlementId: 9,
  code: "99996360198278",
  occurredAtMs: 128_777_000,
  recordedAtMs: 200_000_000,
  refusal: null,
  accessKey: "82734728737",
  principal: { kind: "access_key", id: 5 },
  gate: { id: 3, name: "North" },
  address: "62.182.115.120",
  channel: "nokkis",
};

test("an action of a barcode has the printed form, with the time at which it happened", () => {
  assert.equal(
    barcodeActionLines(action),
    `<action id="50000">
<barcode key="99996360198278" />
<apikey>82734728737</apikey>
<ip>62.182.115.120</ip>
<action_time>128777</action_time>
<action_data>barcode_used</action_data>
</action>
`,
  );
});

test("an action without an apikey or an address has empty elements", () => {
  assert.match(barcodeActionLines({ ...action, accessKey: null, address: null }), /<apikey><\/apikey>\n<ip><\/ip>\n/);
});

test("an action of an event has the printed form", () => {
  assert.equal(
    eventActionLines({ ...action, id: 523_456, kind: "product_changed", code: null, occurredAtMs: 1_235_553_883_999 }),
    `<action id="523456">
<ip>62.182.115.120</ip>
<action_time>1235553883</action_time>
<action_data>event_modified</action_data>
</action>
`,
  );
});

test("every kind of action has a word of its own, two of them as printed", () => {
  const words: Record<string, string> = {
    product_created: "event_created",
    product_changed: "event_modified",
    product_retired: "event_invalidated",
    entitlement_issued: "barcode_created",
    entitlement_redeemed: "barcode_used",
    entitlement_revoked: "barcode_invalidated",
    product_stocked: "event_stocked",
    entitlement_sold: "barcode_sold",
    entitlement_topped_up: "barcode_topped_up",
    entitlement_bound: "barcode_bound",
    entitlement_unbound: "barcode_unbound",
    edition_added: "edition_added",
    device_registered: "device_registered",
    device_released: "device_released",
    device_disabled: "device_disabled",
    device_enabled: "device_enabled",
    delivery_requested: "delivery_requested",
    delivery_ready: "delivery_ready",
    delivery_ended: "delivery_ended",
  };
  for (const [kind, word] of Object.entries(words)) {
    assert.match(eventActionLines({ ...action, kind }), new RegExp(`<action_data>${word}</action_data>`));
  }
});

const conflict = { code: "7", entitlementId: 1, category: null };

test("a conflict without a use that counts tells why the one that is reported was refused", () => {
  const lost = { atMs: 2_000, accessKeyId: null, operatorId: null, gateId: null, address: "10.0.0.1", accessKey: "A" };
  assert.equal(
    conflictLines({ ...conflict, id: 5, kept: null, lost, refusal: "entitlement_revoked", recordedAtMs: 3_000 }),
    `<conflict id="5">
<barcode key="7" />
<lost>
<apikey>A</apikey>
<ip>10.0.0.1</ip>
<action_time>2</action_time>
</lost>
<refusal id="44">Invalid barcode</refusal>
</conflict>
`,
  );
});

test("a conflict names the use that counts and the one that lost", () => {
  const kept = { atMs: 1_000, accessKeyId: null, operatorId: null, gateId: null, address: "10.0.0.1", accessKey: "A" };
  const lost = { atMs: 2_000, accessKeyId: null, operatorId: 7, gateId: null, address: null, accessKey: null };
  assert.equal(
    conflictLines({ ...conflict, id: 4, kept, lost, refusal: "already_redeemed", recordedAtMs: 3_000 }),
    `<conflict id="4">
<barcode key="7" />
<kept>
<apikey>A</apikey>
<ip>10.0.0.1</ip>
<action_time>1</action_time>
</kept>
<lost>
<apikey></apikey>
<ip></ip>
<action_time>2</action_time>
</lost>
</conflict>
`,
  );
});
