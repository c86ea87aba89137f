import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Stage } from "./stage.ts";

/** A process that answers one question at a time, so that its work does not count as the work of this process. */
export interface Worker<Q, A> {
  ask(question: Q): Promise<A>;
}

type Reply<A> = { readonly answer: A } | { readonly error: string };

/** Starts the file of this folder as a worker; it ends with the stage. */
export function startWorker<Q, A>(stage: Stage, file: string): Worker<Q, A> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)));
  stage.defer(() => end(child));
  const gone = once(child, "exit").then((): never => {
    throw new Error(`${file} has ended`);
  });
  gone.catch(() => {});
  return {
    async ask(question) {
      child.send(question as object);
      const [reply] = (await Promise.race([once(child, "message"), gone])) as [Reply<A>];
      if ("error" in reply) throw new Error(`${file}: ${reply.error}`);
      return reply.answer;
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** The worker's side: answers every question of the process that started it. */
export function answerQuestions<Q, A>(answer: (question: Q) => Promise<A>): void {
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit());
  process.on("message", async (question: Q) => {
    const reply: Reply<A> = await answer(question).then(
      (value) => ({ answer: value }),
      (error) => ({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
    process.send?.(reply);
  });
}
