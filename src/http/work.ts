import { setTimeout as pause } from "node:timers/promises";

/** How often a server that stops looks whether something is still at work. */
const lookEveryMs = 10;

/** Counts handlers that are busy, and sources that are not closed: a server that stops waits for them. */
export interface Work {
  begin(): void;
  end(): void;
  /** Resolves when nothing is at work. */
  over(): Promise<void>;
}

export function countWork(): Work {
  let count = 0;
  return {
    begin: () => void count++,
    end: () => void count--,
    async over() {
      while (count > 0) await pause(lookEveryMs);
    },
  };
}
