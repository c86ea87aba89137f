import type { DialectResponse } from "../dialects/dialect.ts";

/** One event of a stream. Without data it only moves the place at which the client goes on, and shows that it lives. */
export interface ServerEvent {
  readonly id: number;
  readonly data?: unknown;
}

/** When a client comes back after the end of a stream. */
const retryMs = 1_000;

/**
 * Answers with Server-Sent Events, each as soon as it is there. The next one is made when the client has taken the last.
 * `events` gets a signal that is aborted when the client is gone.
 */
export function eventStream(
  name: string,
  events: (signal: AbortSignal) => AsyncGenerator<ServerEvent, void>,
): DialectResponse {
  const gone = new AbortController();
  const written = write(name, events(gone.signal));
  const body: AsyncIterable<string> = {
    [Symbol.asyncIterator]: () => ({
      next: () => written.next(),
      return() {
        gone.abort();
        return written.return();
      },
    }),
  };
  return {
    status: 200,
    // The last one is for proxies that would wait for more.
    headers: { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" },
    body,
    compressible: false,
    isLive: true,
  };
}

async function* write(name: string, events: AsyncGenerator<ServerEvent, void>): AsyncGenerator<string, void> {
  yield `retry: ${retryMs}\n\n`;
  for await (const { id, data } of events) {
    yield data === undefined ? `id: ${id}\n\n` : `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }
}
