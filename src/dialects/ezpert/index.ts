import type { Dialect, Fault } from "../dialect.ts";
import { errorResponse, handler } from "./answer.ts";
import { admitLogin, admitWith } from "./auth.ts";
import { commands } from "./commands/index.ts";
import { createLicense, queryLicenses, revokeLicense } from "./licenses.ts";
import { bodyBytesMax } from "./limits.ts";
import { mailLicenses } from "./mails/licenses.ts";
import { sample } from "./sample.ts";
import { settings } from "./settings.ts";
import { createToken } from "./tokens.ts";

const named = ["client_id", "license", "license_key", "output", "access_token"];
const query = handler(admitWith("read_entitlements"), queryLicenses, named);
const create = handler(admitWith("manage_entitlements"), createLicense, [
  "client_id",
  "client_name",
  "licenses",
  "output",
  "access_token",
]);
const revoke = handler(admitWith("manage_entitlements"), revokeLicense, named);
const token = handler(admitLogin, createToken, ["user_no", "passwd", "expires_in"]);

/** The licence manager of ezpert; SPEC.md beside this file lists its clauses and our choices. */
export const ezpert: Dialect = {
  name: "ezpert",
  prefixes: ["/shop/api/ezpert", "/shop/main", "/main"],
  bodyBytesMax,
  settings: settings.list,
  tasks: [mailLicenses],
  commands,
  sample,
  routes: [
    { method: "POST", path: "/shop/api/ezpert/QueryLicenses.action", clause: "Query User Licenses", handle: query },
    { method: "GET", path: "/shop/api/ezpert/QueryLicenses.action", clause: "extension: Query by GET", handle: query },
    { method: "POST", path: "/shop/api/ezpert/CreateLicense.action", clause: "Create License", handle: create },
    { method: "POST", path: "/shop/api/ezpert/RevokeLicense.action", clause: "Revoke License", handle: revoke },
    { method: "POST", path: "/Main/Token.action", clause: "Token Authentication", handle: token },
    { method: "GET", path: "/Main/Token.action", clause: "Token Authentication", changes: true, handle: token },
    { method: "POST", path: "/shop/Main/Token.action", clause: "Token Authentication", handle: token },
    { method: "GET", path: "/shop/Main/Token.action", clause: "Token Authentication", changes: true, handle: token },
  ],

  fault(fault) {
    const [status, message] = faults[fault.kind];
    const response = errorResponse(status, message);
    if (fault.kind !== "method_not_defined") return response;
    return { ...response, headers: { ...response.headers, allow: fault.allowed.join(", ") } };
  },
};

const faults: Record<Fault["kind"], readonly [status: number, message: string]> = {
  body_too_large: [413, "The request is too large."],
  coding_unknown: [415, "The Content-Encoding of the request is not known."],
  request_broken: [400, "The request cannot be read."],
  path_unknown: [404, "There is no such action."],
  method_not_defined: [405, "The method is not allowed for this action."],
  unavailable: [503, "The database is away. Try again in a moment."],
  busy: [503, "The server is busy. Try again in a moment."],
  broken: [500, "Internal error."],
};
