/** Queued jobs of all organizations. */
export interface JobQueries {
  /** How many jobs of each task wait, and how many were given up. A task without jobs is absent. */
  counts(): Promise<readonly JobCount[]>;
  /** Jobs that were given up, the oldest first, at most `limit` of them. There are no pages: a person reads them. */
  givenUp(limit: number): Promise<readonly GivenUpJob[]>;
}

/** The jobs of one task, of all organizations. */
export interface JobCount {
  readonly task: string;
  /** Running jobs included. */
  readonly waiting: number;
  readonly givenUp: number;
}

/** A job that is no longer tried. */
export interface GivenUpJob {
  readonly id: number;
  readonly task: string;
  /** With `number` the subject: a sale, a delivery or the first of several entitlements. Unknown for older jobs. */
  readonly organizationId: number | undefined;
  readonly number: number | undefined;
  readonly queuedAtMs: number;
  /** Why its last attempt failed, without an address or a secret. */
  readonly reason: string;
}
