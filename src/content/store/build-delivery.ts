import { rename } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../../files.ts";
import type { ZipTask } from "./build-zip.ts";
import { type DiskReserve, makeFolder } from "./disk.ts";
import { discardDraft, makeDraft } from "./drafts.ts";
import { problemOfPath } from "./entry-path.ts";
import { DeliveryError, type DeliveryErrorReason } from "./errors.ts";
import type { BuiltDelivery, DeliveryPlan } from "./file-store.ts";
import { deliveryFile, editionFolder, type Places } from "./places.ts";
import { onThread } from "./thread.ts";

/** The message of the thread before it ends. An error of another kind ends the thread without one. */
export type BuildAnswer =
  | { readonly built: BuiltDelivery }
  | { readonly reason: DeliveryErrorReason; readonly message: string };

/** See `FileStore.buildDelivery`. Throws a RangeError for an unusable zip name or path of an extra file. */
export async function buildDelivery(
  places: Places,
  reserve: DiskReserve,
  plan: DeliveryPlan,
  signal?: AbortSignal,
): Promise<BuiltDelivery> {
  const target = deliveryFile(places, plan.deliveryName);
  const folder = editionFolder(places, plan.editionKey);
  const top = topOf(plan.zipName);
  for (const { path } of plan.extras) {
    const problem = problemOfPath(path);
    if (problem !== undefined) throw new RangeError(`the path of an extra ${problem}`);
  }
  signal?.throwIfAborted();
  const draft = await makeDraft(places);
  try {
    const written = join(draft.folder, "delivery.zip");
    const { extras, modifiedAtMs } = plan;
    const task: ZipTask = { editionFolder: folder, target: written, top, extras, modifiedAtMs, reserve };
    const answer = await onThread<BuildAnswer>(new URL("./build-worker.ts", import.meta.url), task, signal);
    if (!("built" in answer)) throw new DeliveryError(answer.reason, answer.message);
    await makeFolder(places.deliveries);
    await rename(written, target);
    await syncFolder(places.deliveries);
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
