import type { LogEntry } from "../core/log-entry.ts";
import type { CodeRange } from "./entitlements.ts";
import type { Page, PageRequest } from "./pages.ts";

/** The log of what was done and of what was refused. */
export interface LogQueries {
  /** Lines that tell of something done or refused, or of refusals alone; the newest first. */
  newest(organizationId: number, filter: LogFilter, page: PageRequest<LogEntry>): Promise<Page<LogEntry>>;
  /** Lines about what was done, ascending. */
  entries(organizationId: number, filter: LogEntryFilter, page: PageRequest<LogEntry>): Promise<Page<LogEntry>>;
  /** Lines about a customer's devices and entitlements, ascending. */
  ofCustomer(
    organizationId: number,
    customerId: number,
    page: PageRequest<CustomerLogEntry>,
  ): Promise<Page<CustomerLogEntry>>;
  /** The number of the last line that tells of a change to one of these products; `null` when there is none. */
  lastChange(organizationId: number, productIds: readonly number[]): Promise<number | null>;
}

/** Which lines of the log. An absent member leaves no line out. */
export interface LogFilter {
  readonly productId?: number;
  /** Only lines that tell of a refusal. */
  readonly refusedOnly?: boolean;
}

export interface LogEntryFilter {
  readonly productId: number;
  /** Lines about the product itself, or about its entitlements. */
  readonly about: "product" | "entitlements";
  readonly codes?: CodeRange;
  /** Only lines above this number. */
  readonly since?: number;
}

/** A line about a customer's device, or about an entitlement that the customer holds. */
export interface CustomerLogEntry extends Pick<LogEntry, "id" | "kind" | "code" | "occurredAtMs" | "address"> {
  /** `null` for a line about no device. */
  readonly deviceName: string | null;
}
