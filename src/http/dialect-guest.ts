import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Authenticator } from "../access/authenticator.ts";
import type { CodeGuesses } from "../access/code-guesses.ts";
import type { Downloads } from "../content/downloads.ts";
import { type DeviceKind, nameDevice } from "../core/device.ts";
import { defaultOrganizationId } from "../core/host.ts";
import type { Dialect, DialectContext, Fault, Route } from "../dialects/dialect.ts";
import type { Engine } from "../engine/engine.ts";
import { StoreUnavailable, transactionMaxMs } from "../engine/store.ts";
import type { LogFeed } from "../queries/log-feed.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Queries } from "../queries/queries.ts";
import type { SigningKeys } from "../signing/signing-keys.ts";
import { readCoding, unpackLimited } from "../wire/encoding.ts";
import { hostnameOf } from "./address.ts";
import type { Answers } from "./answers.ts";
import { addressedUrl } from "./base-url.ts";
import type { FaultAnswers } from "./fault-answers.ts";
import { inTime } from "./in-time.ts";
import { methodsByPath, methodsOf, parameterConstraint, readPath, routedMethods } from "./routes.ts";
import type { BegunResponse } from "./send.ts";
import type { Work } from "./work.ts";

/** The services behind the context of a dialect's handlers. */
export interface DialectServices {
  readonly engine: Engine;
  readonly queries: Queries;
  readonly authenticator: Authenticator;
  readonly codeGuesses: CodeGuesses;
  readonly downloads: Downloads;
  readonly signingKeys: SigningKeys;
  readonly logFeed: LogFeed;
  readonly organizationSettings: DialectContext["organizationSettings"];
  /** The kinds of devices of all dialects; absent: none. */
  readonly deviceKinds?: readonly DeviceKind[];
  readonly keyedHash: (text: string, purpose: string) => Buffer;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
  /** The URL of the default organization; absent: the one that each client uses. */
  readonly publicUrl?: string | undefined;
}

interface DialectGuestOptions {
  readonly services: DialectServices;
  readonly answers: Answers;
  readonly faultAnswers: FaultAnswers;
  readonly work: Work;
  readonly organizationOf: (host: string) => Promise<Organization | undefined>;
  /** An answer must begin within this time. */
  readonly answerMs: number;
}

/**
 * Makes the function that mounts a dialect: its routes, and its fault for the methods of other routes on their paths.
 * What no route of a method has is told apart where the router finds nothing: routes for all thirty methods of HTTP
 * would take most of the server's start.
 */
export function dialectMounter(options: DialectGuestOptions): (app: FastifyInstance, dialect: Dialect) => void {
  const { services, answers, faultAnswers, work, organizationOf, answerMs } = options;
  const {
    engine,
    queries,
    authenticator,
    codeGuesses,
    downloads,
    signingKeys,
    keyedHash,
    deviceKinds = [],
    clock = Date.now,
    publicUrl,
  } = services;

  return (app, dialect) => {
    for (const route of dialect.routes) {
      app.route({
        method: [...methodsOf(route)],
        ...routed(route.path),
        bodyLimit: dialect.bodyBytesMax,
        config: { dialect },
        handler: (request, reply) => serve(dialect, route, request, reply),
      });
    }
    for (const [path, allowed] of methodsByPath(dialect.routes)) {
      const refuseMethod = (request: FastifyRequest, reply: FastifyReply) =>
        faultAnswers.answer(request, reply, { kind: "method_not_defined", allowed });
      app.route({
        method: routedMethods.filter((method) => !allowed.includes(method)),
        ...routed(path),
        config: { dialect },
        // Before the body is read.
        onRequest: refuseMethod,
        handler: refuseMethod,
      });
    }
  };

  async function serve(
    dialect: Dialect,
    route: Route,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const body = await unpackedBody(request, dialect.bodyBytesMax);
    if (!(body instanceof Uint8Array)) return faultAnswers.answer(request, reply, body);
    await answers.send(request, reply, await inTime(answerOf(dialect, route, body, request, reply), answerMs));
    return reply;
  }

  async function answerOf(
    dialect: Dialect,
    route: Route,
    body: Uint8Array,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<BegunResponse> {
    work.begin();
    const deadlineMs = performance.now() + answerMs - transactionMaxMs;
    try {
      const organization = await organizationOf(hostnameOf(request.sender.host));
      if (organization === undefined) throw new StoreUnavailable("there is no organization yet");
      request.organization = organization;
      const response = await route.handle(
        {
          id: request.id,
          method: request.method,
          params: request.params as Record<string, string>,
          query: queryOf(request.url),
          header: (name) => headerOf(request, name),
          body,
          address: request.sender.address,
          atMs: clock(),
          get isAbandoned() {
            const { socket } = request.raw;
            return reply.sent || reply.raw.closed || socket.destroyed || socket.readableEnded;
          },
          get baseUrl() {
            return baseUrlFor(request, organization);
          },
        },
        contextOf(dialect, organization, request, deadlineMs),
      );
      request.about = response.about;
      return await answers.begin(request, reply, response);
    } finally {
      work.end();
    }
  }

  /** After the deadline the engine begins no command, since the caller could not be answered in time. */
  function contextOf(
    { name: channel }: Dialect,
    organization: Organization,
    { sender: { address } }: FastifyRequest,
    deadlineMs: number,
  ): DialectContext {
    const organizationId = organization.id;
    return {
      organization,
      queries,
      authenticator,
      downloads,
      signingKeys,
      logFeed: services.logFeed,
      organizationSettings: services.organizationSettings,
      keyedHash,
      execute: (principal, command, idempotencyKey, precondition) =>
        engine.execute({
          organizationId,
          command,
          principal,
          address,
          channel,
          idempotencyKey,
          precondition,
          deadlineMs,
        }),
      nameDevice: (kind, name) => nameDevice(deviceKinds, kind, name),
      present: (principal, ...presented) => codeGuesses.present({ organizationId, principal, address }, ...presented),
    };
  }

  /** Only the default organization has a public URL: clients reach every other one by its own hosts. */
  function baseUrlFor(request: FastifyRequest, { id }: Organization): string {
    return (id === defaultOrganizationId ? publicUrl : undefined) ?? addressedUrl(request.sender, request.raw.socket);
  }
}

/** The path of a route for the router, with the parameter that it asks for. */
function routed(written: string) {
  const { path: url, parameter } = readPath(written);
  return parameter === undefined ? { url } : { url, constraints: { [parameterConstraint]: parameter } };
}

const noBytes = Buffer.alloc(0);

/** The body of a request, unpacked, of at most `bytesMax`; a fault when it cannot be unpacked or is larger. */
async function unpackedBody(request: FastifyRequest, bytesMax: number): Promise<Uint8Array | Fault> {
  const body = Buffer.isBuffer(request.body) ? request.body : noBytes;
  if (body.length === 0) return body;
  const coding = readCoding(headerOf(request, "content-encoding"));
  if (coding === undefined) return { kind: "coding_unknown" };
  if (coding === "identity") return body;
  const unpacked = await unpackLimited(body, coding, bytesMax);
  if (unpacked instanceof Uint8Array) return unpacked;
  return { kind: unpacked.fault === "size" ? "body_too_large" : "request_broken" };
}

function queryOf(url: string): string {
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
