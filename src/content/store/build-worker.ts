import { parentPort, workerData } from "node:worker_threads";
import type { BuildAnswer } from "./build-delivery.ts";
import { buildZip, type ZipPlan } from "./build-zip.ts";
import { DeliveryError } from "./errors.ts";

/** Runs on the thread that `build-delivery.ts` starts, with this task. */
const task: ZipPlan = workerData;

parentPort?.postMessage(await answer());

async function answer(): Promise<BuildAnswer> {
  try {
    return { built: await buildZip(task) };
  } catch (error) {
    // An error loses its class between threads.
    if (error instanceof DeliveryError) return { reason: error.reason, message: error.message };
    throw error;
  }
}
