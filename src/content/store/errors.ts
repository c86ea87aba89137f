import { StoreUnavailable } from "../../engine/store.ts";

/**
 * A folder or a zip that cannot become an edition. The message tells the operator in a sentence or two which file is
 * wrong, why, and what to do.
 */
export class EditionSourceError extends Error {
  override readonly name = "EditionSourceError";
}

/**
 * - `edition_missing`: there is no edition with this key.
 * - `edition_damaged`: a file on the disk differs from the one that was taken in; the edition must be added again.
 * - `file_too_large`: a file that was to be read whole is too large for that.
 * - `paths_collide`: an extra cannot lie beside the files of the edition.
 * - `disk_full`: the disk takes no more; the same call succeeds once there is room.
 */
export type DeliveryErrorReason =
  | "edition_missing"
  | "edition_damaged"
  | "file_too_large"
  | "paths_collide"
  | "disk_full";

/** A delivery that cannot be built. The message is a sentence for the operator. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly reason: DeliveryErrorReason;

  constructor(reason: DeliveryErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * The folder of the file store belongs to another database, or is missing. The message tells the operator what to do. A
 * request treats it like a database that is away: the operator must repair it, and the client may try again later.
 */
export class WrongFileStore extends StoreUnavailable {}
