import { StoreUnavailable } from "../engine/store.ts";

/** The same, but `StoreUnavailable` when it takes longer: whoever waits at a door is told something. */
export async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    // When the process itself was stopped meanwhile, the answer may be there and not be read yet.
    setImmediate(() => late.reject(new StoreUnavailable(`no answer within ${limitMs} ms`)));
  }, limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
