import { rename } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../../files.ts";
import type { ZipPlan } from "./build-zip.ts";
import { type DiskReserve, makeFolder } from "./disk.ts";
import { discardDraft, makeDraft } from "./drafts.ts";
import { problemOfPath } from "./entry-path.ts";
import { DeliveryError, type DeliveryErrorReason } from "./errors.ts";
import type { BuiltDelivery, DeliveryPlan } from "./file-store.ts";
import { deliveryFile, editionFolder, type StorePaths } from "./paths.ts";
import { onThread } from "./thread.ts";

/** The message of the thread before it ends. An error of another kind ends the thread without one. */
export type BuildAnswer =
  | { readonly built: BuiltDelivery }
  | { readonly reason: DeliveryErrorReason; readonly message: string };

/** See `FileStore.buildDelivery`. Throws a RangeError for an unusable zip name or path of an extra file. */
export async function buildDelivery(
  paths: StorePaths,
  reserve: DiskReserve,
  plan: DeliveryPlan,
  signal?: AbortSignal,
): Promise<BuiltDelivery> {
  const target = deliveryFile(paths, plan.deliveryName);
  const folder = editionFolder(paths, plan.editionKey);
  const top = topOf(plan.zipName);
  for (const { path } of plan.extras) {
    const problem = problemOfPath(path);
    if (problem !== undefined) throw new RangeError(`the path of an extra ${problem}`);
  }
  signal?.throwIfAborted();
  const draft = await makeDraft(paths);
  try {
    const written = join(draft.folder, "delivery.zip");
    const { extras, modifiedAtMs } = plan;
    const task: ZipPlan = { editionFolder: folder, target: written, top, extras, modifiedAtMs, reserve };
    const answer = await onThread<BuildAnswer>(new URL("./build-worker.ts", import.meta.url), task, signal);
    if (!("built" in answer)) throw new DeliveryError(answer.reason, answer.message);
    await makeFolder(paths.deliveries);
    await rename(written, target);
    await syncFolder(paths.deliveries);
    return answer.built;
  } finally {
    await discardDraft(draft);
  }
}

function topOf(zipName: string): string {
  const top = zipName.replace(/\.zip$/, "");
  if (top === zipName || top.includes("/") || problemOfPath(top) !== undefined) {
    throw new RangeError("this is not the name of a zip");
  }
  return top;
}
