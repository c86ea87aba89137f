/**
 * The embedded PostgreSQL cannot be used. The message tells the operator what is wrong and what to do. It never holds
 * a password.
 */
export class EmbeddedServerError extends Error {
  override readonly name = "EmbeddedServerError";
  /** Whether another process uses the data directory. It may end soon. */
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

const problemLine = /\b(?:error|ERROR|FATAL|PANIC)\b|could not|cannot|not found/;

/**
 * The line of a failed program's output that tells why it failed: the last line that names a problem, otherwise the
 * last line, or "no output". Programs often report their clean-up after the error. Never throws.
 */
export function errorLine(output: string): string {
  const lines = output.split("\n").flatMap((line) => line.trim() || []);
  return lines.findLast((line) => problemLine.test(line)) ?? lines.at(-1) ?? "no output";
}
