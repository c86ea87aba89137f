import { operatorPrincipal } from "../../access/principals.ts";
import type { Permission } from "../../core/permission.ts";
import { may, type Principal } from "../../core/principal.ts";
import type { KnownOperator } from "../../queries/operators.ts";
import { equalInConstantTime, sha1Hex } from "../../wire/digest.ts";
import { FormatError } from "../../wire/format-error.ts";
import { type Parameters, type ReadParameters, readParameters } from "../../wire/parameters.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import { ProtocolError } from "./errors.ts";
import { isOn, type MorSettings, settings as morSettings, readResellersSettings } from "./settings.ts";

/** An admitted request, with the services for its handler. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly parameters: Parameters;
  readonly principal: Principal;
  /** The owner of the users, groups and cards that the principal sees: a reseller, or `null` for the house. */
  readonly ownerId: number | null;
  /** The settings for the operator. */
  readonly settings: MorSettings;
}

/** The parameters of a request, once the API and its method are allowed. */
interface Opened {
  readonly read: ReadParameters;
  /** The reason why the parameters could not be read; `undefined` when they could. */
  readonly unread: string | undefined;
  readonly settings: MorSettings;
}

/**
 * The checks before any login: whether the API is on, and whether this method is allowed. Unreadable parameters count
 * as not sent, so nobody logs in with them.
 */
export async function open(request: DialectRequest, { organization }: DialectContext): Promise<Opened | ProtocolError> {
  const settings = morSettings.read(organization.settings);
  const refused = refuseBySettings(request, settings);
  if (refused !== undefined) return refused;
  const { query, body } = request;
  const read = readParameters({ query, body, contentType: request.header("content-type") });
  if (!(read instanceof FormatError)) return { settings, read, unread: undefined };
  return { settings, read: { shortest: new Map(), asSent: new Map() }, unread: `${read.fault}: ${read.message}` };
}

/** The settings that hold for an operator. */
export function settingsFor(house: MorSettings, operator: KnownOperator): MorSettings {
  return operator.role === "reseller" ? readResellersSettings(house, operator.settings) : house;
}

/** The error of a request that these settings refuse: the API is off, or GET is. */
export function refuseBySettings({ method }: DialectRequest, settings: MorSettings): ProtocolError | undefined {
  if (!isOn(settings)) return new ProtocolError("apiDisabled");
  return method !== "POST" && settings.get === "off" ? new ProtocolError("getDisabled") : undefined;
}

/**
 * Admits the operator that `u` names. The hash must be made of the values of the `hashed` parameters, in that order,
 * and the operator's key. Errors in this order: API or GET disabled, bad login, incorrect hash, no permission.
 */
export async function admit(
  request: DialectRequest,
  context: DialectContext,
  hashed: readonly string[],
  permission: Permission,
): Promise<Call | ProtocolError> {
  const opened = await open(request, context);
  if (opened instanceof ProtocolError) return opened;
  const { read, unread, settings: house } = opened;
  const login = read.shortest.get("u") ?? "";
  const { organization, authenticator } = context;
  const found = await authenticator.identifySigner(organization.id, login, request.address, (operator) => {
    const settings = settingsFor(house, operator);
    if (refuseBySettings(request, settings) !== undefined) return "moot";
    return findSigned(read, hashed, settings) === undefined ? "wrong" : "right";
  });
  if (found === "login_unknown" || found === "throttled")
    return new ProtocolError("badLogin", unread ?? missingOf(read, ["u"]));
  if (found === "credentials_wrong") return new ProtocolError("incorrectHash", hashReason(read, hashed));
  const settings = settingsFor(house, found);
  const refused = refuseBySettings(request, settings);
  if (refused !== undefined) return refused;
  const principal = operatorPrincipal(found);
  if (!may(principal, permission)) {
    return new ProtocolError(permission === "read_customers" ? "accessDenied" : "notAuthorized");
  }
  const parameters = findSigned(read, hashed, settings) ?? read.shortest;
  return { request, context, parameters, principal, ownerId: principal.ownerScope, settings };
}

/**
 * The parameters that the hash fits, in the spelling that was signed: numbers of JSON as programs print them, or as
 * they were sent. A parameter that was not sent adds nothing to it; hexadecimal digits may have either case.
 */
function findSigned(
  { shortest, asSent }: ReadParameters,
  hashed: readonly string[],
  { hash, secret }: MorSettings,
): Parameters | undefined {
  if (hash === "off") return shortest;
  return (shortest === asSent ? [shortest] : [shortest, asSent]).find((parameters) => {
    const values = hashed.map((name) => parameters.get(name) ?? "");
    const expected = sha1Hex(values.join("") + secret);
    return equalInConstantTime((parameters.get("hash") ?? "").toLowerCase(), expected);
  });
}

/** The right ingredients of the hash. They depend on the request alone, so they tell a guesser nothing. */
function hashReason(read: ReadParameters, hashed: readonly string[]): string {
  const missing = missingOf(read, ["hash"]);
  if (missing !== undefined) return missing;
  const sent = hashed.filter((name) => (read.shortest.get(name) ?? "") !== "");
  const values = sent.length === 0 ? "" : `the values of ${sent.join(", ")}, in this order, followed by `;
  return `the hash must be the SHA-1 of ${values}the API Secret Key, in hexadecimal`;
}

function missingOf({ shortest }: ReadParameters, names: readonly string[]): string | undefined {
  const missing = names.find((name) => (shortest.get(name) ?? "") === "");
  return missing === undefined ? undefined : `${missing} is missing`;
}
