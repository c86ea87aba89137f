/**
 * A migration is missing, unknown to this version, or was changed after it was applied; or the schema is missing. The
 * message says what to do.
 */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}
