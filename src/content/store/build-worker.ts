import { parentPort, workerData } from "node:worker_threads";
import type { BuildAnswer } from "./build-delivery.ts";
import { buildZip, type ZipTask } from "./build-zip.ts";
import { DeliveryError } from "./errors.ts";

/** The thread of `build-delivery.ts`, which is the only one that starts it and gives it this. */
const task: ZipTask = workerData;

parentPort?.postMessage(await answer());

async function answer(): Promise<BuildAnswer> {
  try {
    return { built: await buildZip(task) };
  } catch (error) {
    // An error loses its class on its way between threads.
    if (error instanceof DeliveryError) return { reason: error.reason, message: error.message };
    throw error;
  }
}
