import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildDelivery } from "./build-delivery.ts";
import { isMissing, namesIn } from "./disk.ts";
import { removeWhole, sweepDrafts } from "./drafts.ts";
import type { FileStore, StoredDelivery, StoredEdition } from "./file-store.ts";
import { editionLimits } from "./limits.ts";
import { openDeliveryFile } from "./open-delivery.ts";
import {
  deliveryFile,
  deliveryFileEnding,
  deliveryNameShape,
  editionFolder,
  editionKeyShape,
  placesIn,
} from "./places.ts";
import { readSmallFile } from "./small-file.ts";
import { takeIn } from "./take-in.ts";

/** The store in this folder; what is missing of it is made when it is needed. Several processes may share one. */
export function createFileStore(root: string, limits = editionLimits): FileStore {
  const places = placesIn(root);
  return {
    takeIn: (path, options = {}) => takeIn(places, limits, path, options),
    removeEdition: async (key) => removeWhole(places, editionFolder(places, key)),
    async listEditions() {
      const listed: StoredEdition[] = [];
      for (const key of await namesIn(places.editions)) {
        if (!editionKeyShape.test(key)) continue;
        const stats = await statIfThere(join(places.editions, key));
        if (stats !== undefined) listed.push({ key, takenInAtMs: stats.mtimeMs });
      }
      return listed;
    },
    readSmallFile: async (key, path) => readSmallFile(editionFolder(places, key), path),
    buildDelivery: (plan, signal) => buildDelivery(places, plan, signal),
    openDelivery: async (name) => openDeliveryFile(deliveryFile(places, name)),
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
  };
}

/** What another process removed since it was listed is not there. */
async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
