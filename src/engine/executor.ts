import type { Command, Outcome } from "../core/command.ts";
import type { Principal } from "../core/principal.ts";
import type { Engine } from "./engine.ts";

/** Carries out commands for one principal, which calls from no network address. It resolves and rejects as the engine. */
export type Executor = <C extends Command>(organizationId: number, command: C) => Promise<Outcome<C["verb"]>>;

export function executorFor(principal: Principal, { execute }: Pick<Engine, "execute">): Executor {
  return (organizationId, command) => execute({ organizationId, command, principal, address: null });
}
