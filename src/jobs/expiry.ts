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
    administration.forgetAnswers(answersKeptMs).then(
      (count) => log.debug({ count }, "kept answers were forgotten"),
      (error) => log.warn({ reason: String(error) }, "kept answers could not be forgotten"),
    );
  };
  const timer = setInterval(sweep, sweepEveryMs).unref();
  return { stop: () => clearInterval(timer) };
}
