import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Dialect, DialectResponse, RefusalNote } from "../dialects/dialect.ts";
import type { Organization } from "../queries/organizations.ts";
import type { Sender } from "./address.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    dialect?: Dialect;
  }
  interface FastifyRequest {
    sender: Sender;
    /** Why the request was refused, if it was. */
    refusal: RefusalNote | undefined;
    /** Names of parameters that were ignored, parted by commas. */
    ignored: string;
    organization: Organization | undefined;
    /** The subject of the answer, for the log. */
    about: DialectResponse["about"];
    /** Bytes of a file that the system has taken so far. The client has received as many at most. */
    sentBytes: number | undefined;
  }
}

/** Declares the fields that the server adds to every request. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest("sender");
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
