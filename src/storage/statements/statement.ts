import type pg from "pg";

/** Whatever can run a statement: a connection or a pool. */
export interface Runner {
  query<R extends unknown[]>(query: pg.QueryArrayConfig): Promise<pg.QueryArrayResult<R>>;
}

/** The text that each name stands for, in every connection. */
const texts = new Map<string, string>();
/** PostgreSQL cuts longer names off, and takes two that begin alike for one. */
const nameLengthMax = 63;

/**
 * Runs a statement that the server keeps prepared under its name, and answers its rows as arrays. The name stands for
 * the text: one name, one text.
 *
 * Throws at once, and sends nothing, when the name has another text or a value cannot be sent. The driver would tell only
 * later, when statements that were started after this one, such as a commit, are already on their way.
 */
export function run<R extends unknown[]>(
  runner: Runner,
  name: string,
  text: string,
  values: readonly unknown[],
): Promise<R[]> {
  checkName(name, text);
  return runner.query<R>({ name, text, values: values.map(encode), rowMode: "array" }).then(rowsOf);
}

function rowsOf<R extends unknown[]>({ rows }: pg.QueryArrayResult<R>): R[] {
  return rows;
}

function checkName(name: string, text: string): void {
  const known = texts.get(name);
  if (known === text) return;
  if (known !== undefined) throw new Error(`the statement ${name} has two texts`);
  if (name.length > nameLengthMax) throw new Error(`the name of the statement ${name} is too long`);
  texts.set(name, text);
}

/**
 * Writes a value as it is sent. Arrays are written here and not by the driver, which puts every number into quotes, too:
 * measured, making cards then takes 8 % more processor time, in this process and in PostgreSQL.
 */
function encode(value: unknown): string | Buffer | null {
  if (Array.isArray(value)) return `{${value.map(encodeElement).join()}}`;
  if (value === null || value === undefined) return null;
  return typeof value === "string" || Buffer.isBuffer(value) ? value : encodePlain(value);
}

function encodeElement(element: unknown): string {
  if (element === null || element === undefined) return "NULL";
  if (typeof element === "string") return `"${/["\\]/.test(element) ? element.replace(/["\\]/g, "\\$&") : element}"`;
  return Buffer.isBuffer(element) ? `"\\\\x${element.toString("hex")}"` : encodePlain(element);
}

function encodePlain(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  throw new TypeError(`a statement cannot be sent with a value of type ${typeof value}`);
}

/** A column of times, as `to_timestamp` of seconds takes it. */
export function seconds(atMs: number | null): number | null {
  return atMs === null ? null : atMs / 1000;
}

/** How rows are locked: not at all, waited for, or left out when another transaction holds them. */
export type RowLock = "none" | "wait" | "skip";

/** The end of a query that locks the rows of the table with this alias. */
export function lockingClause(lock: RowLock, alias: string): string {
  return lock === "none" ? "" : `for no key update of ${alias}${lock === "skip" ? " skip locked" : ""}`;
}
