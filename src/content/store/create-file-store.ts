import { open, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildDelivery } from "./build-delivery.ts";
import { diskReserve, fileMode, isMissing, namesIn } from "./disk.ts";
import { removeWhole, sweepDrafts } from "./drafts.ts";
import { readSmallFile } from "./edition-folder.ts";
import { editionLimits } from "./edition-source.ts";
import type { FileStore, StoredDelivery, StoredEdition } from "./file-store.ts";
import { openDeliveryFile } from "./open-delivery.ts";
import {
  deliveryFile,
  deliveryFileEnding,
  deliveryNameShape,
  editionFolder,
  editionKeyShape,
  keptMark,
  placesIn,
} from "./places.ts";
import { sumFile } from "./sum-file.ts";
import { takeIn } from "./take-in.ts";
import { moveToTrash, sweepTrash } from "./trash.ts";

/** The store in this folder. Missing folders are made when they are needed. Several processes may share one store. */
export function createFileStore(root: string, { limits = editionLimits, reserve = diskReserve } = {}): FileStore {
  const places = placesIn(root);
  return {
    takeIn: (path, options = {}) => takeIn(places, { limits, reserve }, path, options),
    keepEdition: async (key) => touch(keptMark(editionFolder(places, key))),
    discardEdition: async (key) => moveToTrash(places, editionFolder(places, key)),
    removeEdition: async (key) => removeWhole(places, editionFolder(places, key)),
    async listEditions() {
      const listed: StoredEdition[] = [];
      for (const key of await namesIn(places.editions)) {
        if (!editionKeyShape.test(key)) continue;
        const stats = await statIfThere(join(places.editions, key));
        if (stats === undefined) continue;
        const isKept = (await statIfThere(keptMark(join(places.editions, key)))) !== undefined;
        listed.push({ key, takenInAtMs: stats.mtimeMs, isKept });
      }
      return listed;
    },
    readSmallFile: async (key, path) => readSmallFile(editionFolder(places, key), path),
    buildDelivery: (plan, signal) => buildDelivery(places, reserve, plan, signal),
    openDelivery: async (name) => openDeliveryFile(deliveryFile(places, name)),
    sumDelivery: async (name, signal) => sumFile(deliveryFile(places, name), signal),
    discardDelivery: async (name) => moveToTrash(places, deliveryFile(places, name)),
    removeDelivery: async (name) => rm(deliveryFile(places, name), { force: true }),
    async listDeliveries() {
      const listed: StoredDelivery[] = [];
      for (const file of await namesIn(places.deliveries)) {
        const name = file.slice(0, -deliveryFileEnding.length);
        if (!deliveryNameShape.test(name)) continue;
        const stats = await statIfThere(join(places.deliveries, file));
        if (stats !== undefined) listed.push({ name, bytes: stats.size, modifiedAtMs: stats.mtimeMs });
      }
      return listed;
    },
    sweepDrafts: (untouchedForMs) => sweepDrafts(places, untouchedForMs),
    sweepTrash: (keptForMs) => sweepTrash(places, keptForMs),
  };
}

/** Makes an empty file, unless its folder is not there. */
async function touch(path: string): Promise<void> {
  try {
    await (await open(path, "a", fileMode)).close();
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** `undefined` for a file that another process removed after it was listed. */
async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
