import { monitorEventLoopDelay } from "node:perf_hooks";
import type { EditionContents } from "../src/content/package-format.ts";
import { createFileStore } from "../src/content/store/create-file-store.ts";
import type { FileStore } from "../src/content/store/file-store.ts";
import { packageNameOf } from "../src/content/store/paths.ts";
import { chartPackages } from "../src/dialects/oesu/package-format.ts";
import { answerQuestions } from "./worker.ts";

/** Work on a file store, in a process of its own whose memory grows by nothing else. */
export type FilesQuestion =
  | { readonly ask: "take in"; readonly root: string; readonly source: string }
  | { readonly ask: "build"; readonly root: string; readonly editionKey: string }
  | { readonly ask: "pack"; readonly root: string; readonly editionKey: string; readonly fromKey: string };

export interface FilesAnswer {
  readonly key: string;
  /** All that were read or written. */
  readonly bytes: number;
  readonly seconds: number;
  readonly residentBeforeMb: number;
  readonly residentMaxMb: number;
  /** The longest time in which the process could answer nobody. */
  readonly stallMaxMs: number;
}

const sampleEveryMs = 10;
const deliveryName = "1-1";

async function work(question: FilesQuestion): Promise<{ key: string; bytes: number }> {
  const store = createFileStore(question.root);
  switch (question.ask) {
    case "take in":
      return store.takeIn(question.source);
    case "build": {
      const { editionKey } = question;
      const plan = { editionKey, deliveryName, zipName: "bench.zip", extras: [], modifiedAtMs: 0 };
      return { key: editionKey, bytes: (await store.buildDelivery(plan)).bytes };
    }
    case "pack": {
      const { editionKey, fromKey } = question;
      const to = await contentsOf(store, editionKey, "2026/1-1");
      const from = await contentsOf(store, fromKey, "2026/1-0");
      let bytes = 0;
      for (const before of [undefined, from]) {
        const plan = await chartPackages.plan({ id: 1, name: "Bench" }, to, before);
        if (plan === undefined) throw new Error("there is no package");
        const { fileName: _name, ...content } = plan;
        const packageName = packageNameOf(before === undefined ? null : fromKey);
        bytes += (await store.makePackage({ editionKey, packageName, ...content, modifiedAtMs: 0 })).bytes;
      }
      return { key: editionKey, bytes };
    }
  }
}

async function contentsOf(store: FileStore, key: string, name: string): Promise<EditionContents> {
  const content = { key, files: 0, bytes: 0, sha256: "" };
  const edition = {
    id: 1,
    productId: 1,
    name,
    publishedAtMs: 0,
    addedAtMs: 0,
    availableAtMs: null,
    withdrawnAtMs: null,
    content,
  };
  return { edition, files: await store.listFiles(key), read: (path) => store.readSmallFile(key, path) };
}

async function measured(question: FilesQuestion): Promise<FilesAnswer> {
  const residentMb = () => process.memoryUsage.rss() / 2 ** 20;
  const residentBeforeMb = residentMb();
  let residentMaxMb = residentBeforeMb;
  const sampling = setInterval(() => {
    residentMaxMb = Math.max(residentMaxMb, residentMb());
  }, sampleEveryMs);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAtMs = performance.now();
  const { key, bytes } = await work(question);
  const seconds = (performance.now() - startedAtMs) / 1000;
  delay.disable();
  clearInterval(sampling);
  return { key, bytes, seconds, residentBeforeMb, residentMaxMb, stallMaxMs: delay.max / 1e6 };
}

answerQuestions<FilesQuestion, FilesAnswer>(measured);
