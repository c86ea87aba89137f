import type { Command } from "../../core/command.ts";
import { isIdempotencyKey } from "../../engine/idempotency.ts";
import type { XmlElement } from "../../wire/xml-read.ts";
import type { DialectResponse, Handler } from "../dialect.ts";
import type { Call, Visitor } from "./auth.ts";
import { readBody } from "./decode.ts";
import { declaration, document, errorLine } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { type NokkisSettings, settings as nokkisSettings } from "./settings.ts";

/** Either answers or ends in one of the specification's errors. */
export type Act = (call: Call) => Promise<DialectResponse | ProtocolError>;

/** An act that is told what the request's `<nokkis>` element says. */
export type Change = (call: Call, root: XmlElement) => Promise<DialectResponse | ProtocolError>;

/** The handler of a method that changes nothing; a request's body is not looked at. */
export function reading(act: Act): Handler {
  return async (request, context) => {
    const settings = nokkisSettings.read(context.organization.settings);
    const result = await act({ request, context, settings });
    return result instanceof ProtocolError ? errorResponse(result, settings) : result;
  };
}

/** The handler of a method that changes something. Error 3, before any other, for a request that cannot be read. */
export function changing(change: Change): Handler {
  return reading(async (call) => {
    const idempotencyKey = call.request.header("idempotency-key");
    if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) {
      return new ProtocolError("invalidXml", "Idempotency-Key must be 1 to 255 visible ASCII characters");
    }
    const root = readBody(call.request.body, call.request.header("content-type"));
    return root instanceof ProtocolError ? root : change(call, root);
  });
}

const headers = { "content-type": "text/xml; charset=utf-8" };

/** An answer with these lines. */
export function answer(lines: string): DialectResponse {
  return { status: 200, headers, body: document(lines), compressible: true };
}

/** An answer that is written while it is read; `lines` yields its content. */
export function streamed(lines: AsyncIterable<string>, more: Record<string, string> = {}): DialectResponse {
  return { status: 200, headers: { ...headers, ...more }, body: wrapped(lines), compressible: true };
}

async function* wrapped(lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield `${declaration}<nokkis>\n`;
  yield* lines;
  yield "</nokkis>\n";
}

/** Lines inside of the element that names their event. */
export async function* inEvent(eventId: number, lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield `<event id="${eventId}">\n`;
  yield* lines;
  yield "</event>\n";
}

/** Every page of rows as lines. */
export async function* linesOf<T>(
  pages: AsyncIterable<readonly T[]>,
  line: (row: T) => string,
): AsyncGenerator<string> {
  for await (const page of pages) {
    let lines = "";
    for (const row of page) lines += line(row);
    yield lines;
  }
}

export function errorResponse({ error, reason }: ProtocolError, settings: NokkisSettings): DialectResponse {
  const status = settings.httpStatus === "semantic" || error.id === 0 ? error.status : 200;
  const challenge = status === 401 ? { "www-authenticate": 'Basic realm="nokkis", charset="UTF-8"' } : {};
  return {
    status,
    headers: { ...headers, ...challenge },
    body: document(errorLine(error)),
    compressible: false,
    refusal: { error: `${error.id} ${error.text}`, reason },
  };
}

/** Carries out a command for a visitor, once for an `Idempotency-Key` if the request has one. */
export function execute<C extends Command>({ request, context }: Call, { principal }: Visitor, command: C) {
  return context.execute<C>(principal, { kind: "event", ...command }, request.header("idempotency-key"));
}

/** Looks for a barcode that a visitor presents. Error 10 once it has presented too many that are none. */
export async function present<T>(
  { context }: Call,
  { principal }: Visitor,
  key: string,
  look: () => Promise<T>,
  isUnknown: (found: T) => boolean,
): Promise<T | ProtocolError> {
  const found = await context.present(principal, key, look, isUnknown);
  return found === "throttled" ? new ProtocolError("insufficientPrivileges") : found;
}
