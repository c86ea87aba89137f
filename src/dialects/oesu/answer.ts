import { customerPrincipal } from "../../access/principals.ts";
import type { Command } from "../../core/command.ts";
import type { Customer } from "../../core/customer.ts";
import type { DialectContext, DialectRequest, DialectResponse } from "../dialect.ts";
import { errorDocument } from "./encode.ts";
import type { ProtocolError } from "./errors.ts";
import type { OesuSettings } from "./settings.ts";

/** A task of an identified customer. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly settings: OesuSettings;
  readonly customer: Customer;
}

/** Carries out a command for the customer. */
export function execute<C extends Command>({ context, customer }: Call, command: C) {
  return context.execute(customerPrincipal(customer), command);
}

/** The status is always 200: clients read no other answer. Answers hold keys and links. */
export function respond(document: string): DialectResponse {
  return {
    status: 200,
    headers: { "content-type": "text/xml; charset=utf-8", "cache-control": "no-store" },
    body: document,
    compressible: true,
  };
}

/** An answer that is an error. */
export function refuse(error: ProtocolError): DialectResponse {
  const { name, reason } = error;
  return { ...respond(errorDocument(error)), refusal: { error: name, reason } };
}

/**
 * An answer without a result, whose status names the error. Clients show the status and keep everything that they know:
 * a result of any kind lets them forget charts or the name of the system.
 */
export function sentence(status: number, text: string): DialectResponse {
  return {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
    body: `${text}\n`,
    compressible: false,
  };
}
