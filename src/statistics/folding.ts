import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Administration } from "../engine/administration.ts";

/** How long entries of the log wait until they are folded. A look at the counts reads those that wait. */
export const foldEveryMs = 2_000;

export interface FoldingOptions {
  readonly administration: Pick<Administration, "unfoldedOrganizations" | "foldStatistics">;
  readonly log: Logger;
}

/**
 * Folds new entries of the log into the counts of the statistics, in the background. Several processes may do so at
 * once. A failure is logged, and the next round goes on where the last one ended.
 */
export function startFolding({ administration, log }: FoldingOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  async function foldAll(): Promise<void> {
    for (const id of await administration.unfoldedOrganizations()) {
      if (signal.aborted) return;
      await administration.foldStatistics(id, signal);
    }
  }
  async function run(): Promise<void> {
    while (!signal.aborted) {
      await foldAll().catch((error) => log.warn({ reason: String(error) }, "the log could not be counted"));
      await pause(foldEveryMs, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  const underWay = run();
  return {
    async stop() {
      stopping.abort();
      await underWay;
    },
  };
}
