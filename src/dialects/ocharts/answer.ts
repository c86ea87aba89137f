import { customerPrincipal } from "../../access/principals.ts";
import type { Command } from "../../core/command.ts";
import type { Customer } from "../../core/customer.ts";
import type { DialectContext, DialectRequest, DialectResponse } from "../dialect.ts";
import { errorDocument } from "./encode.ts";
import type { ProtocolError } from "./errors.ts";
import type { OchartsSettings } from "./settings.ts";

/** A task of an identified customer. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly settings: OchartsSettings;
  readonly customer: Customer;
}

/** Carries out a command for the customer. */
export function execute<C extends Command>({ context, customer }: Call, command: C) {
  return context.execute(customerPrincipal(customer), command);
}

/** The status is always 200: the client takes any other for a failure of the network. Answers hold keys and links. */
export function respond(document: string): DialectResponse {
  return {
    status: 200,
    headers: { "content-type": "text/xml; charset=utf-8", "cache-control": "no-store" },
    body: document,
    compressible: true,
  };
}

/** An answer that is an error. The log gets its name only: the words may end in a system name that was sent. */
export function refuse(error: ProtocolError): DialectResponse {
  return { ...respond(errorDocument(error)), refusal: { error: error.name } };
}
