/**
 * Answers, as the client reads them:
 * - It joins an answer from pieces and loses a character that lies across two of them. So answers are ASCII, with a
 *   reference for any other character. It reads references only below an XML declaration.
 * - An empty element right below the root crashes it, so there is none.
 * - An empty element of a chart takes the value of the chart before. So a text is never empty where that would mislead.
 */

import { escapeAscii } from "../../wire/xml-write.ts";
import { type ProtocolError, results } from "./errors.ts";

/** Stands for an absent text. */
const nothing = "-";
/** The last day that a date can name: the expiration of a unit without end. */
const lastDayMs = Date.UTC(9999, 11, 31);

/** A built chart set, ready for download. */
export interface Download {
  /** An absolute URL whose last segment is the name of the file. */
  readonly link: string;
  readonly sizeBytes: number;
  /** Digests of the file in hexadecimal. */
  readonly sha1: string;
  readonly sha256: string;
}

/** One unit of an order. Clients show each of its slots as a chart. */
export interface ListedUnit {
  readonly order: string;
  readonly purchasedAtMs: number;
  /** `null` for never. */
  readonly expiresAtMs: number | null;
  readonly chartId: string;
  /** The current edition; `null` while there is none. */
  readonly edition: { readonly name: string; readonly publishedAtMs: number } | null;
  readonly name: string;
  readonly quantityId: number;
  readonly slots: readonly ListedSlot[];
}

export interface ListedSlot {
  readonly slot: number;
  /** Empty while the slot is free. */
  readonly assignedSystemName: string;
  /** The edition that was last requested in this slot; empty for none. */
  readonly lastRequested: string;
  /** A {@link Download} for the state `download`. */
  readonly state: "unassigned" | "requestable" | "processing" | "expired" | Download;
}

interface List {
  readonly units: readonly ListedUnit[];
  readonly systemNames: readonly string[];
  /** Not in the specification: names that the client hides and refuses. */
  readonly disabledSystemNames: readonly string[];
}

export function errorDocument({ result }: ProtocolError): string {
  return document(element("result", result));
}

/** The answer to `xfpr`; with an element `key` to `login`, and with `systemName` to `identifySystem`. */
export function successDocument(name = "", text = ""): string {
  return document(success + element(name, text));
}

/** The answer to `getlist`, `assign` and `request`, in the given order. Charts have no pictures. */
export function listDocument({ units, systemNames, disabledSystemNames }: List): string {
  const charts = units.map(chartsOf).join("");
  const names = systemNames.map((name) => element("systemName", name));
  const disabled = disabledSystemNames.map((name) => element("disabledSystemName", name));
  return document(success + charts + names.join("") + disabled.join(""));
}

function document(content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<response>\n${content}</response>\n`;
}

/** An element right below the root; nothing for an empty text. */
function element(name: string, text: string): string {
  return text === "" ? "" : `<${name}>${escapeAscii(text)}</${name}>\n`;
}

const success = element("result", results.successful.code);

/**
 * Elements in the order of the specification's sample, then `sha256`, which is ours. The elements that all slots
 * of a unit share, most of them, are written once.
 */
function chartsOf(unit: ListedUnit): string {
  const { edition } = unit;
  const head = `<chart>
<order>${escapeAscii(unit.order)}</order>
<purchase>${date(unit.purchasedAtMs)}</purchase>
<expiration>${date(unit.expiresAtMs ?? lastDayMs)}</expiration>
<chartid>${escapeAscii(unit.chartId)}</chartid>
<thumbLink></thumbLink>
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

/** `YYYY-MM-DD` in UTC. A slice of `toISOString` takes six times as long, and a list has hundreds of dates. */
function date(atMs: number): string {
  const at = new Date(Math.min(atMs, lastDayMs));
  return `${at.getUTCFullYear()}-${twoDigits(at.getUTCMonth() + 1)}-${twoDigits(at.getUTCDate())}`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** Parts that a name must not have: semicolons, control characters, and blanks that the client does not show. */
const unfit = /;|\p{Cc}|\s\s|^\s|\s$/u;

/** The client separates names by semicolons in its lines, and shows one of several blanks in a row. */
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
 * A number and a unit, rounded up, with one decimal below ten. At least `1 KB`: the client does not download a file
 * whose size begins with a zero.
 */
function size(bytes: number): string {
  const unit = sizeUnits.find((one) => bytes >= one.bytes) ?? sizeUnits[2];
  const tenths = Math.max(10, Math.ceil((10 * bytes) / unit.bytes));
  return `${tenths < 100 ? tenths / 10 : Math.ceil(tenths / 10)} ${unit.name}`;
}
