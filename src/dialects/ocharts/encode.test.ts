import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FormatError } from "../../wire/format-error.ts";
import { childOf, childrenOf, readXml, type XmlElement } from "../../wire/xml-read.ts";
import { refuse } from "./answer.ts";
import { type Download, type ListedSlot, type ListedUnit, listDocument, successDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";

const declaration = '<?xml version="1.0" encoding="utf-8"?>\n';

const download: Download = {
  link: "https://charts.example.com/shop/chart-UK-2017-2.zip?expires=1495855975&signature=abc",
  sizeBytes: 1_000_000_000,
  sha1: "a".repeat(40),
  sha256: "b".repeat(64),
};

/** A unit of which there is one slot. */
type OnlySlot = Omit<ListedUnit, "slots"> & ListedSlot;

const slot: OnlySlot = {
  order: "GBLAQPDMG",
  purchasedAtMs: Date.UTC(2017, 4, 18, 23, 59, 59),
  expiresAtMs: Date.UTC(2018, 4, 18),
  chartId: "15",
  edition: { name: "2017-2", publishedAtMs: Date.UTC(2017, 3, 1) },
  name: "British Isles 2017",
  quantityId: 1,
  slot: 0,
  assignedSystemName: "mylaptop",
  lastRequested: "2017-2",
  state: download,
};

function list(...slots: readonly OnlySlot[]): string {
  return listDocument({ units: slots.map(unitOf), systemNames: [], disabledSystemNames: [] });
}

function unitOf({ slot, assignedSystemName, lastRequested, state, ...unit }: OnlySlot): ListedUnit {
  return { ...unit, slots: [{ slot, assignedSystemName, lastRequested, state }] };
}

function rootOf(text: string): XmlElement {
  const root = readXml(Buffer.from(text, "utf8"), { bytesMax: 10_000_000 });
  assert.ok(!(root instanceof FormatError), text);
  return root;
}

function fieldOf(text: string, name: string): string {
  const chart = childOf(rootOf(text), "chart");
  const field = chart && childOf(chart, name);
  assert.ok(field !== undefined, name);
  return field.text;
}

test("a success, a key, a system's name and a failure are answered as the specification prints them", () => {
  assert.equal(successDocument(), `${declaration}<response>\n<result>1</result>\n</response>\n`);
  assert.equal(
    successDocument("key", "0123456789abcdef0123456789abcdef"),
    `${declaration}<response>\n<result>1</result>\n<key>0123456789abcdef0123456789abcdef</key>\n</response>\n`,
  );
  assert.equal(
    successDocument("systemName", "mylaptop"),
    `${declaration}<response>\n<result>1</result>\n<systemName>mylaptop</systemName>\n</response>\n`,
  );
  assert.equal(
    refuse(new ProtocolError("machineKnown", undefined, "mylaptop")).body,
    `${declaration}<response>\n<result>9:612:There is already a system for this machine: mylaptop</result>\n</response>\n`,
  );
});

test("a chart has every element, in the order of the specification's sample, with its references in the link", () => {
  const text = listDocument({
    units: [unitOf(slot)],
    systemNames: ["mylaptop", "mydesktop"],
    disabledSystemNames: ["old1", "old2"],
  });
  assert.equal(
    text,
    `${declaration}<response>
<result>1</result>
<chart>
<order>GBLAQPDMG</order>
<purchase>2017-05-18</purchase>
<expiration>2018-05-18</expiration>
<chartid>15</chartid>
<thumbLink></thumbLink>
<chartEdition>2017-2</chartEdition>
<chartPublication>2017-04-01</chartPublication>
<chartName>British Isles 2017</chartName>
<quantityId>1</quantityId>
<slot>0</slot>
<assignedSystemName>mylaptop</assignedSystemName>
<lastRequested>2017-2</lastRequested>
<state>download</state>
<link>https://charts.example.com/shop/chart-UK-2017-2.zip?expires=1495855975&amp;signature=abc</link>
<size>1 GB</size>
<sha1>${"a".repeat(40)}</sha1>
<sha256>${"b".repeat(64)}</sha256>
</chart>
<systemName>mylaptop</systemName>
<systemName>mydesktop</systemName>
<disabledSystemName>old1</disabledSystemName>
<disabledSystemName>old2</disabledSystemName>
</response>
`,
  );
});

test("the slots of a unit are charts of their own, alike in all but what is the slot's", () => {
  const { slots, ...unit } = unitOf(slot);
  const free: ListedSlot = { slot: 1, assignedSystemName: "", lastRequested: "", state: "unassigned" };
  const both = { ...unit, slots: [...slots, free] };
  const text = listDocument({ units: [both], systemNames: [], disabledSystemNames: [] });
  assert.equal(text, list(slot, { ...slot, ...free }));
});

test("a chart that cannot be fetched has the same elements, those of the download empty", () => {
  const names = (text: string) => childOf(rootOf(text), "chart")?.children.map(({ name }) => name);
  for (const state of ["unassigned", "requestable", "processing", "expired"] as const) {
    const text = list({ ...slot, state, assignedSystemName: "", lastRequested: "" });
    assert.deepEqual(names(text), names(list(slot)));
    assert.equal(fieldOf(text, "state"), state);
    for (const name of ["link", "size", "sha1", "sha256"]) assert.equal(fieldOf(text, name), "", name);
  }
});

test("an answer has status 200 and is kept by nobody", () => {
  const { status, headers, body } = refuse(new ProtocolError("keyWrong"));
  assert.equal(status, 200);
  assert.deepEqual(headers, { "content-type": "text/xml; charset=utf-8", "cache-control": "no-store" });
  assert.equal(body, `${declaration}<response>\n<result>6</result>\n</response>\n`);
});

test("no element right below the root is empty, whatever there is to tell", () => {
  const texts = [
    successDocument("key", ""),
    successDocument("systemName", ""),
    listDocument({ units: [], systemNames: ["", "a"], disabledSystemNames: [""] }),
  ];
  for (const text of texts) {
    for (const { name, text: content } of rootOf(text).children) assert.notEqual(content, "", name);
  }
  assert.deepEqual(
    rootOf(texts[2] ?? "").children.map(({ name, text }) => [name, text]),
    [
      ["result", "1"],
      ["systemName", "a"],
    ],
  );
});

test("all is ASCII below a declaration, and reads back as the same text", () => {
  const name = "Îles Britanniques — Ærø, 北海 🌊 <&>\"'";
  const text = list({ ...slot, name });
  assert.ok(text.startsWith(declaration));
  assert.match(text, /^[\x20-\x7e\n]*$/);
  assert.ok(text.includes("&#206;les Britanniques &#8212; &#198;r&#248;, &#21271;&#28023; &#127754; &lt;&amp;&gt;"));
  assert.equal(fieldOf(text, "chartName"), name);
});

test("a chart's name has no semicolon, no control character and no blanks but single ones inside", () => {
  const names: readonly (readonly [string, string])[] = [
    ["Baltic; Sea;", "Baltic, Sea,"],
    [" Baltic \t\r\n  Sea ", "Baltic Sea"],
    ["Baltic\0Sea\x7f\x85", "Baltic Sea"],
    ["Baltic Sea", "Baltic Sea"],
    ["", "-"],
    [" \n", "-"],
  ];
  for (const [name, expected] of names) assert.equal(fieldOf(list({ ...slot, name }), "chartName"), expected);
});

test("a size begins with a number of at least one, with a unit, and is rounded up", () => {
  const sizes: readonly (readonly [number, string])[] = [
    [0, "1 KB"],
    [1, "1 KB"],
    [1_000, "1 KB"],
    [1_001, "1.1 KB"],
    [9_900, "9.9 KB"],
    [9_901, "10 KB"],
    [999_999, "1000 KB"],
    [1_000_000, "1 MB"],
    [512_000_000, "512 MB"],
    [1_100_000_000, "1.1 GB"],
    [25_000_000_001, "26 GB"],
  ];
  for (const [sizeBytes, expected] of sizes) {
    assert.equal(fieldOf(list({ ...slot, state: { ...download, sizeBytes } }), "size"), expected);
  }
  fc.assert(
    fc.property(fc.maxSafeNat(), (sizeBytes) => {
      const [, number] =
        /^(\d+(?:\.\d)?) [KMG]B$/.exec(fieldOf(list({ ...slot, state: { ...download, sizeBytes } }), "size")) ?? [];
      return Number(number) >= 1;
    }),
  );
});

test("dates are days in UTC, from 1970 to 9999, and what does not expire does so on the last one", () => {
  const dateOf = (expiresAtMs: number | null) => fieldOf(list({ ...slot, expiresAtMs }), "expiration");
  assert.equal(dateOf(0), "1970-01-01");
  assert.equal(dateOf(Date.UTC(2024, 1, 29, 23, 59, 59, 999)), "2024-02-29");
  assert.equal(dateOf(null), "9999-12-31");
  assert.equal(dateOf(Date.UTC(12_000, 0)), "9999-12-31");
  const atMs = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
  fc.assert(fc.property(atMs, (at) => dateOf(at) === new Date(at).toISOString().slice(0, 10)));
});

/** What the client keeps of a chart, and shows of it. */
type Shown = Record<string, string>;

/**
 * Reads charts as the client does: it clears two fields before each chart, and an element that is missing or empty
 * leaves what the chart before had.
 */
function readAsClient(text: string): readonly Shown[] {
  let shown: Shown = {};
  return childrenOf(rootOf(text), "chart").map((chart) => {
    shown = { ...shown, assignedSystemName: "", lastRequested: "" };
    for (const { name, text: content } of chart.children) if (content.trim() !== "") shown[name] = content.trim();
    return shown;
  });
}

test("in a client that takes an empty element for the one of the chart before, no chart has anything of another", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 6 });
  const word = fc.stringMatching(/^[A-Za-z0-9]{1,8}$/);
  const atMs = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
  const states = fc.oneof(
    fc.constantFrom("unassigned", "requestable", "processing", "expired"),
    fc.record({ link: fc.webUrl({ withQueryParameters: true }), sizeBytes: fc.maxSafeNat(), sha1: word, sha256: word }),
  );
  const anySlot: fc.Arbitrary<OnlySlot> = fc.record({
    order: word,
    purchasedAtMs: atMs,
    expiresAtMs: fc.option(atMs),
    chartId: word,
    edition: fc.option(fc.record({ name: word, publishedAtMs: atMs })),
    name: text,
    quantityId: fc.integer({ min: 1, max: 999_999_999 }),
    slot: fc.integer({ min: 0, max: 9 }),
    assignedSystemName: fc.oneof(fc.constant(""), word),
    lastRequested: fc.oneof(fc.constant(""), word),
    state: states,
  });
  fc.assert(
    fc.property(fc.array(anySlot, { maxLength: 8 }), (slots) => {
      const together = readAsClient(list(...slots));
      const alone = slots.map((one) => readAsClient(list(one))[0]);
      const ofDownload = ["link", "size", "sha1", "sha256"];
      const matters = (shown: Shown | undefined) =>
        Object.entries(shown ?? {}).filter(([name]) => shown?.state === "download" || !ofDownload.includes(name));
      assert.deepEqual(
        together.map((shown) => Object.fromEntries(matters(shown))),
        alone.map((shown) => Object.fromEntries(matters(shown))),
      );
    }),
  );
});

test("charts keep their order", () => {
  const charts = [
    { ...slot, chartId: "1" },
    { ...slot, chartId: "3" },
    { ...slot, chartId: "2" },
  ];
  assert.deepEqual(
    readAsClient(list(...charts)).map(({ chartid }) => chartid),
    ["1", "3", "2"],
  );
});

test("whatever stands in texts, the document stays well-formed and ASCII", () => {
  const wild = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(wild, wild, (one, other) => {
      const state = { ...download, link: other };
      const text = listDocument({
        units: [unitOf({ ...slot, order: one, chartId: other, name: one, lastRequested: one, state })],
        systemNames: [one],
        disabledSystemNames: [other],
      });
      rootOf(text);
      return /^[\x20-\x7e\t\n]*$/.test(text);
    }),
  );
});
