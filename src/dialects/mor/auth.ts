import type { Permission } from "../../core/operator.ts";
import { mayOperator, ownerScope } from "../../core/operator.ts";
import type { KnownOperator } from "../../engine/reader.ts";
import { equalInConstantTime, sha1Hex } from "../../wire/digest.ts";
import { isParametersFault, type Parameters, readParameters } from "../../wire/parameters.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { Failure } from "./refusals.ts";
import { type MorSettings, readResellersSettings, readSettings } from "./settings.ts";

/** A request that was let in, together with what its handler may use. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly parameters: Parameters;
  readonly operator: KnownOperator;
  /** Whose users, groups and cards the operator sees: a reseller's own, or with `null` those of the house. */
  readonly ownerId: number | null;
  /** Those that hold for the operator. */
  readonly settings: MorSettings;
}

/** The parameters of a request, once the API and its method are allowed. */
export interface Opened {
  readonly parameters: Parameters;
  readonly settings: MorSettings;
}

/**
 * The checks that come before everybody's login: whether the API is on, and whether it may be called in this way. What
 * cannot be read counts as not sent, so that nobody logs in with it.
 */
export async function open(request: DialectRequest, { organization }: DialectContext): Promise<Opened | Failure> {
  const settings = readSettings(organization.settings);
  if (!settings.isOn) return new Failure("apiDisabled");
  if (request.method === "GET" && !settings.allowsGet) return new Failure("getDisabled");
  const { query, body } = request;
  const parameters = await readParameters({ query, body, contentType: request.header("content-type") });
  return { settings, parameters: isParametersFault(parameters) ? new Map() : parameters };
}

/** The settings that hold for an operator. */
export function settingsFor(house: MorSettings, operator: KnownOperator): MorSettings {
  return operator.role === "reseller" ? readResellersSettings(house, operator.settings) : house;
}

/** The error that an operator's own settings make of this request, if they do. */
export function refuseBySettings(request: DialectRequest, settings: MorSettings): Failure | undefined {
  if (!settings.isOn) return new Failure("apiDisabled");
  if (request.method === "GET" && !settings.allowsGet) return new Failure("getDisabled");
  return undefined;
}

/**
 * Lets in whom `u` names, if the hash is what this operator would have made of the values of the `hashed` parameters, in
 * that order, and the key. Errors in this order: API or GET disabled, bad login, incorrect hash, no permission.
 */
export async function admit(
  request: DialectRequest,
  context: DialectContext,
  { hashed, permission }: { readonly hashed: readonly string[]; readonly permission: Permission },
): Promise<Call | Failure> {
  const opened = await open(request, context);
  if (opened instanceof Failure) return opened;
  const { parameters, settings: house } = opened;
  const login = parameters.get("u") ?? "";
  const { organization, authenticator } = context;
  const found = await authenticator.identifySigner(organization.id, login, request.address, (operator) => {
    const settings = settingsFor(house, operator);
    if (refuseBySettings(request, settings) !== undefined) return "moot";
    return isSigned(parameters, hashed, settings) ? "right" : "wrong";
  });
  if (found === "login_unknown" || found === "throttled") return new Failure("badLogin");
  if (found === "credentials_wrong") return new Failure("incorrectHash");
  const settings = settingsFor(house, found);
  const refused = refuseBySettings(request, settings);
  if (refused !== undefined) return refused;
  if (!mayOperator(found, permission)) {
    return new Failure(permission === "read_customers" ? "accessDenied" : "notAuthorized");
  }
  return { request, context, parameters, operator: found, ownerId: ownerScope(found), settings };
}

/** Whether the hash fits. A parameter that was not sent adds nothing; hexadecimal digits may have either case. */
function isSigned(parameters: Parameters, hashed: readonly string[], settings: MorSettings): boolean {
  if (!settings.checksHash) return true;
  const values = hashed.map((name) => parameters.get(name) ?? "");
  const expected = sha1Hex(values.join("") + settings.secret);
  return equalInConstantTime((parameters.get("hash") ?? "").toLowerCase(), expected);
}
