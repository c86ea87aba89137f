import type { DialectResponse, Fault } from "../dialects/dialect.ts";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";

/** The fault for an error of a handler: the framework refused the request, the database failed, or it is a bug. */
export function faultOf(error: unknown): Fault {
  if (error instanceof StoreBusy) return { kind: "busy" };
  if (error instanceof StoreUnavailable) return { kind: "unavailable" };
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return { kind: "body_too_large" };
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (typeof status === "number" && status >= 400 && status < 500) return { kind: "request_broken" };
  return { kind: "broken" };
}

const strayFaults: Record<Fault["kind"], readonly [status: number, message: string]> = {
  body_too_large: [413, "The request's body is too large."],
  coding_unknown: [415, "The request's body is packed in a way that is not known."],
  request_broken: [400, "The request cannot be read."],
  path_unknown: [404, "There is nothing at this path."],
  method_not_defined: [405, "This method is not defined for this path."],
  unavailable: [503, "The database is away. Try again in a moment."],
  busy: [503, "The database is busy. Try again in a moment."],
  broken: [500, "Something broke on the server. The log has the details."],
};

/** The answer to a fault on a path that no dialect owns. */
export function strayFault(fault: Fault): DialectResponse {
  const [status, message] = strayFaults[fault.kind];
  return {
    status,
    headers: {
      "content-type": "application/json",
      ...(fault.kind === "method_not_defined" ? { allow: fault.allowed.join(", ") } : {}),
    },
    body: JSON.stringify({ error: { message } }),
    compressible: false,
  };
}

/**
 * Describes an error for the log, without data of customers. PostgreSQL quotes values in its messages, and a parser
 * quotes its input; both may hold codes and keys. The message of these errors is left out.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { kind: typeof error };
  const { code, constraint, routine, severity } = error as Error & Record<string, unknown>;
  const quotes = severity !== undefined || error instanceof SyntaxError;
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    kind: error.name,
    ...(quotes ? {} : { message: error.message }),
    code,
    constraint,
    routine,
    at: frames.map((line) => line.trim()),
    cause: error.cause === undefined ? undefined : describeError(error.cause),
  };
}
