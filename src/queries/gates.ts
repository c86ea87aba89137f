import type { Gate } from "../core/gate.ts";

/** Gates. `AccessKeyQueries` finds a gate by its access key. */
export interface GateQueries {
  /** The gate of exactly this name that is not retired. */
  byName(organizationId: number, name: string): Promise<Gate | undefined>;
  /** All gates, retired ones too, in the order of their numbers. All at once: an organization has some tens. */
  all(organizationId: number): Promise<readonly Gate[]>;
}
