import type { Permission } from "../../core/permission.ts";
import { isIdempotencyKey } from "../../engine/idempotency.ts";
import type { DialectContext, DialectRequest, DialectResponse, Handler } from "../dialect.ts";
import { admit, type Call } from "./auth.ts";
import { errorDocument } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import { type MorSettings, settings as morSettings } from "./settings.ts";

/** A whole document, or one that is written while it is read. */
export type Content = string | AsyncIterable<string>;

/** A handler that answers or ends in an error. */
export type CallHandler = (call: Call) => Promise<Content | ProtocolError>;

/**
 * The handler of a call with a hash. `hashed` names the parameters in the hash, in the order of the documentation.
 * `packed` says that the documentation has the answer packed.
 */
export function signed(
  permission: Permission,
  hashed: readonly string[],
  handle: CallHandler,
  { packed = false }: { readonly packed?: boolean } = {},
): Handler {
  return async (request, context) => {
    const call = await admit(request, context, hashed, permission);
    if (call instanceof ProtocolError) return respond(call, houseSettings(context), packed);
    return respond(await handle(call), call.settings, packed);
  };
}

/** The handler of a call without a hash. */
export function unsigned(
  handle: (request: DialectRequest, context: DialectContext) => Promise<string | ProtocolError>,
): Handler {
  return async (request, context) => respond(await handle(request, context), houseSettings(context), false);
}

function houseSettings({ organization }: DialectContext): MorSettings {
  return morSettings.read(organization.settings);
}

/**
 * An answer or an error. The HTTP status is always 200: clients take any other for a failure of the network and do not
 * look at the body. Answers hold pins and passwords, so no proxy may keep them.
 */
export function respond(content: Content | ProtocolError, settings: MorSettings, packed: boolean): DialectResponse {
  return {
    status: 200,
    headers: { "content-type": `text/${settings.xml}; charset=utf-8`, "cache-control": "no-store" },
    body: content instanceof ProtocolError ? errorDocument(content.error) : content,
    compressible: packed ? (settings.gzip === "always" ? "unasked" : "any_size") : true,
    ...(content instanceof ProtocolError ? { refusal: { error: content.error.text, reason: content.reason } } : {}),
  };
}

/** The request's `Idempotency-Key`, if it has one. Refused with `keyWrong` when it cannot be one. */
export function readIdempotencyKey({ request }: Call): string | undefined | ProtocolError {
  const key = request.header("idempotency-key");
  return key === undefined || isIdempotencyKey(key) ? key : new ProtocolError("keyWrong");
}

/** Looks up a card by a number that the caller sends. Refused with `badLogin` after too many unknown numbers. */
export async function present<T>(
  { context, principal }: Call,
  number: string,
  look: () => Promise<T>,
  isUnknown: (found: T) => boolean,
): Promise<T | ProtocolError> {
  const found = await context.present(principal, number, look, isUnknown);
  return found === "throttled" ? new ProtocolError("badLogin") : found;
}
