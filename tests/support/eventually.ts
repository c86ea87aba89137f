import { setTimeout as pause } from "node:timers/promises";

const waitMsMax = 60_000;
const lookEveryMs = 25;

/** Waits until `look` gives something, for a minute at most: how long it takes is not what is tested. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const endMs = Date.now() + waitMsMax;
  while (Date.now() < endMs) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await pause(lookEveryMs);
  }
  throw new Error(`waited in vain: ${what}`);
}
