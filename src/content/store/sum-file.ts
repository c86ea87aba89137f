import type { DeliverySum } from "./file-store.ts";
import { onThread } from "./thread.ts";

/** The message of the thread before it ends. */
export interface SumAnswer {
  readonly sum: DeliverySum | undefined;
}

/** See `FileStore.sumDelivery`. */
export async function sumFile(path: string, signal?: AbortSignal): Promise<DeliverySum | undefined> {
  signal?.throwIfAborted();
  const answer = await onThread<SumAnswer>(new URL("./sum-worker.ts", import.meta.url), path, signal);
  return answer.sum;
}
