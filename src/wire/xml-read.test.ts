import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { processorMs } from "../../tests/support/processor-time.ts";
import { FormatError, type FormatFault } from "./format-error.ts";
import { childOf, childrenOf, readXml, type XmlElement, type XmlLimits, xmlLimits } from "./xml-read.ts";

function read(xml: string | Uint8Array, limits?: Partial<XmlLimits>): XmlElement {
  const result = readXml(typeof xml === "string" ? Buffer.from(xml) : xml, limits);
  assert.ok(!(result instanceof FormatError), String(result));
  return result;
}

function fault(xml: string | Uint8Array, limits?: Partial<XmlLimits>): FormatError {
  const result = readXml(typeof xml === "string" ? Buffer.from(xml) : xml, limits);
  assert.ok(result instanceof FormatError, `not refused: ${String(xml).slice(0, 80)}`);
  return result;
}

function assertFaults(kind: FormatFault, documents: readonly (string | Uint8Array)[]): void {
  for (const xml of documents) {
    const { fault: actual, message } = fault(xml);
    assert.equal(actual, kind, `${String(xml).slice(0, 80)}: ${message}`);
  }
}

test("a document becomes a tree of names, attributes, children and text", () => {
  const root = read('<order id="007" note=""><item>first</item><empty/><item>second</item></order>');
  assert.equal(root.name, "order");
  assert.deepEqual(
    [...root.attributes],
    [
      ["id", "007"],
      ["note", ""],
    ],
  );
  assert.deepEqual(
    root.children.map(({ name, text }) => [name, text]),
    [
      ["item", "first"],
      ["empty", ""],
      ["item", "second"],
    ],
  );
});

test("values stay text: leading zeros, signs, exponents and surrounding blanks are kept", () => {
  for (const value of ["007", "1e3", "+1", " x ", "\n\tx\n", "0x10", "true", "null", "NaN", "1.50"]) {
    assert.equal(read(`<a>${value}</a>`).text, value);
  }
  assert.equal(read('<a b=" 007 "/>').attributes.get("b"), " 007 ");
});

test("text is gathered around children, comments, processing instructions and CDATA", () => {
  const root = read("<a>1<b>x</b>2<!-- c -->3<?p d?>4<![CDATA[<5> &amp; ]]]]>6</a>");
  assert.equal(root.text, "1234<5> &amp; ]]6");
  assert.equal(childOf(root, "b")?.text, "x");
});

test("line ends become LF, and white space in an attribute becomes blanks, as XML 1.0 says", () => {
  const root = read('<a b="1\r\n2\t3\n4">1\r\n2\r3\n4</a>');
  assert.equal(root.text, "1\n2\n3\n4");
  assert.equal(root.attributes.get("b"), "1 2 3 4");
});

test("character references bring their character through unchanged", () => {
  const root = read('<a b="&#13;&#10;&#9;&quot;">&#x41;&#0066;&#13;&#x1F600;&lt;&gt;&amp;&apos;&quot;</a>');
  assert.equal(root.text, "AB\r😀<>&'\"");
  assert.equal(root.attributes.get("b"), '\r\n\t"');
});

test("names that mean something to JavaScript are names like any other", () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "fault", "length"]) {
    const root = read(`<${name} ${name}="v"><${name}>t</${name}></${name}>`);
    assert.equal(root.name, name);
    assert.deepEqual([...root.attributes], [[name, "v"]]);
    assert.equal(childOf(root, name)?.text, "t");
    assert.equal(Object.getPrototypeOf(root), Object.prototype);
  }
  const plain = read("<a/>");
  for (const name of ["__proto__", "constructor", "toString"]) {
    assert.equal(childOf(plain, name), undefined);
    assert.equal(plain.attributes.get(name), undefined);
  }
});

test("names keep their prefix and their letters outside ASCII", () => {
  const root = read('<soap:Envelope xmlns:soap="urn:x"><größe/><soap:Body/></soap:Envelope>');
  assert.equal(root.name, "soap:Envelope");
  assert.equal(root.attributes.get("xmlns:soap"), "urn:x");
  assert.deepEqual(
    root.children.map(({ name }) => name),
    ["größe", "soap:Body"],
  );
});

test("the first child of a name is found, and all of them in order", () => {
  const root = read("<a><b>1</b><c/><b>2</b><d><b>3</b></d></a>");
  assert.equal(childOf(root, "b")?.text, "1");
  assert.equal(childOf(root, "B"), undefined);
  assert.deepEqual(
    childrenOf(root, "b").map(({ text }) => text),
    ["1", "2"],
  );
  assert.deepEqual(childrenOf(root, "x"), []);
});

test("what may stand around the root element is read past", () => {
  const documents = [
    '<?xml version="1.0"?><a/>',
    "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<a/>\n",
    '<?xml version="1.1"?><a/>',
    "\n \t\r\n<a/> \r\n",
    "<!-- <!DOCTYPE a> --><a/><!-- after -->",
    "<?p <!DOCTYPE a> ?><a/><?p?>",
    "<?p ?x?><a/>",
    "<?p\r\n\r\n?x?><a/>",
    "<?p data\r\nmore?><a/>",
    "<a />",
    "<a\n></a\n>",
  ];
  for (const xml of documents) assert.equal(read(xml).name, "a", xml);
});

test("nothing, white space only, or a byte order mark only is empty", () => {
  assertFaults("empty", ["", " ", "\r\n\t ", "\ufeff", "\ufeff\n", Buffer.from([0xff, 0xfe])]);
});

test("a DOCTYPE is refused before anything in it is read", () => {
  const entities = '<!DOCTYPE a [<!ENTITY b "&c;&c;"><!ENTITY c SYSTEM "file:///etc/passwd">]><a>&b;</a>';
  assertFaults("doctype", [
    entities,
    `<?xml version="1.0"?>\n<!-- c --><?p?>\n${entities}`,
    Buffer.from(`\ufeff${entities}`, "utf16le"),
    "<!DOCTYPE html>",
    "<!doctype html><html/>",
    "<!DOCTYPE",
    "<!DOCTYPE a [ \u0000 never closed",
    "<a><!DOCTYPE a></a>",
    "<a/><!DOCTYPE a>",
  ]);
});

test("the word DOCTYPE is harmless where it is only text", () => {
  assert.equal(read("<a><![CDATA[<!DOCTYPE a>]]></a>").text, "<!DOCTYPE a>");
  assert.equal(read("<a>&lt;!DOCTYPE a><!-- <!DOCTYPE a> --></a>").text, "<!DOCTYPE a>");
  assert.equal(fault("<a><![CDATA[<!DOCTYPE").fault, "malformed");
});

test("only the five predefined entities exist", () => {
  assertFaults(
    "malformed",
    ["nbsp", "eacute", "a", "constructor", "__proto__", "AMP", "", " amp", "amp ", "#", "#x"].map(
      (e) => `<a>&${e};</a>`,
    ),
  );
  assertFaults("malformed", ["<a>&amp</a>", "<a>&</a>", "<a> & b</a>", '<a b="&"/>', '<a b="&nbsp;"/>', "<a/>&amp;"]);
});

test("characters XML cannot carry are refused, as references and raw", () => {
  const references = [
    "0",
    "1",
    "8",
    "11",
    "31",
    "x0",
    "x1F",
    "xD800",
    "xDFFF",
    "xFFFE",
    "xFFFF",
    "x110000",
    "-1",
    "1e1",
  ];
  references.push("99999999999999999999", "x0A0G", "X41");
  assertFaults(
    "malformed",
    references.flatMap((r) => [`<a>&#${r};</a>`, `<a b="&#${r};"/>`]),
  );
  assertFaults(
    "malformed",
    references.map((r) => `<?xml version="1.1"?><a>&#${r};</a>`),
  );
  for (const c of ["\0", "\x01", "\x08", "\x0b", "\x0c", "\x1f", "\ufffe", "\uffff"]) {
    assertFaults("malformed", [
      `<a>${c}</a>`,
      `<a b="${c}"/>`,
      `<a><![CDATA[${c}]]></a>`,
      `<a><!--${c}--></a>`,
      `<a><?p ${c}?></a>`,
      `<a${c}/>`,
      `${c}<a/>`,
      `<a/>${c}`,
    ]);
  }
});

test("what XML 1.0 calls not well-formed is malformed", () => {
  assertFaults("malformed", [
    "a",
    "{}",
    "a=b&c=d",
    "<",
    "<a",
    "<a>",
    "<a></a",
    "</a>",
    "<></>",
    "<a></>",
    "<a></b>",
    "<a><b></a></b>",
    "<A></a>",
    "<a/><b/>",
    "<a></a></a>",
    "<a/>text",
    "text<a/>",
    "<![CDATA[x]]><a/>",
    "<a/><![CDATA[x]]>",
    "<!-- only a comment -->",
    "<?xml version='1.0'?>",
    "\ufeff\ufeff<a/>",
    "< a/>",
    "<a / >",
    "<1a/>",
    "<-a/>",
    "<a<b/>",
    "<a></a b='c'>",
    "<a>]]></a>",
    "<a b/>",
    "<a b=c/>",
    "<a b=\"c'/>",
    '<a b="<"/>',
    '<a b="1"c="2"/>',
    '<a b="1" b="2"/>',
    '<a __proto__="1" __proto__="2"/>',
    '<a 1="b"/>',
    "<a><!-- -- --></a>",
    "<a><!-- ---></a>",
    "<a><!-></a>",
    "<a><!--</a>",
    "<a><!></a>",
    "<a><!ELEMENT a ANY></a>",
    "<a><![cdata[x]]></a>",
    "<a><![CDATA[x]></a>",
    "<a><? p?></a>",
    "<a><?p</a>",
    "<?p?x?><a/>",
    "<?p?\r\nx?><a/>",
    "<a><?xml version='1.0'?></a>",
    "<?XML version='1.0'?><a/>",
    " <?xml version='1.0'?><a/>",
    "<?xml?><a/>",
    "<?xml encoding='utf-8'?><a/>",
    "<?xml version='2.0'?><a/>",
    "<?xml version='1.0' standalone='maybe'?><a/>",
    "<?xml version='1.0'encoding='utf-8'?><a/>",
    "<?xml version='1.0' encoding='8utf'?><a/>",
  ]);
});

test("a document in an old encoding is read as what its declaration says", () => {
  const latin = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a b="\xe9">\xfc\x80</a>', "latin1");
  assert.equal(read(latin).text, "ü\u0080");
  assert.equal(read(latin).attributes.get("b"), "é");
  const windows = Buffer.from("<?xml version='1.0' encoding='windows-1252'?><a>\x80\x93\xe9</a>", "latin1");
  assert.equal(read(windows).text, "€“é");
  assert.equal(read(Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-16"?><a>é😀</a>', "utf16le")).text, "é😀");
});

test("an encoding is refused that is unknown, contradicts itself, or is not kept to", () => {
  assertFaults("encoding", [
    Buffer.from("<a>\xe9</a>", "latin1"),
    '<?xml version="1.0" encoding="utf-7"?><a/>',
    '<?xml version="1.0" encoding="utf-16"?><a/>',
    '\ufeff<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
    Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-8"?><a/>', "utf16le"),
    `<?xml version="1.0"${" ".repeat(500)}encoding="ISO-8859-1"?><a>\u00e9</a>`,
  ]);
});

test("UTF-16 and UTF-32 without a byte order mark are refused", () => {
  assert.ok(readXml(Buffer.from("<a/>", "utf16le")) instanceof FormatError);
  assert.ok(readXml(Buffer.from([0xff, 0xfe, 0, 0, 0x3c, 0, 0, 0])) instanceof FormatError);
});

test("each limit lets through exactly as much as it says", () => {
  const nested = (levels: number): string => "<a>".repeat(levels) + "</a>".repeat(levels);
  read(nested(xmlLimits.depthMax));
  assert.equal(fault(nested(xmlLimits.depthMax + 1)).fault, "depth");
  read(nested(3), { depthMax: 3 });
  assert.equal(fault("<a><b><c/></b></a>", { depthMax: 2 }).fault, "depth");

  read(`<a>${"<b/>".repeat(xmlLimits.elementsMax - 1)}</a>`);
  assert.equal(fault(`<a>${"<b/>".repeat(xmlLimits.elementsMax)}</a>`).fault, "size");

  const attributes = (count: number): string => Array.from({ length: count }, (_, i) => ` x${i}="${i}"`).join("");
  assert.equal(read(`<a${attributes(xmlLimits.attributesMax)}/>`).attributes.size, xmlLimits.attributesMax);
  assert.equal(fault(`<a${attributes(xmlLimits.attributesMax + 1)}/>`).fault, "size");

  const sized = (bytes: number): string => `<a>${"x".repeat(bytes - 7)}</a>`;
  read(sized(xmlLimits.bytesMax));
  assert.equal(fault(sized(xmlLimits.bytesMax + 1)).fault, "size");
  assert.equal(fault("<a>é</a>", { bytesMax: 8 }).fault, "size");
  read("<a>é</a>", { bytesMax: 9 });
});

test("a hundred thousand opening tags are refused by depth, with no stack used up and at once", () => {
  const before = processorMs();
  assert.equal(fault("<a>".repeat(100_000)).fault, "depth");
  assert.ok(processorMs() - before < 1000);
});

test("deep nesting within a raised limit does not use up the stack", () => {
  const levels = 50_000;
  const limits = { depthMax: levels, elementsMax: levels };
  assert.equal(read("<a>".repeat(levels) + "</a>".repeat(levels), limits).name, "a");
});

test("reading stops at the first fault", () => {
  assert.match(fault("<a></b><c></d>").message, /^1:7:/);
  assert.match(fault("<a b='1' b='2' c=<").message, /the attribute b is there twice/);
  assert.equal(fault(`<a></b>${"<a>".repeat(20)}`).fault, "malformed");
  assert.equal(fault(`${"<a>".repeat(20)}</b>`).fault, "depth");
});

test("a fault message is one short line whatever the document holds", () => {
  const name = "x".repeat(100_000);
  for (const xml of [
    `<${name}></y>`,
    `<a></${name}>`,
    `<a ${name}="1" ${name}="2"/>`,
    `<?xml version="1.0" encoding="${name}"?><a/>`,
  ]) {
    const { message } = fault(xml);
    assert.ok(message.length <= 200 && !message.includes("\n"), message.slice(0, 300));
  }
});

test("hostile shapes as large as the limit take linear time", () => {
  const half = xmlLimits.bytesMax / 2;
  const shapes = [
    `<a>${"&amp;".repeat(half / 5)}</a>`,
    `<a><![CDATA[${"]".repeat(half)}]]></a>`,
    `<a><!--${"- ".repeat(half / 2)}--></a>`,
    `<a><?p ${"? ".repeat(half / 2)}?></a>`,
    `<a b="${"\n".repeat(half)}"/>`,
    `<a>${"\r".repeat(half)}</a>`,
    `<a>&${"x".repeat(half)}</a>`,
    `${"<!---->".repeat(half / 8)}<a/>`,
    `<?xml ${"version ".repeat(half / 8)}`,
    `<${"a ".repeat(half / 2)}`,
  ];
  for (const xml of shapes) {
    const before = processorMs();
    readXml(Buffer.from(xml));
    assert.ok(processorMs() - before < 3000, xml.slice(0, 20));
  }
});

test("no bytes make it throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readXml(bytes)));
});

test("no arrangement of markup makes it throw, and a tree given back keeps the depth limit", () => {
  const pieces = [
    "<",
    ">",
    "/",
    "<a",
    "<a>",
    "</a>",
    "<!--",
    "-->",
    "<?",
    "?>",
    "<?xml version='1.0'",
    "<![CDATA[",
    "]]>",
  ];
  pieces.push(
    "<!DOCTYPE",
    "[",
    "&",
    "&#",
    ";",
    "amp",
    "0",
    "'",
    '"',
    "=",
    " ",
    "\n",
    "\r",
    "\0",
    "é",
    "😀",
    "\ufeff",
    "b='c'",
    "!",
    "-",
  );
  const depth = (element: XmlElement): number => 1 + Math.max(0, ...element.children.map(depth));
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
      const result = readXml(Buffer.from(parts.join("")), { depthMax: 3 });
      if (!(result instanceof FormatError)) assert.ok(depth(result) <= 3);
    }),
    { numRuns: 2000 },
  );
});
