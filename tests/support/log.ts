import { Writable } from "node:stream";
import pino from "pino";

/** A log of every level that is kept in memory. */
export interface KeptLog {
  readonly log: pino.Logger;
  /** Everything that was written. */
  text(): string;
  /** Lines with this message, the oldest first. */
  lines(message: string): readonly Record<string, unknown>[];
}

export function keepLog(): KeptLog {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return {
    log: pino({ level: "trace", base: null }, stream),
    text: () => written.join(""),
    lines: (message) =>
      written.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message),
  };
}
