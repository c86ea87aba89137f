import type { Authenticator, Credentials, Identity } from "../../access/authenticator.ts";
import { anonymous, granted, principalOf } from "../../access/principals.ts";
import type { Permission } from "../../core/permission.ts";
import { may, type Principal } from "../../core/principal.ts";
import { readAuthorization } from "../../wire/basic-auth.ts";
import { childOf, type XmlElement } from "../../wire/xml-read.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { readApikeyElement, readEventId, readFields } from "./decode.ts";
import type { BarcodeView } from "./encode.ts";
import { ProtocolError } from "./errors.ts";
import type { NokkisSettings } from "./settings.ts";

/** A request with the services for its handler. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly settings: NokkisSettings;
}

/** The caller of a request, with the permissions that the protocol and the organization's settings give. */
export interface Caller {
  readonly principal: Principal;
  /** The presented access key as text; absent for an operator. */
  readonly key?: string;
  /** The categories of the path's event that the access key may admit; absent for all. */
  readonly admits?: readonly string[] | undefined;
}

/** How a caller sees barcodes: with or without names, and those of categories that it may not admit as not valid. */
export function viewOf({ principal, admits }: Caller): BarcodeView {
  return { showsNames: may(principal, "see_names"), admits };
}

/**
 * The credentials of the caller, looked for in this order: `Authorization` (`Apikey k`, `Bearer k`, or Basic with the
 * key as user or password), the header `X-Apikey`, the query's `apikey`, `<apikey>` directly under `<nokkis>`. The
 * first that is not blank counts, even if it is wrong.
 */
function presented(request: DialectRequest, root: XmlElement | undefined): Credentials | undefined {
  const authorization = readAuthorization(request.header("authorization"));
  switch (authorization.scheme) {
    case "basic": {
      const { user, password } = authorization;
      return { accessKeys: [user, password], login: { name: user, password } };
    }
    case "other": {
      const { name, value } = authorization;
      if (name === "apikey") return { accessKeys: [value] };
      return name === "bearer" ? { accessKeys: [value], token: value } : {};
    }
    case "malformed":
      return {};
    case "none": {
      const element = root === undefined ? undefined : childOf(root, "apikey");
      const key =
        request.header("x-apikey")?.trim() ||
        readFields(request.query).get("apikey")?.trim() ||
        (element && readApikeyElement(element));
      return key ? { accessKeys: [key] } : undefined;
    }
  }
}

/** The identity of the credentials, or the reason why there is none; `undefined` when nothing is presented. */
type Found = Awaited<ReturnType<Authenticator["identify"]>> | undefined;

async function identify({ request, context }: Call, root?: XmlElement): Promise<Found> {
  const credentials = presented(request, root);
  if (credentials === undefined) return undefined;
  const opens = readEventId(request.params.event);
  const sought = opens === undefined ? credentials : { ...credentials, opens };
  return context.authenticator.identify(context.organization.id, sought, request.address);
}

function gateCaller(call: Call, found: Found): Caller | ProtocolError {
  if (found === undefined) {
    return call.settings.gate === "open" ? { principal: stranger } : new ProtocolError("invalidApikey");
  }
  if (typeof found === "string") return new ProtocolError("invalidApikey");
  const caller = callerOf(found);
  if (!may(caller.principal, "redeem")) return new ProtocolError("insufficientPrivileges");
  const { event } = call.request.params;
  if (found.kind === "operator" || event === undefined) return caller;
  const categories = found.accessKey.opens.get(readEventId(event) ?? Number.NaN);
  if (categories === undefined) return new ProtocolError("insufficientPrivileges");
  return categories === null ? caller : { ...caller, admits: categories };
}

/** A caller who presents nothing at an open gate. */
const stranger = granted(anonymous, ["redeem", "see_names"]);

function adminCaller(call: Call, found: Found, permission: Permission): Caller | ProtocolError {
  const caller = typeof found === "object" ? callerOf(found) : { principal: anonymous };
  if (may(caller.principal, permission)) return caller;
  if (call.settings.admin !== "open") return new ProtocolError("insufficientPrivileges");
  return { ...caller, principal: granted(caller.principal, [permission]) };
}

function callerOf(identity: Identity): Caller {
  const principal = principalOf(identity);
  return identity.kind === "access_key" ? { principal, key: identity.key } : { principal };
}

/**
 * Admits a gate: an apikey, which is always checked, an operator who may `redeem`, or with the setting `nokkis.gate` =
 * `open` a caller who presents nothing. Otherwise error 11, or 10 for an operator without the permission and for an
 * apikey that does not open the event of the path, whether that event exists or not.
 */
export async function admitGate(call: Call, root?: XmlElement): Promise<Caller | ProtocolError> {
  return gateCaller(call, await identify(call, root));
}

/** Admits an operator with this permission, or with the setting `nokkis.admin` = `open` anybody. Otherwise error 10. */
export async function admitAdmin(call: Call, permission: Permission): Promise<Caller | ProtocolError> {
  return adminCaller(call, await identify(call), permission);
}

/**
 * Admits a reader of events: an operator who manages them, or a reader of barcodes. An apikey is checked even where
 * everybody may manage. Errors as of {@link admitGate}.
 */
export async function admitReader(call: Call): Promise<{ caller: Caller; manages: boolean } | ProtocolError> {
  const found = await identify(call);
  const manager = adminCaller(call, found, "manage_products");
  const manages = !(manager instanceof ProtocolError);
  const needsNoKey = manages && (found === undefined || (typeof found === "object" && found.kind === "operator"));
  const caller = needsNoKey ? manager : readingCaller(call, found);
  return caller instanceof ProtocolError ? caller : { caller, manages };
}

/** Admits a reader of barcodes: a gate, or an operator who may read of products. Errors as of {@link admitGate}. */
export async function admitBarcodeReader(call: Call): Promise<Caller | ProtocolError> {
  return readingCaller(call, await identify(call));
}

function readingCaller(call: Call, found: Found): Caller | ProtocolError {
  const caller = typeof found === "object" ? callerOf(found) : undefined;
  return caller !== undefined && may(caller.principal, "read_products") ? caller : gateCaller(call, found);
}
