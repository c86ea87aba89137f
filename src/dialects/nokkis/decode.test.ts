import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readXml, type XmlElement } from "../../wire/xml-read.ts";
import {
  bodyBytesMax,
  readActionTime,
  readApikeyElement,
  readBody,
  readEventChange,
  readEventId,
  readFields,
  readHolder,
  readKey,
  readNewEvent,
  readRange,
  readSince,
} from "./decode.ts";
import { ProtocolError } from "./errors.ts";

const body = (text: string) => readBody(Buffer.from(text, "utf8"));

/** The element of a request that can be read. */
function root(text: string): XmlElement {
  const element = body(text);
  assert.ok(!(element instanceof ProtocolError), text);
  return element;
}

function assertError(result: unknown, id: number, what?: string): void {
  assert.ok(result instanceof ProtocolError, what);
  assert.equal(result.error.id, id, what);
}

test("an empty or blank body, and an empty form field xml, are an empty nokkis", () => {
  for (const text of ["", " ", "\r\n\t ", "xml=", "xml=%20"]) {
    const { name, children } = root(text);
    assert.deepEqual([name, children], ["nokkis", []]);
  }
});

test("a body is the document or a form with the document in its field xml", () => {
  for (const text of [
    "<nokkis><a/></nokkis>",
    "xml=<nokkis><a/></nokkis>",
    "b=c&xml=%3Cnokkis%3E%3Ca/%3E%3C/nokkis%3E",
  ]) {
    assert.equal(root(text).children[0]?.name, "a", text);
  }
});

test("a document with a byte order mark is not taken for a form, whatever it contains", () => {
  assert.equal(root("\ufeff<nokkis><![CDATA[&xml=<nokkis/>]]><a/></nokkis>").children[0]?.name, "a");
});

test("a body with another root, one that is not well-formed, has a DOCTYPE or is too large is error 3", () => {
  const large = `<nokkis>${" ".repeat(bodyBytesMax)}</nokkis>`;
  for (const text of ["<event/>", "<Nokkis/>", "<nokkis>", "nokkis", "a=b", "<!DOCTYPE nokkis><nokkis/>", large]) {
    assertError(body(text), 3, text.slice(0, 40));
  }
});

test("whatever bytes a body has, it is a nokkis element or error 3", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = readBody(bytes);
      return result instanceof ProtocolError ? result.error.id === 3 : result.name === "nokkis";
    }),
  );
});

const event = (content: string) => root(`<nokkis><event>${content}</event></nokkis>`);
const required = "<startdate>1</startdate><enddate>2</enddate><max_tickets>3</max_tickets>";

test("a new event has its texts trimmed, its dates in milliseconds and its description and apikeys empty by default", () => {
  assert.deepEqual(readNewEvent(event(`<name> N\n</name>${required}`)), {
    name: "N",
    description: "",
    startsAtMs: 1_000,
    endsAtMs: 2_000,
    capacity: 3,
    accessKeys: [],
  });
});

test("a missing name is read as a blank one, for the rules to refuse with an error of its own", () => {
  const terms = readNewEvent(event(required));
  assert.ok(!(terms instanceof ProtocolError));
  assert.equal(terms.name, "");
});

test("a new event without dates or tickets is error 3", () => {
  for (const part of required.match(/<(\w+)>\d<\/\1>/g) ?? []) {
    assertError(readNewEvent(event(`<name>N</name>${required.replace(part, "")}`)), 3, part);
  }
  assertError(readNewEvent(root("<nokkis/>")), 3);
});

test("a change names only what its elements name", () => {
  assert.deepEqual(readEventChange(event("")), {});
  assert.deepEqual(readEventChange(event("<unknown>1</unknown><num_tickets>7</num_tickets>")), {});
  assert.deepEqual(readEventChange(event("<name/>")), { name: "" });
  assert.deepEqual(readEventChange(event("<description> d </description>")), { description: "d" });
  assert.deepEqual(readEventChange(event("<startdate> 10 </startdate>")), { startsAtMs: 10_000 });
  assert.deepEqual(readEventChange(event("<enddate>253402300799</enddate>")), { endsAtMs: 253_402_300_799_000 });
  assert.deepEqual(readEventChange(event("<max_tickets>007</max_tickets>")), { capacity: 7 });
});

test("of several events, and of several elements of a name, the first counts", () => {
  const two = root("<nokkis><event><name>A</name><name>B</name></event><event><name>C</name></event></nokkis>");
  assert.deepEqual(readEventChange(two), { name: "A" });
});

test("one or more apikeys replace the list, a single empty one clears it", () => {
  const keys = (content: string) => {
    const terms = readEventChange(event(content));
    assert.ok(!(terms instanceof ProtocolError), content);
    return terms.accessKeys;
  };
  assert.equal(keys(""), undefined);
  assert.deepEqual(keys("<apikey/>"), []);
  assert.deepEqual(keys("<apikey> </apikey>"), []);
  assert.deepEqual(keys("<apikey>a</apikey><apikey id='b'/>"), ["a", "b"]);
  assert.deepEqual(keys("<apikey/><apikey/>"), ["", ""], "for the rules to refuse");
});

test("dates and counts are whole numbers from 0, and dates end with the year 9999; anything else is error 3", () => {
  for (const bad of ["", "x", "-1", "+1", "1.0", "1e3", "0x1", "1 2", "1_000", "１", "NaN", "9".repeat(16)]) {
    for (const name of ["startdate", "enddate", "max_tickets"]) {
      assertError(readEventChange(event(`<${name}>${bad}</${name}>`)), 3, `${name} ${bad}`);
    }
  }
  assertError(readEventChange(event("<enddate>253402300800</enddate>")), 3);
  assertError(readEventChange(event(`<description>${"d".repeat(10_001)}</description>`)), 3);
});

test("an apikey stands in the element, or else in its id", () => {
  const read = (text: string) => {
    const element = readXml(Buffer.from(text));
    assert.ok("children" in element);
    return readApikeyElement(element);
  };
  assert.equal(read("<apikey> k </apikey>"), "k");
  assert.equal(read("<apikey id=' k '/>"), "k");
  assert.equal(read("<apikey id='a'>b</apikey>"), "b");
  assert.equal(read("<apikey/>"), "");
});

test("a holder is named under nokkis or under its barcode; blank is nobody, more than 320 characters error 3", () => {
  assert.equal(readHolder(root("<nokkis><user> a@example.com </user></nokkis>")), "a@example.com");
  assert.equal(readHolder(root("<nokkis><barcode><user id='1'>b</user></barcode></nokkis>")), "b");
  assert.equal(readHolder(root("<nokkis><barcode><user>b</user></barcode><user>a</user></nokkis>")), "a");
  for (const text of [
    "<nokkis/>",
    "<nokkis><user/></nokkis>",
    "<nokkis><user> </user></nokkis>",
    "<nokkis><barcode/></nokkis>",
  ]) {
    assert.equal(readHolder(root(text)), null, text);
  }
  assertError(readHolder(root(`<nokkis><user>${"u".repeat(321)}</user></nokkis>`)), 3);
});

test("the time of an action is read under nokkis or under its barcode, and is error 3 when it is no time", () => {
  assert.deepEqual(readActionTime(root("<nokkis/>")), {});
  const expected = { occurredAtMs: 1_244_700_000_000 };
  assert.deepEqual(readActionTime(root("<nokkis><action_time>1244700000</action_time></nokkis>")), expected);
  const inside = "<nokkis><barcode><action_time> 1244700000 </action_time></barcode></nokkis>";
  assert.deepEqual(readActionTime(root(inside)), expected);
  for (const bad of ["", "now", "1.5", "-1", "1244700000000"]) {
    assertError(readActionTime(root(`<nokkis><action_time>${bad}</action_time></nokkis>`)), 3, bad);
  }
});

test("numbers of events are decimal and fit a double exactly", () => {
  assert.equal(readEventId("0"), 0);
  assert.equal(readEventId("007"), 7);
  assert.equal(readEventId("999999999999999"), 999_999_999_999_999);
  for (const bad of [undefined, "", "x", "1x", "-1", "1.0", " 1", "1\n", "1e3", "0x1", "１", "9".repeat(16)]) {
    assert.equal(readEventId(bad), undefined, bad);
  }
});

test("keys are 1 to 19 digits and stay text: no zero is lost, and no digit of a long one", () => {
  for (const key of ["0", "007", "123456789012345678", "123456789012345679", "9".repeat(19)]) {
    assert.equal(readKey(key), key);
  }
  for (const bad of [undefined, "", "x", "1 ", "1\n", "-1", "1.0", "٣", "9".repeat(20)])
    assert.equal(readKey(bad), undefined);
});

test("a range is one key or two in order, compared as numbers however long they are", () => {
  assert.deepEqual(readRange("5"), { first: 5n });
  assert.deepEqual(readRange("5,5"), { first: 5n, last: 5n });
  assert.deepEqual(readRange("9,10"), { first: 9n, last: 10n });
  assert.deepEqual(readRange("123456789012345678,123456789012345679"), {
    first: 123456789012345678n,
    last: 123456789012345679n,
  });
  for (const bad of [
    undefined,
    "",
    ",",
    "5,",
    ",5",
    "6,5",
    "123456789012345679,123456789012345678",
    "1,2,3",
    "1-2",
    "a",
    "1, 2",
  ]) {
    assertError(readRange(bad), 50, bad);
  }
});

test("any two keys are a range exactly when the first is not larger", () => {
  const key = fc.bigInt({ min: 0n, max: 9_999_999_999_999_999_999n });
  fc.assert(
    fc.property(key, key, (first, last) => {
      const range = readRange(`${first},${last}`);
      if (first > last) assertError(range, 50);
      else assert.deepEqual(range, { first, last });
    }),
  );
});

test("since is the number of an action; without it there is none, and anything else is error 50", () => {
  assert.deepEqual(readSince(""), {});
  assert.deepEqual(readSince("other=1"), {});
  assert.deepEqual(readSince("since=0"), { since: 0 });
  assert.deepEqual(readSince("a=b&since=89375"), { since: 89_375 });
  for (const bad of ["since=", "since", "since=x", "since=-1", "since=1.5", "since=%201"])
    assertError(readSince(bad), 50, bad);
});

test("a query that cannot be read has no fields", () => {
  assert.equal(readFields("apikey=a%62c").get("apikey"), "abc");
  assert.equal(readFields("apikey=%ff").size, 0);
  assert.equal(readFields("apikey=%00").size, 0);
});
