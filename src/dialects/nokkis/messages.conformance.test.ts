/** "Messaging to and from server is implemented with XML": which documents are read, and that no text is lost. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startTestApp } from "../../../tests/support/app.ts";
import type { ExchangeOptions } from "../../../tests/support/exchange.ts";
import { allMatched, assertError, eventDocument, matched, nokkisClient } from "../../../tests/support/nokkis.ts";
import { FormatError } from "../../wire/format-error.ts";
import { childOf, childrenOf, readXml, type XmlElement } from "../../wire/xml-read.ts";
import { bodyBytesMax } from "./decode.ts";

const app = await startTestApp({ after }, { demo: true });
const demo = nokkisClient(app.url);

/** The elements on the way from the root of an answer. */
function dig(text: string, ...names: readonly string[]): XmlElement {
  const root = readXml(Buffer.from(text));
  assert.ok(!(root instanceof FormatError), text);
  return names.reduce<XmlElement>((element, name) => {
    const child = childOf(element, name);
    assert.ok(child !== undefined, `${name} is not in ${text}`);
    return child;
  }, root);
}

const texts: readonly (readonly [what: string, text: string])[] = [
  ["characters that XML escapes", `Rock & "Roll" <b>it's</b> ]]> --> &amp; &#65;`],
  ["Finnish", "Äijät ja ylävyötärö, Åbo"],
  ["Polish", "Zażółć gęślą jaźń"],
  ["Greek", "Ξεσκεπάζω την ψυχοφθόρα"],
  ["Russian", "Съешь же ещё этих мягких булок"],
  ["Arabic, right to left", "مهرجان الموسيقى ١٢٣"],
  ["Hebrew with vowel points", "שָׁלוֹם עֲלֵיכֶם"],
  ["Devanagari", "संगीत समारोह"],
  ["Thai", "เทศกาลดนตรี"],
  ["Japanese", "東京アニメセンター"],
  ["Korean", "서울 음악 축제"],
  ["Han of four bytes", "𠮷野家 𪚥"],
  ["Gothic", "𐌰𐌱𐌲"],
  ["emoji with modifiers and joiners", "🎟️ 👩🏽‍🚀 👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇫🇮"],
  ["a composed é", "caf\u00e9"],
  ["a decomposed é", "the\u0301"],
  ["stacked marks", "Z\u0351\u036b\u0343\u036a\u0302a\u0300\u0301l\u0302g\u0303o\u0304"],
  ["marks of direction and joiners", "a\u200eb\u200fc\u202ed\u202ce\u200df\u2066g\u2069h"],
  ["no-break and other blanks inside", "a\u00a0b\u2003c\u3000d"],
  ["a soft hyphen and a byte order mark inside", "a\u00adb\ufeffc"],
  ["tabs and line ends inside", "first line\n\tsecond line"],
  ["a carriage return", "a\rb"],
  ["C1 controls", "a\u0085b\u009fc"],
  ["the last characters of the planes", "\ud7ff\ue000\ufffd\u{1ffff}\u{10fffd}"],
  ["what looks like markup of ours", '<error id="24">Event not found</error>'],
  ["what looks like a statement", "Robert'); drop table event; --"],
  ["leading zeros", "007"],
];

/** The text as it may stand between tags. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\r", "&#13;");
}

for (const [what, text] of texts) {
  test(`names, descriptions and users come back as they were sent: ${what}`, async () => {
    const name = escaped(text);
    const body = eventDocument({ name, description: name, apikeys: ["TextKey"] });
    const created = (await demo.ask("POST /nokkis", { body })).text;
    const id = Number(dig(created, "event").attributes.get("id"));
    const key = await demo.createBarcode(id, name);

    const event = dig((await demo.ask(`GET /nokkis/${id}`)).text, "event");
    assert.equal(childOf(event, "name")?.text, text);
    assert.equal(childOf(event, "description")?.text, text);
    const listed = childrenOf(dig((await demo.ask("GET /nokkis")).text), "event").at(-1);
    assert.equal(listed === undefined ? undefined : childOf(listed, "name")?.text, text);

    const barcode = (await demo.ask(`GET /nokkis/${id}/BARCODE/${key}`)).text;
    assert.equal(dig(barcode, "barcode", "user").text, text);
    assert.equal(dig(barcode, "barcode", "event").text, text);
    const used = (await demo.ask(`PUT /nokkis/${id}/BARCODE/${key}`)).text;
    assert.equal(dig(used, "barcode", "user").text, text);
    const apikey = childrenOf(dig((await demo.ask("GET /nokkis/KEY")).text), "apikey").find(
      (one) => one.attributes.get("id") === "TextKey",
    );
    assert.equal(apikey?.children.at(-1)?.text, text);
    const file = childrenOf(dig((await demo.ask("GET /nokkis/CLIENT/TextKey")).text), "event").at(-1);
    assert.ok(file !== undefined);
    assert.equal(childOf(file, "name")?.text, text);

    const again = await demo.createBarcode(id, name);
    const second = (await demo.ask(`GET /nokkis/${id}/BARCODE/${again}`)).text;
    const owner = (of: string) => dig(of, "barcode", "user").attributes.get("id");
    assert.equal(owner(second), owner(barcode), "the same text is the same owner");
  });
}

test("texts stand in an answer in UTF-8, with the five characters of XML escaped", async () => {
  const id = await demo.createEvent({ name: escaped(`ä&<>"'🎟`), description: escaped("a\rb") });
  const { body } = await demo.ask(`GET /nokkis/${id}`);
  const expected = "<name>ä&amp;&lt;&gt;&quot;&apos;🎟</name>\n<description>a&#13;b</description>\n";
  assert.ok(body.includes(Buffer.from(expected, "utf8")), body.toString());
});

test("composed and decomposed characters are one owner, shown as first sent", async () => {
  const ownerOf = async (user: string) => {
    const key = await demo.createBarcode(2, user);
    return matched((await demo.ask(`GET /nokkis/2/BARCODE/${key}`)).text, /(<user id="\d+">.*<\/user>)/);
  };
  const first = await ownerOf("the\u00e2tre");
  assert.match(first, />the\u00e2tre</);
  assert.equal(await ownerOf("thea\u0302tre"), first);
});

const withName = (name: string) => eventDocument({ name });

test("a document is read in the encoding that it names or marks", async () => {
  const bytes: readonly Uint8Array[] = [
    Buffer.from(withName("Yövaellus")),
    Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${withName("Yövaellus")}`),
    Buffer.from(`\ufeff${withName("Yövaellus")}`),
    Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${withName("Yövaellus")}`, "latin1"),
    Buffer.from(`<?xml version='1.0' encoding='windows-1252'?>${withName("Yövaellus")}`, "latin1"),
    Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${withName("Yövaellus")}`, "utf16le"),
    Buffer.from(`\ufeff${withName("Yövaellus")}`, "utf16le").swap16(),
    Buffer.from(withName("Y&#246;vaellus")),
    Buffer.from(withName("Y&#xF6;vaellus")),
    Buffer.from(withName("<![CDATA[Yövaellus]]>")),
    Buffer.from(withName("Yö<!-- a comment -->vaellus")),
  ];
  for (const body of bytes) {
    assert.match((await demo.ask("POST /nokkis", { body })).text, /<name>Yövaellus<\/name>/, body.toString());
  }
});

test("any media type is taken, and none", async () => {
  const types = [
    undefined,
    "text/xml",
    "text/xml; charset=utf-8",
    "application/xml",
    "application/xml;charset=ISO-8859-1",
    "text/plain",
    "text/html",
    "application/json",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "image/png",
    "*/*",
  ];
  for (const type of types) {
    const options: ExchangeOptions = {
      body: eventDocument(),
      headers: type === undefined ? {} : { "content-type": type },
    };
    assert.match((await demo.ask("POST /nokkis", options)).text, /<event id="\d+">/, String(type));
  }
});

test("the document may be the form field xml, among others", async () => {
  const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
  const forms = [
    form({ xml: withName("Ä & B".replace("&", "&amp;")) }),
    form({ a: "b", xml: withName("Ä &amp; B"), c: "" }),
  ];
  for (const body of forms) {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    assert.match((await demo.ask("POST /nokkis", { body, headers })).text, /<name>Ä &amp; B<\/name>/);
    assert.match((await demo.ask("POST /nokkis", { body })).text, /<name>Ä &amp; B<\/name>/, "without a media type");
  }
  for (const body of ["xm=%3Cnokkis%2F%3E", "xml=%FF", "xml=%3Cnokkis%3E"]) {
    assertError(await demo.ask("POST /nokkis/2/BARCODE", { body }), 3, "Invalid xml input");
  }
  assert.match((await demo.ask("POST /nokkis/2/BARCODE", { body: "xml=" })).text, /<barcode key=/, "an empty field");
});

test("unknown elements and attributes are passed over, in any order", async () => {
  const body = `<?xml version="1.0"?><!-- by a client --><?render fast?>
<nokkis version="2"><client><name>not this</name></client>
<event id="77" x="y"><max_tickets>5</max_tickets><extra><name>nor this</name></extra><enddate>2</enddate>
<name lang="fi">This</name><num_tickets>99</num_tickets><startdate>1</startdate></event></nokkis>
`;
  const { text } = await demo.ask("POST /nokkis", { body });
  assert.match(text, /<name>This<\/name>\n<startdate>1<\/startdate>\n<enddate>2<\/enddate>\n<num_tickets>0</);
  assert.doesNotMatch(text, /<event id="77">/);
});

test("a body that just fits is read", async () => {
  const body = eventDocument({ name: "Padded" }).padEnd(bodyBytesMax, " ");
  assert.match((await demo.ask("POST /nokkis", { body })).text, /<name>Padded</);
});

test("the body of a GET is not looked at", async () => {
  for (const path of ["/nokkis", "/nokkis/1", "/nokkis/1/BARCODE/LOG", "/nokkis/CLIENT/ABCDE12345"]) {
    const plain = (await demo.ask(`GET ${path}`)).text;
    for (const body of ["<nokkis> </nokkis>", "<nokkis>", "<!DOCTYPE x>", "\0"]) {
      assert.equal((await demo.ask(`GET ${path}`, { body })).text, plain);
    }
  }
});

test("every answer declares XML in UTF-8 and is well-formed", async () => {
  for (const line of [
    "GET /nokkis",
    "GET /nokkis/1",
    "GET /nokkis/KEY",
    "GET /nokkis/9",
    "PUT /nokkis",
    "GET /nokkis/1/x",
  ]) {
    const answer = await demo.ask(line);
    assert.ok(answer.text.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<nokkis>'), line);
    assert.equal(answer.headers["content-type"], "text/xml; charset=utf-8");
    assert.equal(dig(answer.text).name, "nokkis");
  }
});

test("fixed words of a path may be in any case, a slash may follow, and what varies keeps its case", async () => {
  const event = await demo.createEvent({ apikeys: ["MixedCase"] });
  for (const path of [`/NOKKIS/${event}/key/MixedCase`, `/nokkis/${event}/KeY/MixedCase/`]) {
    assert.deepEqual(allMatched((await demo.ask(`GET ${path}`)).text, /<apikey>(.*)</), ["MixedCase"]);
  }
  assertError(await demo.ask(`GET /nokkis/${event}/KEY/mixedcase`), 30, "Apikey not found");
  assertError(await demo.ask("GET /nokkis/CLIENT/mixedcase"), 11, "Invalid apikey");
});

test("a path that cannot be decoded is error 3 or names nothing, and never breaks", async () => {
  for (const path of [
    "/nokkis/%",
    "/nokkis/%zz",
    "/nokkis/%ff",
    "/nokkis/1/BARCODE/%E0%A4%A",
    "/nokkis/CLIENT/%c0%af",
  ]) {
    const { text } = await demo.ask(`GET ${path}`);
    assert.match(text, /<error id="(3|11|24|40)">/, path);
  }
  for (const path of ["/nokkis/%00", "/nokkis/1/BARCODE/%00", "/nokkis/1%2FBARCODE", "/nokkis/..%2f..%2fetc"]) {
    assert.match((await demo.ask(`GET ${path}`)).text, /<error id="(24|40)">/, path);
  }
});
