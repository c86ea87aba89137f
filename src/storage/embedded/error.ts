/**
 * The embedded PostgreSQL cannot do what was asked. The message is written for the operator: it says what is wrong
 * and what to do about it, and it never holds a password.
 */
export class EmbeddedServerError extends Error {
  override readonly name = "EmbeddedServerError";
  /** Whether another process uses the data directory: it may be done with it soon. */
  readonly isInUse: boolean;

  constructor(message: string, { isInUse = false, ...options }: ErrorOptions & { readonly isInUse?: boolean } = {}) {
    super(message, options);
    this.isInUse = isInUse;
  }
}

/** The text of anything that was thrown. Never throws. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code (`ENOENT`, `EACCES`, ...) of a system error, or undefined for anything else. Never throws. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const problemLine = /\b(?:error|ERROR|FATAL|PANIC)\b|could not|cannot|not found/;

/**
 * The one line of a failed program's output that says what went wrong: the last line that names a problem, otherwise
 * the last line at all ("no output" when there is none). Programs tend to tidy up, and to talk about that, after the
 * line that matters. Never throws.
 */
export function tellingLine(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const spoken = lines.filter((line) => line !== "");
  return spoken.findLast((line) => problemLine.test(line)) ?? spoken.at(-1) ?? "no output";
}
