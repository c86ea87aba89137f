/** Queued jobs of all organizations. */
export interface JobQueries {
  /** How many jobs of each task wait, and how many were given up; a task without either is not among them. */
  counts(): Promise<readonly JobCount[]>;
  /** Jobs that were given up, the oldest first, at most so many. */
  givenUp(limit: number): Promise<readonly GivenUpJob[]>;
}

/** Jobs of all organizations. */
export interface JobCount {
  readonly task: string;
  /** Those under way are among them. */
  readonly waiting: number;
  readonly givenUp: number;
}

/** A job that nobody tries any more. */
export interface GivenUpJob {
  readonly id: number;
  readonly task: string;
  /** What it is about: the number of a sale, a delivery or the first of several entitlements; unknown of older jobs. */
  readonly organizationId: number | undefined;
  readonly number: number | undefined;
  readonly queuedAtMs: number;
  /** Why its last attempt failed, without an address or a secret. */
  readonly reason: string;
}
