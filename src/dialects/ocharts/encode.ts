/**
 * Answers, as the client reads them:
 * - It joins an answer from pieces and loses a character that lies across two of them, so all is ASCII, with a reference
 *   for any other character; and references are read only below an XML declaration.
 * - An empty element right below the root crashes it, so there is none.
 * - An empty element of a chart takes the value of the chart before, so a text that must not be mistaken is never empty.
 */

import { escapeAscii } from "../../wire/xml-write.ts";
import { type ProtocolError, results } from "./errors.ts";

/** What stands for a text that there is not. */
const nothing = "-";
/** The last day that a date can name, for what does not expire. */
const lastDayMs = Date.UTC(9999, 11, 31);

/** A built chart set, ready to be fetched. */
export interface Download {
  /** An absolute URL whose last segment is the name of the file. */
  readonly link: string;
  readonly sizeBytes: number;
  /** Digests of the file in hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
}

/** One quantity of an order. Clients are shown its slots as charts of their own. */
export interface ListedUnit {
  readonly order: string;
  readonly purchasedAtMs: number;
  /** `null` for never. */
  readonly expiresAtMs: number | null;
  readonly chartId: string;
  /** An absolute URL of a picture; empty for none. */
  readonly thumbnailUrl: string;
  /** The shop's newest; `null` while there is none. */
  readonly edition: { readonly name: string; readonly publishedAtMs: number } | null;
  readonly name: string;
  readonly quantityId: number;
  readonly slots: readonly ListedSlot[];
}

export interface ListedSlot {
  readonly slot: number;
  /** Empty while the slot is free. */
  readonly assignedSystemName: string;
  /** The edition that was last asked for in this slot; empty for none. */
  readonly lastRequested: string;
  /** The download itself stands for the state of that name. */
  readonly state: "unassigned" | "requestable" | "processing" | "expired" | Download;
}

interface List {
  readonly units: readonly ListedUnit[];
  readonly systemNames: readonly string[];
  /** Not in the specification: names that the client is to hide and refuse. */
  readonly disabledSystemNames: readonly string[];
}

export function errorDocument({ result }: ProtocolError): string {
  return document(element("result", result));
}

/** The answer to `xfpr`; with an element `key` to `login`, and with `systemName` to `identifySystem`. */
export function successDocument(name = "", text = ""): string {
  return document(success + element(name, text));
}

/**
 * The answer to `getlist`, `assign` and `request`. Charts without a picture come before those with one, since otherwise
 * they would be shown with another's; apart from that the order is the given one.
 */
export function listDocument({ units, systemNames, disabledSystemNames }: List): string {
  let charts = "";
  for (const unit of units) if (unit.thumbnailUrl === "") charts += chartsOf(unit);
  for (const unit of units) if (unit.thumbnailUrl !== "") charts += chartsOf(unit);
  const names = systemNames.map((name) => element("systemName", name));
  const disabled = disabledSystemNames.map((name) => element("disabledSystemName", name));
  return document(success + charts + names.join("") + disabled.join(""));
}

function document(content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<response>\n${content}</response>\n`;
}

/** An element right below the root; no element when it would be empty. */
function element(name: string, text: string): string {
  return text === "" ? "" : `<${name}>${escapeAscii(text)}</${name}>\n`;
}

const success = element("result", results.successful.code);

/**
 * Elements in the order of the specification's sample, then `sha256`, which is ours. What the slots of a unit have in
 * common, which is most of it, is written once.
 */
function chartsOf(unit: ListedUnit): string {
  const { edition } = unit;
  const head = `<chart>
<order>${escapeAscii(unit.order)}</order>
<purchase>${date(unit.purchasedAtMs)}</purchase>
<expiration>${date(unit.expiresAtMs ?? lastDayMs)}</expiration>
<chartid>${escapeAscii(unit.chartId)}</chartid>
<thumbLink>${escapeAscii(unit.thumbnailUrl)}</thumbLink>
<chartEdition>${edition === null ? nothing : escapeAscii(edition.name)}</chartEdition>
<chartPublication>${edition === null ? nothing : date(edition.publishedAtMs)}</chartPublication>
<chartName>${escapeAscii(chartName(unit.name))}</chartName>
<quantityId>${unit.quantityId}</quantityId>
`;
  let charts = "";
  for (const { slot, assignedSystemName, lastRequested, state } of unit.slots) {
    charts += `${head}<slot>${slot}</slot>
<assignedSystemName>${escapeAscii(assignedSystemName)}</assignedSystemName>
<lastRequested>${escapeAscii(lastRequested)}</lastRequested>
${stateElements(state)}</chart>
`;
  }
  return charts;
}

function stateElements(state: ListedSlot["state"]): string {
  if (typeof state === "string") return withoutDownload[state];
  const { link, sizeBytes, sha1, sha256 } = state;
  return elementsOf("download", escapeAscii(link), size(sizeBytes), sha1, sha256);
}

/** The elements of the states that have no download. They are written once. */
const withoutDownload = {
  unassigned: elementsOf("unassigned"),
  requestable: elementsOf("requestable"),
  processing: elementsOf("processing"),
  expired: elementsOf("expired"),
} as const;

function elementsOf(state: string, link = "", sizeText = "", sha1 = "", sha256 = ""): string {
  return `<state>${state}</state>
<link>${link}</link>
<size>${sizeText}</size>
<sha1>${sha1}</sha1>
<sha256>${sha256}</sha256>
`;
}

/** `YYYY-MM-DD` in UTC. Cut out of `toISOString` it takes six times as long, and a list has hundreds of them. */
function date(atMs: number): string {
  const at = new Date(Math.min(atMs, lastDayMs));
  return `${at.getUTCFullYear()}-${twoDigits(at.getUTCMonth() + 1)}-${twoDigits(at.getUTCDate())}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** What a name cannot have: semicolons, control characters, and blanks that do not show. */
const unfit = /;|\p{Cc}|\s\s|^\s|\s$/u;

/** The client keeps names in lines that a semicolon divides, and of blanks in a row it shows one. */
function chartName(name: string): string {
  if (name !== "" && !unfit.test(name)) return name;
  const oneLine = name
    .replaceAll(";", ",")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return oneLine === "" ? nothing : oneLine;
}

const sizeUnits = [
  { name: "GB", bytes: 1_000_000_000 },
  { name: "MB", bytes: 1_000_000 },
  { name: "KB", bytes: 1_000 },
] as const;

/**
 * A number and a unit, rounded up, with one decimal below ten. Never below `1 KB`: the client fetches nothing whose size
 * begins with a zero.
 */
function size(bytes: number): string {
  const unit = sizeUnits.find((one) => bytes >= one.bytes) ?? sizeUnits[2];
  const tenths = Math.max(10, Math.ceil((10 * bytes) / unit.bytes));
  return `${tenths < 100 ? tenths / 10 : Math.ceil(tenths / 10)} ${unit.name}`;
}
