import type { Command, Outcome } from "../core/command.ts";
import type { Principal } from "../core/principal.ts";
import type { Engine } from "./engine.ts";

/** Carries out commands for one principal without a network address. Resolves and rejects as the engine does. */
export type Executor = <C extends Command>(organizationId: number, command: C) => Promise<Outcome<C["verb"]>>;

export function executorFor(principal: Principal, { execute }: Pick<Engine, "execute">): Executor {
  return (organizationId, command) => execute({ organizationId, command, principal, address: null });
}
