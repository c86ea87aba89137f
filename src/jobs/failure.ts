/** Why a job could not be done, in words for the log: without an address, a code or a secret. */
export class JobFailure extends Error {
  override readonly name = "JobFailure";
}

/** No attempt will do this job: it is given up at once. */
export class JobHopeless extends JobFailure {}

/**
 * What all jobs of a kind need is away: a mail server, a disk. Their crew rests, and the attempt is not counted unless
 * the job itself may be the reason.
 */
export class ServiceAway extends JobFailure {
  readonly isCounted: boolean;

  constructor(message: string, { isCounted = false } = {}) {
    super(message);
    this.isCounted = isCounted;
  }
}

/** The codes of a system error in brackets, which name neither paths nor addresses; empty when it has none. */
export function codesOf(error: unknown): string {
  const { code, originalCode } = Object(error);
  const codes = [code, originalCode].filter((one) => typeof one === "string" && /^[A-Z0-9_]+$/.test(one));
  return codes.length === 0 ? "" : ` (${codes.join(", ")})`;
}
