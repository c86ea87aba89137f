import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { isMissing } from "../../files.ts";
import type { DeliverySum } from "./file-store.ts";

/** The message of the thread before it ends; without a sum when there is no file. */
export interface SumAnswer {
  readonly sum: DeliverySum | undefined;
}

/** See `FileStore.sumDelivery`, which starts the thread with this path. */
const path: string = workerData;
const chunkBytes = 1024 ** 2;

const answer: SumAnswer = { sum: sum() };
parentPort?.postMessage(answer);

function sum(): DeliverySum | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const sha256 = createHash("sha256");
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let bytes = 0;
    for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk)) {
      sha256.update(chunk.subarray(0, count));
      bytes += count;
    }
    return { bytes, sha256: sha256.digest("hex") };
  } finally {
    closeSync(file);
  }
}
