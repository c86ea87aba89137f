import type { EditionContent } from "../core/edition.ts";
import type { Administration } from "../engine/administration.ts";
import type { Engine } from "../engine/engine.ts";

/** Where sample data is put. */
export interface DemoTarget {
  readonly organizationId: number;
  readonly engine: Engine;
  readonly administration: Administration;
  /** Takes the files of a folder into the file store, as the content of an edition. */
  takeIn(folder: string): Promise<EditionContent>;
  /** Milliseconds since the epoch: the start of the demo. */
  readonly nowMs: number;
}
