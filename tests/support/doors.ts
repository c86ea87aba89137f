import { eventually } from "./eventually.ts";
import { openConnection } from "./raw-connection.ts";

/** Doors at work. */
export interface Doors {
  /** Fulfilled once so many barcodes were answered as used. */
  untilUsed(count: number): Promise<void>;
  /** Fulfilled when the last door has closed. */
  readonly closed: Promise<Told>;
}

/** What doors were told. */
export interface Told {
  /** Keys of the barcodes that were answered as used. */
  readonly used: readonly string[];
  /** Every other answer, in the order in which they came. */
  readonly others: readonly string[];
  /** Keys that were sent on an open connection and got no answer. */
  readonly unanswered: readonly string[];
  /** How long the slowest answer took. */
  readonly slowestMs: number;
}

/**
 * Doors that use these barcodes of event 2, each one after the other on a connection that it keeps, until none is left or
 * the server takes no more connections. An answer that says so ends a connection, and the door opens a new one.
 */
export function openDoors(url: string, keys: readonly string[], doors = 32): Doors {
  const used: string[] = [];
  const others: string[] = [];
  const unanswered: string[] = [];
  let slowestMs = 0;
  const waiting = [...keys];

  async function stand(): Promise<void> {
    while (waiting.length > 0) {
      const connection = await openConnection(url).catch(() => undefined);
      if (connection === undefined) return;
      for (let open = true; open; ) {
        const key = waiting.pop();
        if (key === undefined) break;
        const sentAtMs = performance.now();
        connection.send(`PUT /nokkis/2/barcode/${key} HTTP/1.1\r\nHost: door\r\nContent-Length: 0\r\n\r\n`);
        const answer = await connection.answer().catch(() => undefined);
        slowestMs = Math.max(slowestMs, performance.now() - sentAtMs);
        if (answer === undefined) unanswered.push(key);
        else if (answer.text.includes("<status>1</status>")) used.push(key);
        else others.push(answer.text);
        open = answer !== undefined && answer.headers.get("connection") !== "close";
      }
      connection.destroy();
    }
  }

  return {
    async untilUsed(count) {
      await eventually(`${count} barcodes are used`, () => used.length >= count);
    },
    closed: Promise.all(Array.from({ length: doors }, stand)).then(() => ({ used, others, unanswered, slowestMs })),
  };
}
