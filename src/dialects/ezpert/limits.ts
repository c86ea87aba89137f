/** Requests of this protocol have a handful of short parameters. */
export const bodyBytesMax = 64 * 1024;
/** How long a token may live, and how long it does when nothing is asked for. */
export const tokenLifetimeMaxSeconds = 30 * 24 * 60 * 60;
export const tokenLifetimeDefaultSeconds = 5 * 60;
