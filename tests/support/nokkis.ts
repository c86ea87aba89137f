import assert from "node:assert/strict";
import { type Answer, type ExchangeOptions, exchange, newAddress } from "./exchange.ts";

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The document that the specification prints as `<nokkis> </nokkis>`. */
export const emptyNokkis = `${declaration}<nokkis> </nokkis>\n`;

/** A whole answer around its lines, as it comes over the wire. */
export function nokkis(content: string): string {
  return `${declaration}<nokkis>\n${content.trim()}\n</nokkis>\n`;
}

/** Fails unless this is a success with exactly these lines. */
export function assertAnswer(answer: Answer, content: string): void {
  assertDocument(answer, nokkis(content));
}

/** Fails unless this is a success with exactly this document. */
export function assertDocument(answer: Answer, document: string): void {
  assert.equal(answer.text, document);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers["content-type"], "text/xml; charset=utf-8");
}

/** Fails unless this is exactly this error; old clients read it only from an answer with the status 200. */
export function assertError(answer: Answer, id: number, words: string, status = 200): void {
  assert.equal(answer.text, nokkis(`<error id="${id}">${words}</error>`));
  assert.equal(answer.status, status);
  assert.equal(answer.headers["content-type"], "text/xml; charset=utf-8");
}

/** The event of a request. An absent member has the value that most tests need. */
export interface EventTerms {
  readonly name?: string;
  readonly description?: string;
  /** Unix seconds; an hour ago. */
  readonly start?: number;
  /** Unix seconds; in a day. */
  readonly end?: number;
  /** 100. */
  readonly max?: number;
  /** None. */
  readonly apikeys?: readonly string[];
}

/** The time in whole Unix seconds. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** The request document of an event; texts are put in as they are. */
export function eventDocument(terms: EventTerms = {}): string {
  const { name = "Event", description, start = nowSeconds() - 3_600, end = nowSeconds() + 86_400, max = 100 } = terms;
  return [
    "<nokkis>",
    "<event>",
    `<name>${name}</name>`,
    ...(description === undefined ? [] : [`<description>${description}</description>`]),
    `<startdate>${start}</startdate>`,
    `<enddate>${end}</enddate>`,
    `<max_tickets>${max}</max_tickets>`,
    ...(terms.apikeys ?? []).map((key) => `<apikey>${key}</apikey>`),
    "</event>",
    "</nokkis>",
  ].join("\n");
}

/** A client that sends the same headers with every request. */
export interface NokkisClient {
  ask(line: string, options?: ExchangeOptions): Promise<Answer>;
  /** Makes an event; resolves with its number. */
  createEvent(terms?: EventTerms): Promise<number>;
  /** Makes a barcode, for a user if one is named; resolves with its key. */
  createBarcode(event: number, user?: string): Promise<string>;
}

/** A client with these headers. A stranger comes from another address every time. */
export function nokkisClient(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  { isStranger = false } = {},
): NokkisClient {
  const ask = (line: string, options: ExchangeOptions = {}) =>
    exchange(url, line, {
      ...(isStranger ? { from: newAddress() } : {}),
      ...options,
      headers: { ...headers, ...options.headers },
    });
  return {
    ask,
    async createEvent(terms) {
      const { text } = await ask("POST /nokkis", { body: eventDocument(terms) });
      return Number(matched(text, /<event id="(\d+)">/));
    },
    async createBarcode(event, user) {
      const body = `<nokkis> ${user === undefined ? "" : `<user>${user}</user>`}</nokkis>`;
      const { text } = await ask(`POST /nokkis/${event}/BARCODE`, { body });
      return matched(text, /^<barcode key="(\d+)" \/>$/m);
    },
  };
}

/** The first group of a pattern that must match. */
export function matched(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)?.[1];
  assert.ok(found !== undefined, `${pattern} is not in:\n${text}`);
  return found;
}

/** The first group of every match of a pattern. */
export function allMatched(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(new RegExp(pattern, "gm"))].map(([, found = ""]) => found);
}
