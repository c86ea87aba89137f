/**
 * Reads one XML 1.0 document into a plain tree.
 *
 * `readXml` never throws, and takes time linear in the input. It returns the root element of a well-formed document, or
 * the first fault, at which it stops. Values stay text: nothing is trimmed and nothing becomes a number. As XML 1.0
 * says (sections 2.11 and 3.3.3), line ends become LF and white space in attributes becomes blanks, except from
 * character references. Names keep their prefix; namespaces are not interpreted. Comments and processing instructions
 * are skipped.
 *
 * Refused with one of these:
 * - `empty`: no bytes, or only white space.
 * - `encoding`: an unknown encoding, an encoding that contradicts the byte order mark or the declaration, or bytes that
 *   are not valid in it.
 * - `doctype`: any DOCTYPE. It is not read, so there are only the five predefined entities, and neither expansion nor
 *   external access.
 * - `depth`: elements nested deeper than `depthMax`.
 * - `size`: more bytes, elements or attributes than the limits allow.
 * - `malformed`: any other fault, including NUL and other characters that XML 1.0 forbids, written raw or as
 * references.
 *
 * The tree is at most `depthMax` levels deep, so walking it by recursion is safe.
 */

import { SaxesParser } from "saxes";
import { FormatError, overSize } from "./format-error.ts";
import { type DecodedXml, decodeXml, encodingMayBeNamed } from "./xml-decode.ts";

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Child elements in document order. */
  readonly children: readonly XmlElement[];
  /** The character data directly inside, CDATA included, concatenated around the children. */
  readonly text: string;
}

export interface XmlLimits {
  /** Levels of nesting, the root being the first. */
  readonly depthMax: number;
  /** Elements in the whole document. */
  readonly elementsMax: number;
  /** Attributes on any one element. */
  readonly attributesMax: number;
  /** Bytes of the document as received, byte order mark included. */
  readonly bytesMax: number;
}

export const xmlLimits: XmlLimits = {
  depthMax: 16,
  elementsMax: 10_000,
  attributesMax: 64,
  bytesMax: 1024 * 1024,
};

const doctype = "<!DOCTYPE";

const blankOnly = /^[ \t\r\n]*$/;

interface GrowingElement extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** The first child of that name, or undefined. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name);
}

/** Every child of that name in document order; none is an empty array. */
export function childrenOf(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** One reader is enough, since reading is synchronous. A reader that refused a document is not used again. */
let idleReader: DocumentReader | undefined;

/**
 * See the head of this file. Absent limits are those of `xmlLimits`. `announced` is the encoding of the media type or
 * of the form in which the document was sent, as for `decodeXml`.
 */
export function readXml(bytes: Uint8Array, limits?: Partial<XmlLimits>, announced?: string): XmlElement | FormatError {
  const bounds = limits === undefined ? xmlLimits : { ...xmlLimits, ...limits };
  const tooLong = overSize(bytes, bounds.bytesMax);
  if (tooLong !== undefined) return tooLong;
  const decoded = decodeXml(bytes, announced);
  if (decoded instanceof FormatError) return decoded;
  if (blankOnly.test(decoded.text)) return new FormatError("empty", "there is no document");

  // The parser would do this too. Done here, its positions are positions in `text`.
  const text = decoded.text.includes("\r") ? decoded.text.replace(/\r\n?/g, "\n") : decoded.text;
  // The parser would accept a second byte order mark.
  if (text.startsWith("\ufeff")) return new FormatError("malformed", "text before the root element");
  // The parser would read a DOCTYPE to its end before it reports it.
  if (prologHasDoctype(text)) return new FormatError("doctype", "a DOCTYPE is not allowed");

  const reader = idleReader ?? new DocumentReader();
  idleReader = undefined;
  try {
    const root = reader.read(text, decoded, bounds);
    idleReader = reader;
    return root;
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

/** Whether there is a DOCTYPE before the root element, in any letter case. */
function prologHasDoctype(text: string): boolean {
  let at = 0;
  for (;;) {
    while (isBlank(text.charCodeAt(at))) at += 1;
    const closing = text.startsWith("<?", at) ? "?>" : text.startsWith("<!--", at) ? "-->" : undefined;
    if (closing === undefined) return text.slice(at, at + doctype.length).toUpperCase() === doctype;
    const end = text.indexOf(closing, at + 2);
    if (end === -1) return false;
    at = end + closing.length;
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}

/**
 * A parser with its handlers. It is reused, since creating one costs more than reading a short document: `<nokkis>
 * </nokkis>` took 5.6 µs of processor time with a new parser and takes 2.9 µs with a reused one.
 */
class DocumentReader {
  // XML 1.1 would allow control characters, so a document that declares it is read as XML 1.0.
  readonly #parser = new SaxesParser({ defaultXMLVersion: "1.0", forceXMLVersion: true });
  #text = "";
  #bounds = xmlLimits;
  #open: GrowingElement[] = [];
  #root: XmlElement | undefined;
  #elements = 0;
  #atEnd = false;
  #decoded: DecodedXml | undefined;

  constructor() {
    const parser = this.#parser;
    parser.on("error", (error) => {
      const misplacedDoctype = !this.#atEnd && this.#text.startsWith(doctype, parser.position - doctype.length);
      throw new FormatError(misplacedDoctype ? "doctype" : "malformed", error.message);
    });
    parser.on("doctype", () => {
      throw new FormatError("doctype", "a DOCTYPE is not allowed");
    });
    parser.on("xmldecl", ({ encoding }) => this.#declare(encoding));
    parser.on("processinginstruction", ({ body }) => {
      // The parser lets `<?target?data?>` pass, where XML demands white space after the target.
      const bodyAt = parser.position - "?>".length - body.length;
      if (body !== "" && !isBlank(this.#text.charCodeAt(bodyAt - 1))) {
        throw new FormatError("malformed", "no white space after the target of a processing instruction");
      }
    });
    parser.on("opentagstart", ({ name }) => this.#begin(name));
    parser.on("attribute", ({ name, value }) => this.#setAttribute(name, value));
    parser.on("text", (data) => this.#append(data));
    parser.on("cdata", (data) => this.#append(data));
    parser.on("closetag", () => this.#end());
  }

  /**
   * Reads one document. `text` is the decoded text with LF as line ends. Throws a `FormatError`; the reader cannot be
   * used again then, since the parser stops in the middle.
   */
  read(text: string, decoded: DecodedXml, bounds: XmlLimits): XmlElement {
    this.#text = text;
    this.#decoded = decoded;
    this.#bounds = bounds;
    this.#elements = 0;
    this.#atEnd = false;
    this.#parser.write(text);
    this.#atEnd = true;
    // This also resets the parser for the next document.
    this.#parser.close();
    const root = this.#root;
    if (root === undefined) throw new FormatError("malformed", "there is no root element");
    this.#root = undefined;
    this.#text = "";
    return root;
  }

  #declare(name: string | undefined): void {
    const { encoding, isAnnounced } = this.#decoded ?? {};
    if (name !== undefined && encoding !== undefined && !isAnnounced && !encodingMayBeNamed(encoding, name)) {
      throw new FormatError("encoding", `the document calls itself ${name} but was read as ${encoding}`);
    }
  }

  #begin(name: string): void {
    const { depthMax, elementsMax } = this.#bounds;
    if (this.#open.length >= depthMax) {
      throw new FormatError("depth", `elements are nested deeper than the ${depthMax} levels allowed`);
    }
    this.#elements += 1;
    if (this.#elements > elementsMax) {
      throw new FormatError("size", `there are more than the ${elementsMax} elements allowed`);
    }
    this.#open.push({ name, attributes: new Map(), children: [], text: "" });
  }

  #setAttribute(name: string, value: string): void {
    const attributes = this.#open.at(-1)?.attributes;
    if (attributes === undefined) return;
    if (attributes.has(name)) throw new FormatError("malformed", `the attribute ${name} is there twice`);
    const { attributesMax } = this.#bounds;
    if (attributes.size >= attributesMax) {
      throw new FormatError("size", `an element has more than the ${attributesMax} attributes allowed`);
    }
    attributes.set(name, value);
  }

  #append(data: string): void {
    const element = this.#open.at(-1);
    if (element !== undefined) element.text += data;
  }

  #end(): void {
    const element = this.#open.pop();
    if (element === undefined) return;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.#root = element;
    else parent.children.push(element);
  }
}
