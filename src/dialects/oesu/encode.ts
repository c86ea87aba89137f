/**
 * Answers, as clients read them:
 * - An empty element right below the root crashes the plugin, so there is none; nor an empty `quantityId`.
 * - A `slot` takes a place, so only assigned slots are written, and a unit's number comes before them.
 * - Answers are ASCII. The plugin escapes every ampersand of the answer to a request once more, so that answer has none.
 */

import { escapeAscii } from "../../wire/xml-write.ts";
import { type ProtocolError, results } from "./errors.ts";

/** The last day that a date can name: the expiration of a unit without end. */
const lastDayMs = Date.UTC(9999, 11, 31);

/** A chart of one order, with the units that were bought. */
export interface ListedChart {
  readonly order: string;
  readonly purchasedAtMs: number;
  /** `null` for never. */
  readonly expiresAtMs: number | null;
  readonly isExpired: boolean;
  /** `2026/1-29`. */
  readonly edition: string;
  readonly editionAtMs: number;
  readonly name: string;
  /** Slots of a unit. */
  readonly maxSlots: number;
  readonly chartId: string;
  readonly chartType: string;
  readonly units: readonly ListedUnit[];
}

export interface ListedUnit {
  readonly quantityId: number;
  readonly slots: readonly ListedSlot[];
}

/** A slot that a system holds. */
export interface ListedSlot {
  readonly slotUuid: string;
  readonly assignedSystemName: string;
  /** The edition that was last requested; empty for none. */
  readonly lastRequested: string;
}

export interface List {
  readonly charts: readonly ListedChart[];
  readonly systemNames: readonly string[];
  readonly disabledSystemNames: readonly string[];
}

/** A file that a request is answered with. */
export interface OfferedFile {
  readonly link: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly keysLink: string;
  readonly keysSha256: string;
  /** The edition that it is applied to; empty for a base, which the target folder is emptied for. */
  readonly editionTarget: string;
  readonly editionResult: string;
}

export function errorDocument({ result }: ProtocolError): string {
  return document(element("result", result));
}

/** The answer to `xfpr`; with an element to `login2`, `login`, `identifySystem` and `assign`. */
export function successDocument(name = "", text = ""): string {
  return document(success + element(name, text));
}

/** The answer to `getlist`, in the given order; with a notice during maintenance. Charts have no pictures. */
export function listDocument({ charts, systemNames, disabledSystemNames }: List, notice?: ProtocolError): string {
  const names = systemNames.map((name) => element("systemName", name));
  const disabled = disabledSystemNames.map((name) => element("disabledSystemName", name));
  const result = notice === undefined ? success : element("result", notice.result);
  return document(result + charts.map(chartElement).join("") + names.join("") + disabled.join(""));
}

/** The answer to `request`: files in the order in which they are installed. */
export function filesDocument(slotUuid: string, files: readonly OfferedFile[]): string {
  const text = document(success + element("slotUuid", slotUuid) + files.map(fileElement).join(""));
  if (text.includes("&")) throw new Error("an ampersand in the answer to a request");
  return text;
}

function document(content: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<response>\n${content}</response>\n`;
}

/** An element right below the root; nothing for an empty text. */
function element(name: string, text: string): string {
  return text === "" ? "" : `<${name}>${escapeAscii(text)}</${name}>\n`;
}

const success = element("result", results.successful.code);

function chartElement(chart: ListedChart): string {
  const units = chart.units.map(({ quantityId, slots }) => {
    return `<quantity><quantityId>${quantityId}</quantityId>${slots.map(slotElement).join("")}</quantity>\n`;
  });
  return `<chart>
<order>${escapeAscii(chart.order)}</order>
<purchase>${date(chart.purchasedAtMs)}</purchase>
<expiration>${date(chart.expiresAtMs ?? lastDayMs)}</expiration>
<expired>${chart.isExpired ? 1 : 0}</expired>
<thumbLink></thumbLink>
<edition>${chart.edition}</edition>
<editionDate>${date(chart.editionAtMs)}</editionDate>
<chartName>${escapeAscii(oneLine(chart.name))}</chartName>
<maxSlots>${chart.maxSlots}</maxSlots>
<chartId>${escapeAscii(chart.chartId)}</chartId>
<chartType>${chart.chartType}</chartType>
${units.join("")}</chart>
`;
}

function slotElement({ slotUuid, assignedSystemName, lastRequested }: ListedSlot): string {
  return `<slot><slotUuid>${slotUuid}</slotUuid><assignedSystemName>${escapeAscii(assignedSystemName)}</assignedSystemName><lastRequested>${escapeAscii(lastRequested)}</lastRequested></slot>`;
}

function fileElement(file: OfferedFile): string {
  return `<file>
<link>${file.link}</link>
<size>${file.bytes}</size>
<sha256>${file.sha256}</sha256>
<chartKeysLink>${file.keysLink}</chartKeysLink>
<chartKeysSha256>${file.keysSha256}</chartKeysSha256>
<editionTarget>${file.editionTarget}</editionTarget>
<editionResult>${file.editionResult}</editionResult>
</file>
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

/** Clients show one of several blanks in a row, and part their lines at semicolons. */
export function oneLine(name: string): string {
  const line = name
    .replaceAll(";", ",")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line === "" ? "-" : line;
}
