import type { EditionContent } from "../core/edition.ts";
import type { Executor } from "../engine/executor.ts";

/** Where sample data is put. */
export interface DemoTarget {
  readonly organizationId: number;
  readonly execute: Executor;
  /** The file store: it takes in the files of a folder, as the content of an edition. */
  readonly files: { takeIn(folder: string): Promise<EditionContent> };
  /** Milliseconds since the epoch: the start of the demo. */
  readonly nowMs: number;
}
