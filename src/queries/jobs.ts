/** Queued jobs of all organizations. */
export interface JobQueries {
  /** How many jobs of each task wait, and how many were given up. A task without jobs is absent. */
  counts(): Promise<readonly JobCount[]>;
  /** Jobs that were given up, the oldest first, at most `limit` of them. Not in pages: a person looks at them. */
  givenUp(limit: number): Promise<readonly GivenUpJob[]>;
}

/** The jobs of one task, of all organizations. */
export interface JobCount {
  readonly task: string;
  /** With those under way. */
  readonly waiting: number;
  readonly givenUp: number;
}

/** A job that is not tried any more. */
export interface GivenUpJob {
  readonly id: number;
  readonly task: string;
  /** Its subject: the number of a sale, a delivery or the first of several entitlements; unknown for older jobs. */
  readonly organizationId: number | undefined;
  readonly number: number | undefined;
  readonly queuedAtMs: number;
  /** Why its last attempt failed, without an address or a secret. */
  readonly reason: string;
}
