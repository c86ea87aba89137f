import { customerNameLengthMax } from "../../core/customer.ts";
import { descriptionLengthMax, type ProductTerms } from "../../core/product.ts";
import { isLongerThan } from "../../core/text.ts";
import type { CodeRange } from "../../queries/entitlements.ts";
import { latin1 } from "../../wire/charset.ts";
import { readFormBytes, readQuery } from "../../wire/form.ts";
import { FormatError } from "../../wire/format-error.ts";
import { readMediaType } from "../../wire/media-type.ts";
import { readMultipartFields } from "../../wire/multipart.ts";
import { childOf, childrenOf, readXml, type XmlElement } from "../../wire/xml-read.ts";
import { ProtocolError } from "./errors.ts";

/** Requests of this protocol are short; the longest lists the apikeys of an event. */
export const bodyBytesMax = 64 * 1024;

const emptyNokkis: XmlElement = { name: "nokkis", attributes: new Map(), children: [], text: "" };
const lessThan = 0x3c;

/** Ids of events and actions, and counts: whole numbers that a double holds exactly. */
const numberShape = /^\d{1,15}$/;

/**
 * The `<nokkis>` element of a request. An empty or blank body stands for an empty element; a form field `xml`, in
 * either kind of form, is taken for the body. Anything else that is not a well-formed `<nokkis>` is error 3.
 */
export function readBody(body: Uint8Array, contentType?: string): XmlElement | ProtocolError {
  if (body.length === 0) return emptyNokkis;
  const { bytes, charset } = documentOf(body, contentType);
  const root = readXml(bytes, { bytesMax: bodyBytesMax }, charset);
  if (root instanceof FormatError) {
    return root.fault === "empty" ? emptyNokkis : new ProtocolError("invalidXml", `${root.fault}: ${root.message}`);
  }
  return root.name === "nokkis" ? root : new ProtocolError("invalidXml", "the root element is not nokkis");
}

/** The bytes of a document, with the announced encoding if there is one. */
interface SentDocument {
  readonly bytes: Uint8Array;
  readonly charset: string | undefined;
}

/** The form field `xml`, if the body is a form that has one, or the body. XML starts with `<` or a byte order mark. */
function documentOf(body: Uint8Array, contentType: string | undefined): SentDocument {
  const { type, charset } = readMediaType(contentType);
  const sent = { bytes: body, charset };
  const first = body.find((byte) => byte > 0x20);
  // UTF-16 without a byte order mark has a NUL as its first or second byte.
  if (first === undefined || first === lessThan || first > 0x7f || body[0] === 0) return sent;
  const parts = type === "multipart/form-data" ? readMultipartFields(body, contentType ?? "") : [];
  const part = parts instanceof FormatError ? undefined : parts.findLast(({ name }) => name === "xml");
  if (part !== undefined) return { bytes: part.value, charset: part.charset ?? charset ?? formCharset };
  const fields = readFormBytes(body);
  const field = fields instanceof FormatError ? undefined : fields.findLast(([name]) => latin1(name) === "xml");
  return field === undefined ? sent : { bytes: field[1], charset: charset ?? formCharset };
}

/** The encoding of a form that does not name one. */
const formCharset = "utf-8";

/** The terms of a new event: name, dates and number of tickets are required. Refused with error 3. */
export function readNewEvent(root: XmlElement): ProductTerms | ProtocolError {
  const terms = readEventChange(root);
  if (terms instanceof ProtocolError) return terms;
  const { name = "", description = "", startsAtMs, endsAtMs, capacity, accessKeys = [] } = terms;
  if (startsAtMs === undefined || endsAtMs === undefined || capacity === undefined) {
    return new ProtocolError("invalidXml", "startdate, enddate and max_tickets are required");
  }
  return { name, description, startsAtMs, endsAtMs, capacity, accessKeys };
}

/**
 * The terms of an event that a request contains. One or more `<apikey>` replace the whole list; a single empty one
 * clears it. Refused with error 3.
 */
export function readEventChange(root: XmlElement): Partial<ProductTerms> | ProtocolError {
  const event = childOf(root, "event");
  if (event === undefined) return new ProtocolError("invalidXml", "event is missing");
  const terms: { -readonly [K in keyof ProductTerms]?: ProductTerms[K] } = {};
  const text = (name: string) => childOf(event, name)?.text.trim();

  const name = text("name");
  if (name !== undefined) terms.name = name;
  const description = text("description");
  if (description !== undefined) {
    if (isLongerThan(description, descriptionLengthMax)) {
      return new ProtocolError("invalidXml", `description is longer than ${descriptionLengthMax} characters`);
    }
    terms.description = description;
  }
  for (const [element, field] of dates) {
    const date = text(element);
    if (date === undefined) continue;
    const atMs = readDate(date);
    if (atMs === undefined) return notADate(element);
    terms[field] = atMs;
  }
  const max = text("max_tickets");
  if (max !== undefined) {
    if (!numberShape.test(max)) return new ProtocolError("invalidXml", "max_tickets is not a whole number");
    terms.capacity = Number(max);
  }
  const apikeys = childrenOf(event, "apikey").map(readApikeyElement);
  if (apikeys.length > 0) terms.accessKeys = apikeys.length === 1 && apikeys[0] === "" ? [] : apikeys;
  return terms;
}

/** The elements of an event that hold its dates. */
const dates = [
  ["startdate", "startsAtMs"],
  ["enddate", "endsAtMs"],
] as const;

/** An apikey stands in the element or in its `id`. */
export function readApikeyElement(element: XmlElement): string {
  return element.text.trim() || (element.attributes.get("id") ?? "").trim();
}

/** The last second of the year 9999. */
const dateMax = 253_402_300_799;

function notADate(element: string): ProtocolError {
  return new ProtocolError("invalidXml", `${element} is not a time in whole seconds since 1970`);
}

/** Unix seconds as milliseconds; `undefined` for anything but a date from 1970 to 9999. */
function readDate(text: string): number | undefined {
  if (!/^\d{1,12}$/.test(text)) return undefined;
  const seconds = Number(text);
  return seconds <= dateMax ? seconds * 1000 : undefined;
}

/** The holder of a new barcode, from `<user>`; `null` when that is absent or blank. Refused with error 3. */
export function readHolder(root: XmlElement): string | null | ProtocolError {
  const name = childOfRootOrBarcode(root, "user")?.text.trim() ?? "";
  if (isLongerThan(name, customerNameLengthMax)) {
    return new ProtocolError("invalidXml", `user is longer than ${customerNameLengthMax} characters`);
  }
  return name === "" ? null : name;
}

/** The extension `<action_time>`: the time of an offline scan, in whole Unix seconds. Refused with error 3. */
export function readActionTime(root: XmlElement): { readonly occurredAtMs?: number } | ProtocolError {
  const element = childOfRootOrBarcode(root, "action_time");
  if (element === undefined) return {};
  const occurredAtMs = readDate(element.text.trim());
  return occurredAtMs === undefined ? notADate("action_time") : { occurredAtMs };
}

/** An element about a barcode; it stands under `<nokkis>` or under its `<barcode>`. */
function childOfRootOrBarcode(root: XmlElement, name: string): XmlElement | undefined {
  const barcode = childOf(root, "barcode");
  return childOf(root, name) ?? (barcode && childOf(barcode, name));
}

/** An event's id; `undefined` for any text that cannot be one. */
export function readEventId(text: string | undefined): number | undefined {
  return text !== undefined && numberShape.test(text) ? Number(text) : undefined;
}

/** A barcode's key: 1 to 19 digits, as text. */
export function readKey(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{1,19}$/.test(text) ? text : undefined;
}

/** `<start>(,<end>)`, both keys. The calling code decides about a missing end. Refused with error 50. */
export function readRange(text: string | undefined): CodeRange | ProtocolError {
  const parts = /^(\d{1,19})(?:,(\d{1,19}))?$/.exec(text ?? "");
  if (parts?.[1] === undefined) return new ProtocolError("startBeforeEnd");
  const first = BigInt(parts[1]);
  if (parts[2] === undefined) return { first };
  const last = BigInt(parts[2]);
  return first > last ? new ProtocolError("startBeforeEnd") : { first, last };
}

/** The fields of a query; none when it cannot be read. */
export function readFields(query: string): ReadonlyMap<string, string> {
  const fields = readQuery(query);
  return fields instanceof FormatError ? new Map() : fields;
}

/** The extension `?since=<action id>`: only later actions. Refused with error 50. */
export function readSince(query: string): { readonly since?: number } | ProtocolError {
  const text = readFields(query).get("since");
  if (text === undefined) return {};
  return numberShape.test(text) ? { since: Number(text) } : new ProtocolError("startBeforeEnd");
}
