import { StoreUnavailable } from "../engine/store.ts";

/** Resolves as `work` does, or rejects with `StoreUnavailable` after `limitMs`, so that a caller gets an answer. */
export async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // If the process itself was paused, the answer may have arrived and not been read yet.
    setImmediate(() => late.reject(new StoreUnavailable(`no answer within ${limitMs} ms`)));
  }, limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
