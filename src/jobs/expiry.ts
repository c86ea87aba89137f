import type { Logger } from "pino";
import type { Administration } from "../engine/administration.ts";

/** How long the answer to an idempotency key is kept and repeated. */
export const answersKeptMs = 7 * 24 * 60 * 60 * 1000;
const sweepEveryMs = 60 * 60 * 1000;

/**
 * Removes what has had its time, once an hour. Several processes may do so at once. A failure is logged and tried again
 * an hour later.
 */
export function startExpiry(administration: Administration, log: Logger): { stop(): void } {
  const sweep = () => {
    Promise.all([administration.forgetAnswers(answersKeptMs), administration.forgetTokens()]).then(
      ([answers, tokens]) => log.debug({ answers, tokens }, "kept answers and ended tokens were removed"),
      (error) => log.warn({ reason: String(error) }, "kept answers and ended tokens could not be removed"),
    );
  };
  const timer = setInterval(sweep, sweepEveryMs).unref();
  return { stop: () => clearInterval(timer) };
}
