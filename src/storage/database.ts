import pg from "pg";
import { StoreBusy, StoreUnavailable, transactionMaxMs, WriteConflict } from "../engine/store.ts";
import { PatientPool } from "./patient-pool.ts";

/** How to reach PostgreSQL: an address, or the settings of an embedded server. */
export type DatabaseAddress = string | pg.ClientConfig;

/** How long the statements of a pool may take. */
export interface PoolLimits {
  /** A statement that runs longer is ended by the server. */
  readonly statementMs: number;
  /** A statement that waits longer for another's lock is ended by the server. */
  readonly lockMs: number;
  /** A transaction whose client has gone silent is ended by the server, and its locks with it. */
  readonly idleInTransactionMs: number;
  /** The same for one that takes longer in all; heeded by PostgreSQL 17 and newer. */
  readonly transactionMs?: number;
  /** An answer that takes longer does not come any more: the connection is given up. */
  readonly answerMs: number;
}

/** For queries, and for what is set up rather than sold. */
export const queryLimits: PoolLimits = {
  statementMs: 15_000,
  lockMs: 5_000,
  idleInTransactionMs: 20_000,
  answerMs: 20_000,
};

/**
 * For batches: they hold locks, and who asked for one waits for its end. A lock is waited for as long as a few commits
 * of others take; measured, a batch of 2,000 rows takes 0.1 s, and five times that on a busy machine.
 */
export const batchLimits: PoolLimits = {
  statementMs: 4_000,
  lockMs: 200,
  idleInTransactionMs: transactionMaxMs,
  transactionMs: transactionMaxMs,
  answerMs: transactionMaxMs + 1_000,
};

const connectTimeoutMs = 5_000;
const idleConnectionMs = 60_000;
/** A connection that nobody uses shows so soon whether the other side is still there: one of a pool stays for good. */
const keepAliveAfterMs = 30_000;

/**
 * Connections that are opened as they are needed, `connectionsMax` at most. A connection that breaks is replaced at the
 * next use, so work goes on by itself once the database is back. Several statements may be under way on one connection
 * (pipelining): measured with `npm run bench`, a batch then costs two round trips instead of six.
 */
export function openPool(address: DatabaseAddress, connectionsMax: number, limits: PoolLimits = queryLimits): pg.Pool {
  const pool = new PatientPool({
    ...(typeof address === "string" ? { connectionString: address } : address),
    application_name: "counterfoil",
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleConnectionMs,
    // One is kept, so that a pool is never left with none when others have taken all that the server gives.
    min: 1,
    query_timeout: limits.answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    pipeline: true,
    types: { getTypeParser },
    onConnect: (client: pg.ClientBase) => prepareConnection(client, limits),
  } as pg.PoolConfig & { max: number });
  // Without a listener an idle connection that breaks would end the process; the next query finds out by itself.
  pool.on("error", () => {});
  return pool;
}

/**
 * Makes a new connection ready: times are written in UTC, whatever the server, the database or the role have set. And
 * when it breaks while it is in use, whoever waits for an answer learns of it; without a listener it would end the
 * process as well.
 */
async function prepareConnection(
  client: pg.ClientBase,
  { statementMs, lockMs, idleInTransactionMs, transactionMs = 0 }: PoolLimits,
): Promise<void> {
  // By statements: a pooler refuses a connection that brings such settings along, and so does PostgreSQL before version
  // 17 with the last one.
  client.on("error", () => {});
  await client.query(
    `set datestyle = 'ISO'; set timezone = 'UTC';
     set statement_timeout = ${statementMs}; set lock_timeout = ${lockMs};
     set idle_in_transaction_session_timeout = ${idleInTransactionMs};
     select set_config('transaction_timeout', '${transactionMs}', false)
     where current_setting('server_version_num')::integer >= 170000`,
  );
}

const int8Oid = 20;
const timestamptzOid = 1184;

/** Times as milliseconds since the epoch, counts and numbers as safe integers; everything else as the driver has it. */
const getTypeParser = ((oid: number, format?: "text" | "binary") => {
  if (format !== "binary" && oid === int8Oid) return parseSafeInteger;
  if (format !== "binary" && oid === timestamptzOid) return parseTimeMs;
  return pg.types.getTypeParser(oid, format);
}) as typeof pg.types.getTypeParser;

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error("a number in the database is larger than 2^53 - 1");
  return value;
}

const timeShape = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?\+00$/;
/** The calendar repeats after 400 years. */
const calendarYears = 400;
const calendarMs = 146_097 * 86_400_000;

/**
 * Reads PostgreSQL's own way of writing a time in UTC; every session of ours has that time zone. Rounded to the
 * millisecond: a time goes in as a floating number of seconds, and from the year 2242 on comes out a microsecond off.
 *
 * Lists have two times a row. Digits are read where they stand, in 160 ns a time; groups of a regular expression took 570.
 */
function parseTimeMs(text: string): number {
  if (!timeShape.test(text)) {
    throw new Error("a time in the database is not between the years 0 and 9999, or not in UTC");
  }
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  // `Date.UTC` takes the years before 100 for others.
  const days = Date.UTC(year + calendarYears, twoDigits(text, 5) - 1, twoDigits(text, 8)) - calendarMs;
  const seconds = (twoDigits(text, 11) * 60 + twoDigits(text, 14)) * 60 + twoDigits(text, 17);
  const fraction = text[19] === "." ? Math.round(Number(text.slice(19, -3)) * 1000) : 0;
  return days + seconds * 1000 + fraction;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** SQLSTATE classes and codes after which trying the same again may help. */
const conflictStates = new Set(["23505", "40001", "40P01", "55P03"]);
/** Too many connections, or a statement or transaction that took too long. */
const busyStates = new Set(["53300", "57014", "25P03", "25P04"]);
/**
 * Connection lost, login refused, shutting down, starting up, out of disk or memory, read only, database gone.
 * Not 08P01: what is not understood now is not understood later.
 */
const unavailableState = /^(08(?!P01)|28|57P|53|25006|3D000)/;
/** The driver's, when every connection of a pool stayed in use. */
const poolBusyMessage = "timeout exceeded when trying to connect";
/** What PgBouncer says with 08P01 while its database is away, or has no connection left. */
const poolerIsWaiting =
  /server_login_retry|query_wait_timeout|client_login_timeout|cannot connect to server|server login failed|server conn crashed|no more connections allowed|server closed|server_lifetime|server disconnected/i;

/** Turns what the driver throws into what the engine knows: in the way, busy, away, or a bug. */
export function translateError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code !== undefined && conflictStates.has(code)) return new WriteConflict(error.message, { cause: error });
  if ((code !== undefined && busyStates.has(code)) || error.message === poolBusyMessage) {
    return new StoreBusy(error.message, { cause: error });
  }
  const fromServer = error instanceof pg.DatabaseError;
  const isAway = unavailableState.test(code ?? "") || (code === "08P01" && poolerIsWaiting.test(error.message));
  if (fromServer ? isAway : isConnectionError(error, code)) {
    return new StoreUnavailable(error.message, { cause: error });
  }
  return error;
}

function isConnectionError(error: Error, code: string | undefined): boolean {
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return true;
  return /connection|timeout|terminated|not queryable|Client was closed|pool after calling end/i.test(error.message);
}
