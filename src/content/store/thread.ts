import { Worker } from "node:worker_threads";

/**
 * Runs this file on a thread with `data`, and resolves with the message that the thread posts. It settles after the
 * thread has ended and touches no file any more. Rejects with the error that the thread throws. When the signal aborts,
 * the thread is ended, and the promise rejects with the signal's reason.
 */
export function onThread<Answer extends object>(
  file: URL,
  data: unknown,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  if (signal?.aborted) return Promise.reject(signal.reason);
  const worker = new Worker(file, { workerData: data, execArgv: [] });
  const abort = () => void worker.terminate();
  signal?.addEventListener("abort", abort, { once: true });
  let answer: Answer | undefined;
  let failure: unknown;
  worker.on("message", (message: Answer) => {
    answer = message;
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
