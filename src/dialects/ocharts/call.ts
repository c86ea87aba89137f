import { customerPrincipal } from "../../access/principals.ts";
import type { Command } from "../../core/command.ts";
import type { Customer } from "../../core/customer.ts";
import type { DialectContext, DialectRequest } from "../dialect.ts";
import type { OchartsSettings } from "./settings.ts";

/** A task of a customer who is known. */
export interface Call {
  readonly request: DialectRequest;
  readonly context: DialectContext;
  readonly settings: OchartsSettings;
  readonly customer: Customer;
}

/** Carries out a command of the customer. */
export function execute<C extends Command>({ context, customer }: Call, command: C) {
  return context.execute(customerPrincipal(customer), command);
}
