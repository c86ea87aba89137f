import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Dialect, DialectResponse, Fault } from "../dialects/dialect.ts";
import type { Organization } from "../queries/organizations.ts";
import { codings } from "../wire/encoding.ts";
import { hostnameOf, socketAddress } from "./address.ts";
import type { Answers } from "./answers.ts";
import type { BrokenInput } from "./broken-input.ts";
import { strayFault } from "./faults.ts";
import { inTime } from "./in-time.ts";
import { retryAfterSeconds } from "./limits.ts";
import type { RequestLog } from "./request-log.ts";
import { dialectAt, dialectOf, methodsAt, pathOf } from "./routes.ts";

/** Answers faults outside of the handlers: in the words of the dialect that owns the path, or in JSON of our own. */
export interface FaultAnswers {
  answer(request: FastifyRequest, reply: FastifyReply, fault: Fault): Promise<FastifyReply>;
  /** Answers a request to which the router has no route: its path is unknown, or has other methods. */
  answerUnrouted(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  /** Answers input that never became a request. It is counted and logged like one, under `requestId`. */
  refuse(input: BrokenInput, socket: Socket, url: string | undefined, requestId: string): DialectResponse;
}

interface FaultAnswersOptions {
  readonly dialects: readonly Dialect[];
  readonly answers: Answers;
  readonly requestLog: RequestLog;
  readonly organizationOf: (host: string) => Promise<Organization | undefined>;
  /** How long a fault waits for the settings of its organization; then the defaults apply. */
  readonly settingsMs: number;
}

export function createFaultAnswers(options: FaultAnswersOptions): FaultAnswers {
  const { dialects, answers, requestLog, organizationOf, settingsMs } = options;

  /** The organization whose settings shape the answer. While the database is away the defaults apply at once. */
  async function organizationAtFault(request: FastifyRequest, fault: Fault): Promise<Organization | undefined> {
    const isDatabases = fault.kind === "unavailable" || fault.kind === "busy";
    if (request.organization !== undefined || isDatabases) return request.organization;
    return inTime(organizationOf(hostnameOf(request.sender.host)), settingsMs).catch(() => undefined);
  }

  const faultAnswers: FaultAnswers = {
    async answer(request, reply, fault) {
      const dialect = dialectOf(dialects, request);
      removeHeaders(reply);
      const organization = await organizationAtFault(request, fault);
      const worded = dialect?.fault(fault, organization, pathOf(request.url), request.id) ?? strayFault(fault);
      const response = fault.kind === "coding_unknown" ? { ...worded, ...codingUnknown(worded) } : worded;
      if (fault.kind === "busy" && response.status === 503) reply.header("retry-after", String(retryAfterSeconds));
      if (fault.kind === "body_too_large" || fault.kind === "request_broken") {
        await answers.sendUnread(request, reply, response);
      } else {
        await answers.send(request, reply, await answers.begin(request, reply, response));
      }
      return reply;
    },

    answerUnrouted(request, reply) {
      const { url, method } = request;
      const dialect = dialectAt(dialects, url);
      const allowed = dialect && methodsAt(dialect, url);
      // The router takes no path with a part that is too long, whatever the method.
      const isOther = allowed !== undefined && !allowed.includes(method);
      const fault: Fault = isOther ? { kind: "method_not_defined", allowed } : { kind: "path_unknown" };
      return faultAnswers.answer(request, reply, fault);
    },

    refuse(input, socket, url = "", requestId) {
      const dialect = dialectAt(dialects, url);
      const allowed = dialect && methodsAt(dialect, url);
      const fault: Fault =
        input.code === "HPE_INVALID_METHOD" && allowed !== undefined
          ? { kind: "method_not_defined", allowed }
          : { kind: "request_broken" };
      const response = dialect?.fault(fault, undefined, pathOf(url), requestId) ?? strayFault(fault);
      const { status, headers } = response;
      const address = socketAddress(socket);
      requestLog.refused({ requestId, dialect: dialect?.name ?? "", status, address, reason: input.code });
      return { ...response, headers: { ...headers, "x-request-id": requestId } };
    },
  };
  return faultAnswers;
}

/** Headers that belong to the request or to its connection, whatever the answer is. */
const lastingHeaders = ["x-request-id", "connection"];

/** Removes the headers of an answer that failed before its first byte was sent. */
function removeHeaders(reply: FastifyReply): void {
  for (const name of Object.keys(reply.getHeaders())) {
    if (lastingHeaders.includes(name)) continue;
    reply.removeHeader(name);
    reply.raw.removeHeader(name);
  }
}

/** The status and the header for an unknown content coding (RFC 9110, section 15.5.16), in every dialect. */
function codingUnknown({ headers }: DialectResponse): Pick<DialectResponse, "status" | "headers"> {
  return { status: 415, headers: { ...headers, "accept-encoding": codings.join(", ") } };
}
