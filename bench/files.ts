import { monitorEventLoopDelay } from "node:perf_hooks";
import { createFileStore } from "../src/content/store/create-file-store.ts";
import { answerQuestions } from "./worker.ts";

/** Work on a file store, in a process of its own whose memory grows by nothing else. */
export type FilesQuestion =
  | { readonly ask: "take in"; readonly root: string; readonly source: string }
  | { readonly ask: "build"; readonly root: string; readonly editionKey: string };

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
  }
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
