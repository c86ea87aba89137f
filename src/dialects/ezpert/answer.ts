import type { Command } from "../../core/command.ts";
import { isIdempotencyKey } from "../../engine/idempotency.ts";
import type { HeldEntitlement } from "../../queries/entitlements.ts";
import type { DialectContext, DialectRequest, DialectResponse, Handler } from "../dialect.ts";
import type { Admit, Caller } from "./auth.ts";
import { type Fields, readFields } from "./decode.ts";
import { jsonText, jsonType, type Layout } from "./encode.ts";
import { errors, ProtocolError } from "./errors.ts";
import { type EzpertSettings, settings as ezpertSettings } from "./settings.ts";

/** A request whose caller is known and whose parameters could be read. */
export interface Call extends Caller {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly settings: EzpertSettings;
  readonly fields: Fields;
}

/** A handler that either answers or ends in one of the errors. */
export type CallHandler = (call: Call) => Promise<DialectResponse | ProtocolError>;

/** The parts of an operation. */
export interface OperationParts {
  readonly admit: Admit;
  /** The parameters that the operation reads. The caller is told the names of others. */
  readonly parameters: readonly string[];
  readonly handle: CallHandler;
}

/**
 * The handler of an operation. It identifies the caller first. So a stranger learns nothing about the parameters, and
 * they are read only where credentials may be among them.
 */
export function operation({ admit, parameters, handle }: OperationParts): Handler {
  return async (request, context) => {
    const settings = ezpertSettings.read(context.organization.settings);
    const caller = await admit(request, context);
    if (caller instanceof ProtocolError) return protocolErrorResponse(caller, settings);
    const fields = readFields(request);
    if (fields instanceof ProtocolError) return protocolErrorResponse(fields, settings);
    const result = await handle({ request, context, settings, fields, ...caller });
    const ignored = [...fields].flatMap(([name, value]) => (value === "" || parameters.includes(name) ? [] : [name]));
    return { ...(result instanceof ProtocolError ? protocolErrorResponse(result, settings) : result), ignored };
  };
}

/** Licences and tokens belong to one client: no proxy may keep them. */
const noStore = { "cache-control": "no-store" };

/** An answer with these licences, all at once. */
export function answer(layout: Layout, held: readonly HeldEntitlement[]): DialectResponse {
  const written = held.map((one) => layout.license(one)).join(layout.between);
  return listAnswer(layout, written === "" ? layout.empty : layout.open + written + layout.close);
}

/** An answer that is written while the licences are read. */
export function streamed(layout: Layout, pages: AsyncIterable<readonly HeldEntitlement[]>): DialectResponse {
  return listAnswer(layout, textOf(layout, pages));
}

function listAnswer({ contentType }: Layout, body: string | AsyncIterable<string>): DialectResponse {
  return { status: 200, headers: { "content-type": contentType, ...noStore }, body, compressible: true };
}

async function* textOf(layout: Layout, pages: AsyncIterable<readonly HeldEntitlement[]>): AsyncGenerator<string> {
  let before = layout.open;
  for await (const page of pages) {
    let text = "";
    for (const held of page) {
      text += before + layout.license(held);
      before = layout.between;
    }
    yield text;
  }
  yield before === layout.open ? layout.empty : layout.close;
}

/** An answer that is no list. */
export function jsonAnswer(value: object): DialectResponse {
  const headers = { "content-type": jsonType, ...noStore };
  return { status: 200, headers, body: jsonText(value), compressible: false };
}

/** An error. It is JSON whatever `output` says: the documents show no other. */
export function errorResponse(status: number, message: string, type?: string): DialectResponse {
  const error = type === undefined ? { message } : { type, message };
  return { ...jsonAnswer({ error }), status };
}

function protocolErrorResponse({ name, reason, detail }: ProtocolError, settings: EzpertSettings): DialectResponse {
  const error: { status: number; type?: string; message: string } = errors[name];
  const isAboutCaller = error.status === 401 || error.status === 403;
  const status = isAboutCaller || settings.httpStatus === "semantic" ? error.status : 200;
  const response = errorResponse(status, error.message + detail, error.type);
  const challenge = error.status === 401 ? { "www-authenticate": 'Basic realm="ezpert"' } : {};
  return { ...response, headers: { ...response.headers, ...challenge }, refusal: { error: name, reason } };
}

/** Carries out a command for the caller. Refused with `keyInvalid` when the `Idempotency-Key` cannot be one. */
export async function execute<C extends Command>({ request, context, principal }: Call, command: C) {
  const idempotencyKey = request.header("idempotency-key");
  if (idempotencyKey !== undefined && !isIdempotencyKey(idempotencyKey)) return new ProtocolError("keyInvalid");
  return context.execute(principal, command, idempotencyKey);
}
