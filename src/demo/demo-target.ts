import type { Administration } from "../engine/administration.ts";
import type { Engine } from "../engine/engine.ts";

/** Where sample data is put. */
export interface DemoTarget {
  readonly organizationId: number;
  readonly engine: Engine;
  readonly administration: Administration;
  /** Milliseconds since the epoch: the start of the demo. */
  readonly nowMs: number;
}
