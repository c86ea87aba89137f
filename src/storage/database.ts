import pg from "pg";
import { StoreBusy, StoreUnavailable, transactionMaxMs, WriteConflict } from "../engine/store.ts";
import { PatientPool } from "./patient-pool.ts";
import type { SqlExecutor } from "./statement.ts";

/** How to reach PostgreSQL: an address, or the settings of an embedded server. */
export type DatabaseAddress = string | pg.ClientConfig;

/** An address as the settings of a client or a pool. */
export function configOf(address: DatabaseAddress): pg.ClientConfig {
  return typeof address === "string" ? { connectionString: address } : address;
}

/** How long the statements of a pool may take. */
export interface PoolLimits {
  /** A statement that runs longer is ended by the server. */
  readonly statementMs: number;
  /** A statement that waits longer for another's lock is ended by the server. */
  readonly lockMs: number;
  /** A transaction whose client has gone silent is ended by the server, and its locks with it. */
  readonly idleInTransactionMs: number;
  /** A transaction that takes longer in all is ended by the server, from PostgreSQL 17 on. */
  readonly transactionMs?: number;
  /** When an answer takes longer, the connection is given up. */
  readonly answerMs: number;
}

/** For queries and administration. */
export const queryLimits: PoolLimits = {
  statementMs: 15_000,
  lockMs: 5_000,
  idleInTransactionMs: 20_000,
  answerMs: 20_000,
};

/**
 * For batches. They hold locks for which other batches wait, so they wait for a lock only as long as a few commits
 * take: measured, a batch of 2,000 rows takes 0.1 s, and five times that on a busy machine.
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
/** After this time an idle connection is probed: a pool keeps one for good, and its other side may be gone. */
const keepAliveAfterMs = 30_000;

/**
 * A pool that opens connections as they are needed, `connectionsMax` at most. It replaces a broken connection at the
 * next use, so work goes on by itself once the database is back. Several statements may be under way on one connection
 * (pipelining): measured with `npm run bench`, a batch then costs two round trips instead of six.
 */
export function openPool(address: DatabaseAddress, connectionsMax: number, limits: PoolLimits = queryLimits): pg.Pool {
  const pool = new PatientPool({
    ...configOf(address),
    application_name: "counterfoil",
    max: connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleConnectionMs,
    // One is kept, so that a pool never has none while other clients hold all connections of the server.
    min: 1,
    query_timeout: limits.answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    pipeline: true,
    types: { getTypeParser },
    onConnect: (client: pg.ClientBase) => prepareConnection(client, limits),
  } as pg.PoolConfig & { max: number });
  // Without a listener a broken idle connection would end the process. The next query replaces the connection.
  pool.on("error", () => {});
  return pool;
}

/**
 * Sets up a new connection: the server writes times in UTC, whatever its own settings or those of the database or the
 * role are. When the connection breaks, the statements under way reject; without a listener the process would end.
 */
async function prepareConnection(
  client: pg.ClientBase,
  { statementMs, lockMs, idleInTransactionMs, transactionMs = 0 }: PoolLimits,
): Promise<void> {
  // Set by statements, since a pooler refuses these settings as start-up parameters, and PostgreSQL before version 17
  // refuses the last one.
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

/** Reads times as milliseconds since the epoch and bigints as safe integers; the driver reads all other types. */
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
 * Reads a time as PostgreSQL writes it in UTC, the time zone of every session. Rounds to the millisecond: a time is
 * sent as a floating number of seconds, and from the year 2242 on it is a microsecond off.
 *
 * Lists have two times a row. Reading the digits by their positions takes 160 ns a time, a regular expression's groups
 * took 570.
 */
function parseTimeMs(text: string): number {
  if (!timeShape.test(text)) {
    throw new Error("a time in the database is not between the years 0 and 9999, or not in UTC");
  }
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  // `Date.UTC` reads the years 0 to 99 as 1900 to 1999.
  const days = Date.UTC(year + calendarYears, twoDigits(text, 5) - 1, twoDigits(text, 8)) - calendarMs;
  const seconds = (twoDigits(text, 11) * 60 + twoDigits(text, 14)) * 60 + twoDigits(text, 17);
  const fraction = text[19] === "." ? Math.round(Number(text.slice(19, -3)) * 1000) : 0;
  return days + seconds * 1000 + fraction;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** SQLSTATE codes after which a retry may help. */
const conflictStates = new Set(["23505", "40001", "40P01", "55P03"]);
/** Too many connections, or a statement or transaction that took too long. */
const busyStates = new Set(["53300", "57014", "25P03", "25P04"]);
/**
 * Connection lost, login refused, shutting down, starting up, out of disk or memory, read only, database gone. Not
 * 08P01: a protocol error does not go away.
 */
const unavailableState = /^(08(?!P01)|28|57P|53|25006|3D000)/;
/** The message of the driver when every connection of a pool stayed in use. */
const poolBusyMessage = "timeout exceeded when trying to connect";
/** Messages of PgBouncer with 08P01 while its database is away or has no connection left. */
const poolerIsWaiting =
  /server_login_retry|query_wait_timeout|client_login_timeout|cannot connect to server|server login failed|server conn crashed|no more connections allowed|server closed|server_lifetime|server disconnected/i;

/**
 * Turns an error of the driver into an error of the engine: `WriteConflict`, `StoreBusy` or `StoreUnavailable`. Any
 * other error is a bug and stays as it is.
 */
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

/** Runs statements over a pool; their errors are those of {@link translateError}. */
export function executorOf(pool: pg.Pool): SqlExecutor {
  return {
    query: (query) =>
      pool.query(query).catch((error) => {
        throw translateError(error);
      }) as never,
  };
}

function isConnectionError(error: Error, code: string | undefined): boolean {
  if (code !== undefined && /^E[A-Z]+$/.test(code)) return true;
  return /connection|timeout|terminated|not queryable|Client was closed|pool after calling end/i.test(error.message);
}
