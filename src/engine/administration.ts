/**
 * Writes of the server itself, for bookkeeping and cleaning up. Every other write is a verb. Every function rejects
 * with `StoreUnavailable` when the store cannot be reached.
 */
export interface Administration {
  /** Creates the organization unless it exists. Resolves with whether it was created. */
  ensureOrganization(organizationId: number, name: string): Promise<boolean>;
  /** Draws the number for a new organization. */
  drawOrganization(): Promise<number>;
  /** Sets a secret setting unless it has a value. Resolves with the value that it has now. */
  ensureSecretSetting(organizationId: number, name: string, value: string): Promise<string>;
  /** Notes that the file of a delivery was removed. */
  markDeliveryRemoved(organizationId: number, deliveryId: number): Promise<void>;
  /** Restarts jobs that were given up, with all their attempts. Resolves with the number of restarted jobs. */
  retryJobs(ids: readonly number[]): Promise<number>;
  /** Names the file store unless it has a name, which never changes. Resolves with the name. */
  ensureFileStoreId(storeId: string): Promise<string>;
  /** Notes that the mail of a sale was sent. */
  markMailed(organizationId: number, saleId: number): Promise<void>;
  /** Notes that the mail of a sale could not be sent. The reason must hold neither an address nor a secret. */
  noteMailFailure(organizationId: number, saleId: number, reason: string): Promise<void>;
  /**
   * Removes idempotency records that are older than this. Resolves with their number. This and the other clean-ups work
   * in small pieces, so that they end however much there is, or as soon as `signal` is aborted.
   */
  forgetIdempotencyRecords(ageMs: number, signal?: AbortSignal): Promise<number>;
  /** Notes that a token was used now. */
  noteTokenUse(organizationId: number, tokenId: number): Promise<void>;
  /** Removes tokens that have ended. Resolves with their number. */
  forgetTokens(signal?: AbortSignal): Promise<number>;
  /** Removes holds that were over for longer than this. Resolves with their number. */
  forgetHolds(ageMs: number, signal?: AbortSignal): Promise<number>;
  /** The organizations whose log has entries that are not in the statistics yet. */
  unfoldedOrganizations(): Promise<readonly number[]>;
  /**
   * Counts the entries of the log that are not in the statistics yet, each once, however many processes do so. Resolves
   * with their number.
   */
  foldStatistics(organizationId: number, signal?: AbortSignal): Promise<number>;
  /**
   * Removes log entries that are older than this: those of accepted commands, or those of refused ones. Resolves with
   * their number.
   */
  forgetActions(
    organizationId: number,
    which: "done" | "refused",
    ageMs: number,
    signal?: AbortSignal,
  ): Promise<number>;
}
