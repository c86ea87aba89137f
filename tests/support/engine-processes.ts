import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Command, Outcome } from "../../src/core/command.ts";
import type { TestAddress } from "./database.ts";
import type { Cleanup } from "./server-process.ts";

export interface EngineSetUp {
  readonly address: TestAddress;
  /** In hex digits. */
  readonly secretKey: string;
  readonly organizationId: number;
  readonly withoutLocks: boolean;
}

export interface EngineRequest {
  readonly id: number;
  readonly command: Command;
  /** The time on the clock of the engine, from now on; the real time when it is absent. */
  readonly atMs: number | undefined;
}

export type EngineAnswer = { readonly id: number } & ({ readonly outcome: Outcome } | { readonly error: string });

/** Carries out a command in one of the processes, which take turns. */
export type InTurn = <C extends Command>(command: C, atMs?: number) => Promise<Outcome<C["verb"]>>;

const program = fileURLToPath(new URL("engine-process.ts", import.meta.url));

/** Starts two processes, each with an engine on this database. They end with the test. */
export function startEngineProcesses(context: Cleanup, setUp: EngineSetUp): InTurn {
  const processes = [startOne(context, setUp), startOne(context, setUp)];
  let turn = 0;
  return (command, atMs) => {
    const one = processes[turn++ % processes.length];
    if (one === undefined) throw new Error("there is no process");
    return one(command, atMs);
  };
}

function startOne(context: Cleanup, setUp: EngineSetUp): InTurn {
  // Amounts are of a kind that JSON does not have.
  const child = fork(program, [JSON.stringify(setUp)], { serialization: "advanced" });
  context.after(async () => {
    const ended = once(child, "exit");
    child.disconnect();
    await ended;
  });
  const waiting = new Map<number, { resolve(outcome: Outcome): void; reject(error: Error): void }>();
  let lastId = 0;
  child.on("message", (answer: EngineAnswer) => {
    const one = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ("error" in answer) one?.reject(new Error(answer.error));
    else one?.resolve(answer.outcome);
  });
  child.on("exit", () => {
    for (const one of waiting.values()) one.reject(new Error("the process with the engine has ended"));
  });
  const execute = (command: Command, atMs?: number) =>
    new Promise<Outcome>((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, { resolve, reject });
      child.send({ id, command, atMs } satisfies EngineRequest);
    });
  // The engine promises the outcome of the command's own verb. A map of all verbs cannot express that.
  return execute as InTurn;
}
