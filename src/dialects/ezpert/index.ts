import { type Dialect, type Fault, type Route, withAllow } from "../dialect.ts";
import { errorResponse, type OperationParts, operation } from "./answer.ts";
import { operatorByPassword, operatorWith } from "./auth.ts";
import { commandLine } from "./command-line.ts";
import { bodyBytesMax } from "./decode.ts";
import { licenseKeys } from "./license-key.ts";
import { createLicense, queryLicenses, revokeLicense } from "./licenses.ts";
import { machineNamed } from "./mac-address.ts";
import { mailLicenses } from "./mails/licenses.ts";
import { createToken } from "./tokens.ts";

interface Operation extends OperationParts {
  readonly paths: readonly string[];
  /** The clause of the documents. */
  readonly clause: string;
  /** Defined for an operation that can also be called by GET: the members in which that route differs. */
  readonly get?: Partial<Pick<Route, "clause" | "changes">>;
}

const operations: readonly Operation[] = [
  {
    paths: ["/shop/api/ezpert/QueryLicenses.action"],
    clause: "Query User Licenses",
    admit: operatorWith("read_entitlements"),
    parameters: ["client_id", "license", "license_key", "output", "access_token"],
    handle: queryLicenses,
    get: { clause: "extension: Query by GET" },
  },
  {
    paths: ["/shop/api/ezpert/CreateLicense.action"],
    clause: "Create License",
    admit: operatorWith("manage_entitlements"),
    parameters: ["client_id", "client_name", "licenses", "output", "access_token"],
    handle: createLicense,
  },
  {
    paths: ["/shop/api/ezpert/RevokeLicense.action"],
    clause: "Revoke License",
    admit: operatorWith("manage_entitlements"),
    parameters: ["client_id", "license", "license_key", "output", "access_token"],
    handle: revokeLicense,
  },
  {
    paths: ["/Main/Token.action", "/shop/Main/Token.action"],
    clause: "Token Authentication",
    admit: operatorByPassword,
    parameters: ["user_no", "passwd", "expires_in"],
    handle: createToken,
    get: { changes: true },
  },
];

/** The licence manager of ezpert; SPEC.md beside this file lists its clauses and our choices. */
export const ezpert: Dialect = {
  name: "ezpert",
  ...commandLine,
  prefixes: ["/shop/api/ezpert", "/shop/main", "/main"],
  bodyBytesMax,
  tasks: [mailLicenses],
  codeFormats: [licenseKeys],
  deviceKinds: [{ kind: "machine", named: machineNamed }],
  routes: operations.flatMap(({ paths, clause, get, ...parts }) => {
    const handle = operation(parts);
    return paths.flatMap((path): Route[] => [
      { method: "POST", path, clause, handle },
      ...(get === undefined ? [] : [{ method: "GET", path, clause, handle, ...get } as const]),
    ]);
  }),

  fault(fault) {
    const [status, message] = faults[fault.kind];
    return withAllow(errorResponse(status, message), fault);
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
