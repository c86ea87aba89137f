/**
 * Writes that are no act of anybody: of the server's own bookkeeping and cleaning up. Everything else is a verb. Every
 * function rejects with `StoreUnavailable` when the store cannot be reached.
 */
export interface Administration {
  /** Makes the organization unless it is there; resolves with whether it was made. */
  ensureOrganization(organizationId: number, name: string): Promise<boolean>;
  /** Draws the number of an organization that is to be made. */
  drawOrganization(): Promise<number>;
  /** Sets a secret setting unless it is there; resolves with the value that is there now. */
  ensureSecretSetting(organizationId: number, name: string, value: string): Promise<string>;
  /** The file of a delivery was removed. */
  markDeliveryRemoved(organizationId: number, deliveryId: number): Promise<void>;
  /** Lets jobs that were given up begin anew, with all their attempts; resolves with how many of these there were. */
  retryJobs(ids: readonly number[]): Promise<number>;
  /** Names the file store unless it has a name, of which there is never another; resolves with the name. */
  ensureFileStoreId(storeId: string): Promise<string>;
  /** The mail of a sale was sent. */
  markMailed(organizationId: number, saleId: number): Promise<void>;
  /** The mail of a sale could not be sent; the reason holds neither an address nor a secret. */
  noteMailFailure(organizationId: number, saleId: number, reason: string): Promise<void>;
  /**
   * Forgets answers that were kept for idempotency keys longer than this; resolves with their number. This and the
   * other clean-ups are done in small pieces, so that they end however much there is, or as soon as `signal` is
   * aborted.
   */
  forgetIdempotencyRecords(ageMs: number, signal?: AbortSignal): Promise<number>;
  /** Removes tokens that have ended; resolves with their number. */
  forgetTokens(signal?: AbortSignal): Promise<number>;
  /**
   * Removes lines of the log that are older than this: of what was done, or of what was refused. Resolves with their
   * number.
   */
  forgetActions(
    organizationId: number,
    which: "done" | "refused",
    ageMs: number,
    signal?: AbortSignal,
  ): Promise<number>;
}
