import type { LogEntry } from "../core/log-entry.ts";
import type { CodeRange } from "./entitlements.ts";
import type { Page, PageRequest } from "./pages.ts";

/** The log of accepted and refused commands. */
export interface LogQueries {
  /** Entries of accepted and refused commands, or of refused ones alone, the newest first. */
  newest(organizationId: number, filter: LogFilter, page: PageRequest<LogEntry>): Promise<Page<LogEntry>>;
  /** Entries of accepted commands, ascending. */
  entries(organizationId: number, filter: LogEntryFilter, page: PageRequest<LogEntry>): Promise<Page<LogEntry>>;
  /** Entries about a customer's devices and entitlements, ascending. */
  ofCustomer(
    organizationId: number,
    customerId: number,
    page: PageRequest<CustomerLogEntry>,
  ): Promise<Page<CustomerLogEntry>>;
  /** The number of the last entry about a change to one of these products; `null` when there is none. */
  lastChange(organizationId: number, productIds: readonly number[]): Promise<number | null>;
}

/** An absent member leaves no entry out. */
export interface LogFilter {
  readonly productId?: number;
  /** Only entries of refused commands. */
  readonly refusedOnly?: boolean;
}

export interface LogEntryFilter {
  readonly productId: number;
  /** Entries about the product itself, or about its entitlements. */
  readonly about: "product" | "entitlements";
  readonly codes?: CodeRange;
  /** Only entries above this number. */
  readonly since?: number;
}

/** An entry about a customer's device, or about an entitlement of the customer. */
export interface CustomerLogEntry extends Pick<LogEntry, "id" | "kind" | "code" | "occurredAtMs" | "address"> {
  /** `null` for an entry that is not about a device. */
  readonly deviceName: string | null;
}
