import type { LogEntry } from "../core/log-entry.ts";
import type { CodeRange } from "./entitlements.ts";
import type { Page, PageRequest } from "./pages.ts";

/** The log of accepted and refused commands. */
export interface LogQueries {
  /** Entries of accepted and refused commands, or of refused ones alone, the newest first. */
  newest(organizationId: number, filter: LogFilter, page: PageRequest<LogEntry>): Promise<Page<LogEntry>>;
  /**
   * Entries under a filter, the newest first. A page looks at {@link lookMax} entries at most, so it may be short or
   * empty although more follow.
   */
  search(organizationId: number, filter: LogSearch, page: PageRequest<FoundEntry>): Promise<Page<FoundEntry>>;
  /** Every entry above this number, ascending, at most `limit` of them. None is left out, and none comes later. */
  above(organizationId: number, id: number, limit: number): Promise<readonly FoundEntry[]>;
  /** The number of the last entry; -1 when there is none. */
  lastNumber(organizationId: number): Promise<number>;
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

/** Entries that a page of a search looks at. */
export const lookMax = 10_000;

/** An absent member leaves no entry out. */
export interface LogSearch {
  readonly kind?: string;
  readonly productId?: number;
  readonly entitlementId?: number;
  readonly code?: string;
  readonly deviceId?: number;
  readonly gateId?: number;
  readonly operatorId?: number;
  readonly refusal?: string;
  /** Whether the command was refused. */
  readonly isRefused?: boolean;
  /** The moments between which it was recorded, the later one excluded. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Only entries above this number. */
  readonly above?: number;
  /** What the caller reaches; `null` for everything. */
  readonly productIds: readonly number[] | null;
  readonly categories: readonly string[] | null;
}

/** An entry of the log with the category of its entitlement; `null` for none. */
export interface FoundEntry extends LogEntry {
  readonly category: string | null;
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
