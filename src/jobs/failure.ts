/** A job could not be done. The message goes into the log: it holds no address, code or secret. */
export class JobFailure extends Error {
  override readonly name = "JobFailure";
}

/** No attempt can do this job, so it is given up at once. */
export class JobHopeless extends JobFailure {}

/**
 * The service that all jobs of a crew need is away, such as a mail server or a disk. The crew rests. The attempt counts
 * only if the job itself may be the reason.
 */
export class ServiceAway extends JobFailure {
  readonly isCounted: boolean;

  constructor(message: string, { isCounted = false } = {}) {
    super(message);
    this.isCounted = isCounted;
  }
}

/** The codes of a system error in brackets, which hold no path or address; empty when it has none. */
export function codesOf(error: unknown): string {
  const { code, originalCode } = Object(error);
  const codes = [code, originalCode].filter((one) => typeof one === "string" && /^[A-Z0-9_]+$/.test(one));
  return codes.length === 0 ? "" : ` (${codes.join(", ")})`;
}
