/** All request headers together. */
export const headerBytesMax = 16 * 1024;
/** A part of a path; longer ones name nothing. */
export const pathSegmentLengthMax = 8 * 1024;
/** A request must be here entirely within this time, so that half-open connections do not pile up. */
export const requestTimeoutMs = 30_000;
/** The headers of a request must be here within this time. */
export const headersTimeoutMs = 10_000;
/** A connection on which nothing moves is closed. */
export const idleConnectionTimeoutMs = 120_000;
/** How long a connection is kept open for the next request. */
export const keepAliveTimeoutMs = 65_000;
/** Connections at once; a further one is refused. */
export const connectionsMax = 10_000;
/** Bodies of requests to paths that nobody owns. */
export const strayBodyBytesMax = 64 * 1024;
/** Smaller answers are not packed: it would cost more than it saves. */
export const packedFromBytes = 1_024;
/** How much of a streamed answer is made before its status is sent, so that an early failure gets an error of its own. */
export const streamHeadLength = 32 * 1024;
