/** Why a job could not be done, in words for the log: without an address, a code or a secret. */
export class JobFailure extends Error {
  override readonly name = "JobFailure";
}
