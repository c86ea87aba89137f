import { defaultOrganizationId } from "../engine/administration.ts";
import type { Order } from "../engine/engine.ts";

/** Whoever is at the terminal: no operator, and no network address. */
export const atTerminal = {
  organizationId: defaultOrganizationId,
  caller: { kind: "anonymous" },
  address: null,
} as const satisfies Partial<Order>;
