import { parentPort, workerData } from "node:worker_threads";
import { DeliveryError } from "./errors.ts";
import { type PackageAnswer, type PackageTask, writePackage } from "./make-package.ts";

/** Runs on the thread that `make-package.ts` starts, with this task. */
const task: PackageTask = workerData;

parentPort?.postMessage(await answer());

async function answer(): Promise<PackageAnswer> {
  try {
    return { made: await writePackage(task) };
  } catch (error) {
    // An error loses its class between threads.
    if (error instanceof DeliveryError) return { reason: error.reason, message: error.message };
    throw error;
  }
}
