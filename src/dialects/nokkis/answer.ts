import type { Command } from "../../core/command.ts";
import { isIdempotencyKey } from "../../engine/idempotency.ts";
import type { XmlElement } from "../../wire/xml-read.ts";
import type { DialectResponse, Handler } from "../dialect.ts";
import type { Call, Caller } from "./auth.ts";
import { readBody } from "./decode.ts";
import { declaration, document, errorLine } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { type NokkisSettings, settings as nokkisSettings } from "./settings.ts";

/** A handler that answers or ends in one of the specification's errors. */
export type CallHandler = (call: Call) => Promise<DialectResponse | ProtocolError>;

/** A handler that also gets the request's `<nokkis>` element. */
export type ChangeHandler = (call: Call, root: XmlElement) => Promise<DialectResponse | ProtocolError>;

/** The handler of a method that changes nothing and ignores the body. */
export function reading(handle: CallHandler): Handler {
  return async (request, context) => {
    const settings = nokkisSettings.read(context.organization.settings);
    const result = await handle({ request, context, settings });
    return result instanceof ProtocolError ? errorResponse(result, settings) : result;
  };
}

/** The handler of a method that changes something. Error 3, before any other, for an unreadable request. */
export function changing(handle: ChangeHandler): Handler {
  return reading(async (call) => {
    const idempotencyKey = call.request.header("idempotency-key");
    if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) {
      return new ProtocolError("invalidXml", "Idempotency-Key must be 1 to 255 visible ASCII characters");
    }
    const root = readBody(call.request.body, call.request.header("content-type"));
    return root instanceof ProtocolError ? root : handle(call, root);
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

/** Lines inside of the element of their event. */
export async function* inEvent(eventId: number, lines: AsyncIterable<string>): AsyncGenerator<string> {
  yield `<event id="${eventId}">\n`;
  yield* lines;
  yield "</event>\n";
}

/** The rows as lines, a page at a time. */
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

/** Carries out a command for a caller; once only if the request has an `Idempotency-Key`. */
export function execute<C extends Command>({ request, context }: Call, { principal }: Caller, command: C) {
  return context.execute<C>(principal, { kind: "event", ...command }, request.header("idempotency-key"));
}

/** Looks up a barcode that a caller presents. Error 10 after too many unknown barcodes. */
export async function present<T>(
  { context }: Call,
  { principal }: Caller,
  key: string,
  look: () => Promise<T>,
  isUnknown: (found: T) => boolean,
): Promise<T | ProtocolError> {
  const found = await context.present(principal, key, look, isUnknown);
  return found === "throttled" ? new ProtocolError("insufficientPrivileges") : found;
}
