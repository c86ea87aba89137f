import { Worker } from "node:worker_threads";
import type { DeliverySum } from "./file-store.ts";

/** See `FileStore.sumDelivery`. */
export function sumFile(path: string, signal?: AbortSignal): Promise<DeliverySum | undefined> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<DeliverySum | undefined>();
  const worker = new Worker(new URL("./sum-worker.ts", import.meta.url), { workerData: path, execArgv: [] });
  const abort = () => void worker.terminate();
  signal?.addEventListener("abort", abort, { once: true });
  worker.once("message", resolve);
  worker.once("error", reject);
  worker.once("exit", () => {
    signal?.removeEventListener("abort", abort);
    // Passed over when it has answered.
    reject(signal?.aborted ? signal.reason : new Error("the reading of a file was ended"));
  });
  return promise;
}
