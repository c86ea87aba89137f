import type { Order } from "../engine/engine.ts";
import type { CommandServices } from "./tools.ts";

/** Whoever is at the terminal: no operator, and no network address. */
export function atTerminal({ organizationId }: Pick<CommandServices, "organizationId">) {
  return { organizationId, caller: { kind: "anonymous" }, address: null } as const satisfies Partial<Order>;
}
