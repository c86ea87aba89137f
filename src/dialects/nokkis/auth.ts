import type { Authenticator, Credentials, Identity } from "../../access/authenticator.ts";
import { anonymous, granted, principalOf } from "../../access/principals.ts";
import type { Permission } from "../../core/permission.ts";
import { may, type Principal } from "../../core/principal.ts";
import { readAuthorization } from "../../wire/basic-auth.ts";
import { childOf, type XmlElement } from "../../wire/xml-read.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { readApikeyElement, readEventId, readFields } from "./decode.ts";
import { ProtocolError } from "./errors.ts";
import type { NokkisSettings } from "./settings.ts";

/** A request together with what its handler may use. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly settings: NokkisSettings;
}

/** Who calls, with what the protocol's rules and the organization's settings allow. */
export interface Visitor {
  readonly principal: Principal;
  /** The access key that was presented, in clear, if it was one. */
  readonly key?: string;
}

/**
 * What the caller presents, looked for in this order: `Authorization` (`Apikey k`, `Bearer k`, or Basic with the key as
 * user or password), the header `X-Apikey`, the query's `apikey`, `<apikey>` directly under `<nokkis>`. The first that
 * is not blank counts, and nothing is looked for behind one that is wrong.
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

/** Who presents what; a refusal when it fits nobody, `undefined` when nothing is presented. */
type Found = Awaited<ReturnType<Authenticator["identify"]>> | undefined;

async function identify({ request, context }: Call, root?: XmlElement): Promise<Found> {
  const credentials = presented(request, root);
  if (credentials === undefined) return undefined;
  const opens = readEventId(request.params.event);
  const sought = opens === undefined ? credentials : { ...credentials, opens };
  return context.authenticator.identify(context.organization.id, sought, request.address);
}

function gateVisitor(call: Call, found: Found): Visitor | ProtocolError {
  if (found === undefined) {
    return call.settings.gate === "open" ? { principal: stranger } : new ProtocolError("invalidApikey");
  }
  if (typeof found === "string") return new ProtocolError("invalidApikey");
  const visitor = visitorOf(found);
  const opens = found.kind === "operator" || opensEvent(call, found.accessKey.productIds);
  return opens && may(visitor.principal, "redeem") ? visitor : new ProtocolError("insufficientPrivileges");
}

/** Who presents nothing at a gate that is open. */
const stranger = granted(anonymous, ["redeem"]);

/** Whether these products are enough for the event of the path, if the path has one. */
function opensEvent({ request: { params } }: Call, productIds: ReadonlySet<number>): boolean {
  const eventId = readEventId(params.event);
  return params.event === undefined || (eventId !== undefined && productIds.has(eventId));
}

function adminVisitor(call: Call, found: Found, permission: Permission): Visitor | ProtocolError {
  const visitor = typeof found === "object" ? visitorOf(found) : { principal: anonymous };
  if (may(visitor.principal, permission)) return visitor;
  if (call.settings.admin !== "open") return new ProtocolError("insufficientPrivileges");
  return { ...visitor, principal: granted(visitor.principal, [permission]) };
}

function visitorOf(identity: Identity): Visitor {
  const principal = principalOf(identity);
  return identity.kind === "access_key" ? { principal, key: identity.key } : { principal };
}

/**
 * Admits whoever stands at a gate: an apikey, which is always checked, an operator who may `redeem`, or with the setting
 * `nokkis.gate` = `open` anybody who presents nothing. Otherwise error 11, or 10 for an apikey that does not open the
 * event of the path, whether there is such an event or not, and for an operator without the permission.
 */
export async function admitGate(call: Call, root?: XmlElement): Promise<Visitor | ProtocolError> {
  return gateVisitor(call, await identify(call, root));
}

/**
 * Admits whoever administers: an operator with this permission, or with the setting `nokkis.admin` = `open` anybody.
 * Otherwise error 10.
 */
export async function admitAdmin(call: Call, permission: Permission): Promise<Visitor | ProtocolError> {
  return adminVisitor(call, await identify(call), permission);
}

/**
 * Admits whoever may read of events: who manages them, and who stands at a gate. An apikey is checked even where
 * everybody may manage. Errors as of {@link admitGate}.
 */
export async function admitReader(call: Call): Promise<{ visitor: Visitor; manages: boolean } | ProtocolError> {
  const found = await identify(call);
  const manager = adminVisitor(call, found, "manage_products");
  const manages = !(manager instanceof ProtocolError);
  const needsNoKey = manages && (found === undefined || (typeof found === "object" && found.kind === "operator"));
  const visitor = needsNoKey ? manager : gateVisitor(call, found);
  return visitor instanceof ProtocolError ? visitor : { visitor, manages };
}
