/** All request headers together. */
export const headerBytesMax = 16 * 1024;
/** One segment of a path; longer ones match no route. */
export const pathSegmentLengthMax = 8 * 1024;
/** How many connections there may be at once. */
export interface ConnectionLimits {
  /** A further one is refused. */
  readonly connectionsMax: number;
  /** From this number on, an idle connection is closed for each new one. */
  readonly crowdedFrom: number;
  /** From one address prefix (an IPv4 address, or 64 bits of an IPv6 address), unless it is a trusted proxy. */
  readonly perPrefixMax: number;
}

export const connectionLimits: ConnectionLimits = {
  connectionsMax: 10_000,
  crowdedFrom: 8_000,
  // A quarter: one address never crowds the others out, and all gates of a venue may share one address.
  perPrefixMax: 2_500,
};

/** Smaller answers are not packed: packing would cost more than it saves. */
export const packedFromBytes = 1_024;
/** Characters of a streamed answer that are made before its status is sent: an early failure gets a proper error. */
export const streamHeadLength = 32 * 1024;

/** Bytes of a file that are in memory at a time while it is sent. */
export const pieceBytes = 64 * 1024;

/** When a client may retry after the answer that the database is busy. */
export const retryAfterSeconds = 1;

/** Time limits of a server. */
export interface TimeLimits {
  /** The headers of a request must arrive within this time; a connection that sends none is closed then. */
  readonly headersMs: number;
  /** A whole request must arrive within this time, so that half-open connections do not pile up. */
  readonly requestMs: number;
  /** How often the two limits above are checked. */
  readonly checkEveryMs: number;
  /** A connection is closed after this time without traffic. */
  readonly idleMs: number;
  /**
   * The same while a file is sent. The system buffers up to a megabyte and a half, and no traffic is seen until a slow
   * client has read that. So this is how long it may take.
   */
  readonly downloadIdleMs: number;
  /** How long a connection is kept open for the next request. */
  readonly keepAliveMs: number;
  /** How long a refused client may go on sending before its connection is closed. */
  readonly lingerMs: number;
  /**
   * An answer must begin within this time. Otherwise the database counts as away, and the result of a change is
   * unknown. A change that could not be answered in this time is not begun.
   */
  readonly answerMs: number;
  /** A database that has not answered within this time is not ready. */
  readonly readyMs: number;
  /** While the server stops: how long after its last answer a connection may still bring a request. */
  readonly drainMs: number;
  /** While the server stops: answers that take longer are broken off. */
  readonly stopMs: number;
  /** How long hosts and settings of organizations are cached. */
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
