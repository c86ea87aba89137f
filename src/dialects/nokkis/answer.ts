import type { Command } from "../../core/command.ts";
import type { Order } from "../../engine/engine.ts";
import { isIdempotencyKey } from "../../engine/idempotency.ts";
import type { DialectResponse, Handler } from "../dialect.ts";
import { type Call, callerOf, type Visitor } from "./auth.ts";
import { declaration, document, errorLine } from "./encode.ts";
import { Failure } from "./refusals.ts";
import { type NokkisSettings, readSettings } from "./settings.ts";

/** A handler that either answers or ends in one of the specification's errors. */
export type Act = (call: Call) => Promise<DialectResponse | Failure>;

export function handler(act: Act): Handler {
  return async (request, context) => {
    const settings = readSettings(context.organization);
    const result = await act({ request, context, settings });
    return result instanceof Failure ? failureResponse(result, settings) : result;
  };
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

export function failureResponse(failure: Failure, settings: NokkisSettings): DialectResponse {
  const { error } = failure;
  const status = settings.httpStatus === "semantic" || error.id === 0 ? error.status : 200;
  return { status, headers, body: document(errorLine(error)), compressible: false };
}

/** Carries out a command for a visitor. Error 3 when the request's `Idempotency-Key` cannot be one. */
export async function execute<C extends Command>({ request, context }: Call, visitor: Visitor, command: C) {
  const idempotencyKey = request.header("idempotency-key");
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) return new Failure("invalidXml");
  const order: Order<C> = {
    organizationId: context.organization.id,
    command: { kind: "event", ...command },
    caller: callerOf(visitor),
    address: request.address,
  };
  return context.engine.execute(idempotencyKey === undefined ? order : { ...order, idempotencyKey });
}
