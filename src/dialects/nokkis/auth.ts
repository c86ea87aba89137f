import type { Authenticator, Credentials, Identity } from "../../access/authenticator.ts";
import type { Caller } from "../../core/caller.ts";
import { mayOperator, type Permission } from "../../core/operator.ts";
import { readAuthorization } from "../../wire/basic-auth.ts";
import { childOf, type XmlElement } from "../../wire/xml-read.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { readApikeyElement, readEventId, readFields } from "./decode.ts";
import { Failure } from "./refusals.ts";
import type { NokkisSettings } from "./settings.ts";

/** A request together with what its handler may use. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly settings: NokkisSettings;
}

/** Who calls, as far as the protocol can tell. */
export type Visitor = Identity | { readonly kind: "anonymous" };

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

function gateVisitor(call: Call, found: Found): Visitor | Failure {
  if (found === undefined) return call.settings.gate === "open" ? { kind: "anonymous" } : new Failure("invalidApikey");
  if (typeof found === "string") return new Failure("invalidApikey");
  if (found.kind === "operator") {
    return mayOperator(found.operator, "redeem") ? found : new Failure("insufficientPrivileges");
  }
  const { event } = call.request.params;
  const eventId = readEventId(event);
  const opens = event === undefined || (eventId !== undefined && found.accessKey.productIds.has(eventId));
  return opens ? found : new Failure("insufficientPrivileges");
}

function adminVisitor(call: Call, found: Found, permission: Permission): Visitor | Failure {
  const known = typeof found === "object" ? found : undefined;
  if (known?.kind === "operator" && mayOperator(known.operator, permission)) return known;
  if (call.settings.admin === "open") return known ?? { kind: "anonymous" };
  return new Failure("insufficientPrivileges");
}

/**
 * Admits whoever stands at a gate: an apikey, which is always checked, an operator who may `redeem`, or with the setting
 * `nokkis.gate` = `open` anybody who presents nothing. Otherwise error 11, or 10 for an apikey that does not open the
 * event of the path, whether there is such an event or not, and for an operator without the permission.
 */
export async function admitGate(call: Call, root?: XmlElement): Promise<Visitor | Failure> {
  return gateVisitor(call, await identify(call, root));
}

/**
 * Admits whoever administers: an operator with this permission, or with the setting `nokkis.admin` = `open` anybody.
 * Otherwise error 10.
 */
export async function admitAdmin(call: Call, permission: Permission): Promise<Visitor | Failure> {
  return adminVisitor(call, await identify(call), permission);
}

/**
 * Admits whoever may read of events: who manages them, and who stands at a gate. An apikey is checked even where
 * everybody may manage. Errors as of {@link admitGate}.
 */
export async function admitReader(call: Call): Promise<{ visitor: Visitor; manages: boolean } | Failure> {
  const found = await identify(call);
  const manager = adminVisitor(call, found, "manage_products");
  const manages = !(manager instanceof Failure);
  const needsNoKey = manages && (found === undefined || (typeof found === "object" && found.kind === "operator"));
  const visitor = needsNoKey ? manager : gateVisitor(call, found);
  return visitor instanceof Failure ? visitor : { visitor, manages };
}

/** The visitor as the log names it. */
export function callerOf(visitor: Visitor): Caller {
  switch (visitor.kind) {
    case "anonymous":
      return { kind: "anonymous" };
    case "operator":
      return { kind: "operator", operatorId: visitor.operator.id };
    case "access_key":
      return { kind: "access_key", accessKeyId: visitor.accessKey.id };
  }
}
