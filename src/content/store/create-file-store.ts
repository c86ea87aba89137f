import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ifPresent } from "../../files.ts";
import { buildDelivery } from "./build-delivery.ts";
import { diskReserve, fileMode, namesIn } from "./disk.ts";
import { keepDocument, readDocument, sweepDocuments } from "./documents.ts";
import { removeWhole, sweepDrafts } from "./drafts.ts";
import { readManifest, readSmallFile } from "./edition-folder.ts";
import { editionLimits } from "./edition-source.ts";
import type { FileStore, StoredDelivery, StoredEdition } from "./file-store.ts";
import { makePackage } from "./make-package.ts";
import { openDeliveryFile } from "./open-delivery.ts";
import { openPackage } from "./open-package.ts";
import {
  deliveryFile,
  deliveryFileEnding,
  deliveryNameShape,
  editionFolder,
  editionKeyShape,
  keptMark,
  storePaths,
} from "./paths.ts";
import type { SumAnswer } from "./sum-worker.ts";
import { takeIn } from "./take-in.ts";
import { onThread } from "./thread.ts";
import { moveToTrash, sweepTrash } from "./trash.ts";

/** The store in this folder. Missing folders are made when they are needed. Several processes may share one store. */
export function createFileStore(root: string, { limits = editionLimits, reserve = diskReserve } = {}): FileStore {
  const paths = storePaths(root);
  return {
    takeIn: (path, options = {}) => takeIn(paths, { limits, reserve }, path, options),
    async keepEdition(key) {
      const mark = keptMark(editionFolder(paths, key));
      await ifPresent(writeFile(mark, "", { flag: "a", mode: fileMode }));
    },
    discardEdition: async (key) => moveToTrash(paths, editionFolder(paths, key)),
    removeEdition: async (key) => removeWhole(paths, editionFolder(paths, key)),
    async listEditions() {
      const listed: StoredEdition[] = [];
      for (const key of await namesIn(paths.editions)) {
        if (!editionKeyShape.test(key)) continue;
        const folder = join(paths.editions, key);
        const [stats, mark] = await Promise.all([ifPresent(stat(folder)), ifPresent(stat(keptMark(folder)))]);
        // Another process may remove a folder after it was listed.
        if (stats !== undefined) listed.push({ key, takenInAtMs: stats.mtimeMs, isKept: mark !== undefined });
      }
      return listed;
    },
    readSmallFile: async (key, path) => readSmallFile(editionFolder(paths, key), path),
    buildDelivery: (plan, signal) => buildDelivery(paths, reserve, plan, signal),
    listFiles: async (key) => readManifest(editionFolder(paths, key)),
    makePackage: (plan, signal) => makePackage(paths, reserve, plan, signal),
    openPackage: async (key, name) => openPackage(editionFolder(paths, key), name),
    keepDocument: (name, content) => keepDocument(paths, name, content),
    readDocument: (name, sinceMs) => readDocument(paths, name, sinceMs),
    openDelivery: async (name) => openDeliveryFile(deliveryFile(paths, name)),
    async sumDelivery(name, signal) {
      const worker = new URL("./sum-worker.ts", import.meta.url);
      return (await onThread<SumAnswer>(worker, deliveryFile(paths, name), signal)).sum;
    },
    discardDelivery: async (name) => moveToTrash(paths, deliveryFile(paths, name)),
    removeDelivery: async (name) => rm(deliveryFile(paths, name), { force: true }),
    async listDeliveries() {
      const listed: StoredDelivery[] = [];
      for (const file of await namesIn(paths.deliveries)) {
        const name = file.slice(0, -deliveryFileEnding.length);
        if (!deliveryNameShape.test(name)) continue;
        const stats = await ifPresent(stat(join(paths.deliveries, file)));
        if (stats !== undefined) listed.push({ name, bytes: stats.size, modifiedAtMs: stats.mtimeMs });
      }
      return listed;
    },
    sweepDrafts: (untouchedForMs) => sweepDrafts(paths, untouchedForMs),
    sweepDocuments: (keptForMs) => sweepDocuments(paths, keptForMs),
    sweepTrash: (keptForMs) => sweepTrash(paths, keptForMs),
  };
}
