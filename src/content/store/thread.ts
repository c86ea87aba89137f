import { Worker } from "node:worker_threads";

/**
 * Gives `data` to a thread that runs this file, and is fulfilled with the message that it posts. It settles when the
 * thread has ended, so that the thread touches no file any more. Rejects with what the thread throws, or with the
 * signal's reason: a signal that aborts ends the thread.
 */
export function onThread<Answer extends object>(
  file: URL,
  data: unknown,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const worker = new Worker(file, { workerData: data, execArgv: [] });
  const abort = () => void worker.terminate();
  signal?.addEventListener("abort", abort, { once: true });
  let answer: Answer | undefined;
  let failure: unknown;
  worker.on("message", (said: Answer) => {
    answer = said;
  });
  worker.on("error", (error) => {
    failure = error;
  });
  worker.on("exit", () => {
    signal?.removeEventListener("abort", abort);
    if (answer !== undefined) resolve(answer);
    else reject(signal?.aborted ? signal.reason : (failure ?? new Error("a thread ended without an answer")));
  });
  return promise;
}
