import { setTimeout as pause } from "node:timers/promises";

/** How often a stopping server checks whether work is left. */
const checkEveryMs = 10;

/** Counts busy handlers and open sources: a stopping server waits for them. */
export interface Work {
  begin(): void;
  end(): void;
  /** Resolves when the count is zero. */
  over(): Promise<void>;
}

export function countWork(): Work {
  let count = 0;
  return {
    begin: () => void count++,
    end: () => void count--,
    async over() {
      while (count > 0) await pause(checkEveryMs);
    },
  };
}
