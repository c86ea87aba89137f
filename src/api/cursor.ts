import type { CursorKind } from "./route.ts";

const numberShape = /^\d{1,15}$/;
/** Longer than any key: the name of a customer, with its place. */
const lengthMax = 400;

/** The key of a list as callers see it. They are not to look into it, so it is no plain text. */
export function writeCursor(route: string, key: string): string {
  return Buffer.from(JSON.stringify([route, key]), "utf8").toString("base64url");
}

/** The key in a cursor of this list; `undefined` for any other text. */
export function readCursor(route: string, kind: CursorKind, cursor: string): string | undefined {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!Array.isArray(parts) || parts.length !== 2 || parts[0] !== route) return undefined;
  const key: unknown = parts[1];
  if (typeof key !== "string" || key.length > lengthMax || key.includes("\0") || !key.isWellFormed()) return undefined;
  return kind === "text" || numberShape.test(key) ? key : undefined;
}
