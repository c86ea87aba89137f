import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Dialect, DialectResponse, RefusalNote } from "../dialects/dialect.ts";
import type { Organization } from "../queries/organizations.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    dialect?: Dialect;
  }
  interface FastifyRequest {
    /** Network address of the caller. */
    address: string;
    /** How the caller addressed the server: the host, perhaps with its port, and the scheme. */
    hostTold: string;
    schemeTold: string;
    /** Why it was refused, if it was. */
    refusal: RefusalNote | undefined;
    /** Names of parameters that meant nothing. */
    ignored: string;
    organization: Organization | undefined;
    /** What the answer is about, for the log. */
    about: DialectResponse["about"];
    /** Of a file: how much of it the system has taken so far. The client has at most that, and mostly a little less. */
    sentBytes: number | undefined;
  }
}

/** Declares the fields that the server adds to every request. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest("address", "");
  app.decorateRequest("hostTold", "");
  app.decorateRequest("schemeTold", "");
  app.decorateRequest("refusal", undefined);
  app.decorateRequest("ignored", "");
  app.decorateRequest("organization", undefined);
  app.decorateRequest("about", undefined);
  app.decorateRequest("sentBytes", undefined);
}

/** The pattern of a request's path; empty where there is no route. */
export function routeOf(request: FastifyRequest): string {
  return request.is404 ? "" : (request.routeOptions.url ?? "");
}
