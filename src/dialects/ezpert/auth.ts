import type { Credentials } from "../../access/authenticator.ts";
import { principalOf } from "../../access/principals.ts";
import type { Operator } from "../../core/operator.ts";
import type { Permission } from "../../core/permission.ts";
import { may, type Principal } from "../../core/principal.ts";
import { readAuthorization } from "../../wire/basic-auth.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { type Fields, readFields } from "./decode.ts";
import { ProtocolError } from "./errors.ts";

interface Presented {
  readonly credentials: Credentials;
  /** The error when they are wrong. */
  readonly wrong: "credentialsWrong" | "tokenNotValid";
}

/** Credentials that match nobody: an unknown scheme, broken Base64, no colon. */
const nonsense: Presented = { credentials: {}, wrong: "credentialsWrong" };

/**
 * The credentials of the caller: `Authorization` as Basic, `Token` or `Bearer`, or without that header the parameter
 * `access_token`; `undefined` when there is nothing.
 */
function presented(request: DialectRequest): Presented | undefined {
  const authorization = readAuthorization(request.header("authorization"));
  switch (authorization.scheme) {
    case "basic":
      return byLogin(authorization.user, authorization.password);
    case "other": {
      const { name, value } = authorization;
      return name === "token" || name === "bearer" ? byToken(value) : nonsense;
    }
    case "malformed":
      return nonsense;
    case "none": {
      const token = fieldsOf(request).get("access_token")?.trim() ?? "";
      // In a form a plus sign that was not escaped has become a blank; tokens have no blanks of their own.
      return token === "" ? undefined : byToken(token.replaceAll(" ", "+"));
    }
  }
}

/**
 * The credentials of a request for a token: Basic, or without a header the parameters `user_no` and `passwd`. A token
 * is not accepted, or one that leaked could be renewed for ever. The password is read anew: one that was changed a
 * moment ago must not make a token, which would outlive it.
 */
function presentedForToken(request: DialectRequest): Presented | undefined {
  const authorization = readAuthorization(request.header("authorization"));
  if (authorization.scheme === "basic")
    return byLogin(authorization.user, authorization.password, { isReadAnew: true });
  if (authorization.scheme !== "none") return nonsense;
  const fields = fieldsOf(request);
  const user = fields.get("user_no")?.trim() ?? "";
  return user === "" ? undefined : byLogin(user, fields.get("passwd") ?? "", { isReadAnew: true });
}

/** The parameters; none when they cannot be read. */
function fieldsOf(request: DialectRequest): Fields {
  const fields = readFields(request);
  return fields instanceof ProtocolError ? new Map() : fields;
}

function byLogin(name: string, password: string, more: { readonly isReadAnew?: true } = {}): Presented {
  return { credentials: { login: { name, password, ...more } }, wrong: "credentialsWrong" };
}

function byToken(token: string): Presented {
  return { credentials: { token }, wrong: "tokenNotValid" };
}

/** The operator who calls. */
export interface Caller {
  readonly operator: Operator;
  readonly principal: Principal;
}

/** Identifies the caller. Refused with `credentialsMissing`, `credentialsWrong` or `tokenNotValid`. */
export type Admit = (request: DialectRequest, context: DialectContext) => Promise<Caller | ProtocolError>;

function admitBy(present: typeof presented): Admit {
  return async (request, { authenticator, organization }) => {
    const found = present(request);
    if (found === undefined) return new ProtocolError("credentialsMissing");
    const identity = await authenticator.identify(organization.id, found.credentials, request.address);
    // Too many wrong attempts are answered as a wrong one, so the answer does not tell whether the last was right.
    if (typeof identity === "string" || identity.kind !== "operator") return new ProtocolError(found.wrong);
    return { operator: identity.operator, principal: principalOf(identity) };
  };
}

const operator: Admit = admitBy(presented);

/** Any operator who presents a password. */
export const operatorByPassword: Admit = admitBy(presentedForToken);

/** An operator with this permission; refused also with `accessDenied`. */
export function operatorWith(permission: Permission): Admit {
  return async (request, context) => {
    const caller = await operator(request, context);
    if (caller instanceof ProtocolError || may(caller.principal, permission)) return caller;
    return new ProtocolError("accessDenied");
  };
}
