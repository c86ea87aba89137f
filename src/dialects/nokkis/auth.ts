import type { Credentials, Identity } from "../../access/authenticator.ts";
import type { Caller } from "../../core/caller.ts";
import { mayOperator, type Permission } from "../../core/operator.ts";
import type { OpenableProduct } from "../../core/product.ts";
import { readAuthorization } from "../../wire/basic-auth.ts";
import { childOf, type XmlElement } from "../../wire/xml-read.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { readApikeyElement, readFields } from "./decode.ts";
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
 * user or password), the header `X-Apikey`, the query's `apikey`, `<apikey>` directly under `<nokkis>`.
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
        request.header("x-apikey") ??
        readFields(request.query).get("apikey") ??
        (element === undefined ? undefined : readApikeyElement(element));
      return key === undefined ? undefined : { accessKeys: [key.trim()] };
    }
  }
}

/** Who presents what; a refusal when it fits nobody, `undefined` when nothing is presented. */
async function identify({ request, context }: Call, root: XmlElement | undefined) {
  const credentials = presented(request, root);
  if (credentials === undefined) return undefined;
  return context.authenticator.identify(context.organization.id, credentials, request.address);
}

/**
 * Admits whoever stands at a gate: an apikey, which is always checked, an operator who may `redeem`, or with the setting
 * `nokkis.gate` = `open` anybody who presents nothing. Otherwise error 11. Whether the apikey opens the event at hand is
 * for {@link refuseEvent} to say.
 */
export async function admitGate(call: Call, root?: XmlElement): Promise<Visitor | Failure> {
  const identity = await identify(call, root);
  if (identity === undefined) {
    return call.settings.gate === "open" ? { kind: "anonymous" } : new Failure("invalidApikey");
  }
  if (identity === "credentials_wrong" || identity === "throttled") return new Failure("invalidApikey");
  if (identity.kind === "operator" && !mayOperator(identity.operator, "redeem")) {
    return new Failure("insufficientPrivileges");
  }
  return identity;
}

/** Error 10 when the visitor's apikey does not open this event. */
export function refuseEvent(visitor: Visitor, eventId: number | undefined): Failure | undefined {
  if (visitor.kind !== "access_key") return undefined;
  const opens = eventId !== undefined && visitor.accessKey.productIds.has(eventId);
  return opens ? undefined : new Failure("insufficientPrivileges");
}

/**
 * Admits whoever administers: an operator with this permission, or with the setting `nokkis.admin` = `open` anybody.
 * Otherwise error 10.
 */
export async function admitAdmin(call: Call, permission: Permission): Promise<Visitor | Failure> {
  const identity = await identify(call, undefined);
  const known = typeof identity === "object" ? identity : undefined;
  if (known?.kind === "operator" && mayOperator(known.operator, permission)) return known;
  if (call.settings.admin === "open") return known ?? { kind: "anonymous" };
  return new Failure("insufficientPrivileges");
}

/** The event of this number, retired ones included; what is sold otherwise has no place in this protocol. */
export async function findEvent({ context }: Call, id: number | undefined): Promise<OpenableProduct | undefined> {
  const found = id === undefined ? undefined : await context.reader.product(context.organization.id, id);
  return found?.product.kind === "event" ? found : undefined;
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
