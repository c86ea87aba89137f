import type { Action } from "../core/action.ts";
import type { CodeRange } from "./entitlements.ts";
import type { Page, PageRequest } from "./pages.ts";

/** The log of what was done and of what was refused. */
export interface LogQueries {
  /** Lines that tell of something done or refused, or of refusals alone; the newest first. */
  newest(organizationId: number, filter: LogFilter, page: PageRequest<Action>): Promise<Page<Action>>;
  /** Lines about what was done, ascending. */
  actions(organizationId: number, filter: ActionFilter, page: PageRequest<Action>): Promise<Page<Action>>;
  /** Lines about a customer's devices and entitlements, ascending. */
  ofCustomer(
    organizationId: number,
    customerId: number,
    page: PageRequest<CustomerAction>,
  ): Promise<Page<CustomerAction>>;
  /** The number of the last line that tells of a change to one of these products; `null` when there is none. */
  lastChange(organizationId: number, productIds: readonly number[]): Promise<number | null>;
}

/** Which lines of the log. An absent member leaves no line out. */
export interface LogFilter {
  readonly productId?: number;
  /** Only lines that tell of a refusal. */
  readonly refusedOnly?: boolean;
}

export interface ActionFilter {
  readonly productId: number;
  /** Lines about the product itself, or about its entitlements. */
  readonly about: "product" | "entitlements";
  readonly codes?: CodeRange;
  /** Only lines above this number. */
  readonly since?: number;
}

/** A line about a customer's device, or about an entitlement that the customer holds. */
export interface CustomerAction extends Pick<Action, "id" | "kind" | "code" | "occurredAtMs" | "address"> {
  /** `null` for a line about no device. */
  readonly deviceName: string | null;
}
