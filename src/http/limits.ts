/** All request headers together. */
export const headerBytesMax = 16 * 1024;
/** A part of a path; longer ones name nothing. */
export const pathSegmentLengthMax = 8 * 1024;
/** How many connections there may be at once. */
export interface ConnectionLimits {
  /** A further one is refused. */
  readonly connectionsMax: number;
  /** From so many on an idle one is closed for each new one. */
  readonly crowdedFrom: number;
  /** From one address prefix (an IPv4 address, or 64 bits of an IPv6 address), unless it is a trusted proxy. */
  readonly perPrefixMax: number;
}

export const connectionLimits: ConnectionLimits = {
  connectionsMax: 10_000,
  crowdedFrom: 8_000,
  // A quarter: one address alone never crowds the others out, and all gates of a house may share one.
  perPrefixMax: 2_500,
};

/** Smaller answers are not packed: it would cost more than it saves. */
export const packedFromBytes = 1_024;
/**
 * How much of a streamed answer is made before its status is sent, so that an early failure gets an error of its own.
 */
export const streamHeadLength = 32 * 1024;

/** Of a file that is sent, what is in memory at a time. */
export const pieceBytes = 64 * 1024;

/** After how long a client may ask again that was told that the database is busy. */
export const retryAfterSeconds = 1;

/** How long a server waits, and for what. */
export interface TimeLimits {
  /** The headers of a request must be here within this time; a connection that never sends any is closed then. */
  readonly headersMs: number;
  /** A request must be here entirely within this time, so that half-open connections do not pile up. */
  readonly requestMs: number;
  /** How often the two limits above are looked after. */
  readonly checkEveryMs: number;
  /** A connection on which nothing moves is closed. */
  readonly idleMs: number;
  /**
   * The same while a file is sent. The system takes up to a megabyte and a half ahead of a client, and no movement is
   * seen until a slow one has read that: this is how long it may take.
   */
  readonly downloadIdleMs: number;
  /** How long a connection is kept open for the next request. */
  readonly keepAliveMs: number;
  /** How long a client that was refused may go on sending before its connection is closed under it. */
  readonly lingerMs: number;
  /**
   * An answer must begin within this time; else the database counts as away, and what becomes of a change is unknown.
   * No change is begun when it could not be told of in this time.
   */
  readonly answerMs: number;
  /** A database that has not answered within this time is not ready. */
  readonly readyMs: number;
  /** When the server stops: how long after its last answer a connection may still bring a next request. */
  readonly drainMs: number;
  /** When the server stops: answers that take longer are broken off. */
  readonly stopMs: number;
  /** For so long a host and an organization's settings are believed without asking again. */
  readonly settingsStaleMs: number;
}

export const timeLimits: TimeLimits = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkEveryMs: 2_000,
  idleMs: 120_000,
  downloadIdleMs: 300_000,
  keepAliveMs: 65_000,
  lingerMs: 5_000,
  answerMs: 14_000,
  readyMs: 2_000,
  drainMs: 500,
  stopMs: 20_000,
  settingsStaleMs: 2_000,
};
