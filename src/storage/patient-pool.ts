import pg from "pg";

/** SQLSTATE of a server, database or role that takes no further connection. */
const tooManyConnections = "53300";

/** How long a pool without any connection tries to get one, while others have them all. */
const patienceMs = 5_000;
const retryMs = 100;
/** For how long a pool makes do with the connections that it has. */
const frugalMs = 10_000;

type Callback = Parameters<Extract<pg.Pool["connect"], (callback: never) => void>>[0];

/**
 * A pool that makes do with fewer connections when the server gives no more: who asks then waits for one of its own to
 * become free, instead of being told that the database is away.
 */
export class PatientPool extends pg.Pool {
  readonly #connectionsMax: number;
  #frugal: NodeJS.Timeout | undefined;

  constructor(options: pg.PoolConfig & { readonly max: number }) {
    super(options);
    this.#connectionsMax = options.max;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    if (callback !== undefined) {
      this.#connect(callback, undefined);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#connect((error, client) => (client === undefined ? reject(error) : resolve(client)), undefined);
    });
  }

  /** `endMs`: when it gives up; set with the first refusal, since this is called for every statement. */
  #connect(callback: Callback, endMs: number | undefined): void {
    super.connect((error, client, done) => {
      if (!(error instanceof pg.DatabaseError) || error.code !== tooManyConnections)
        return callback(error, client, done);
      if (this.totalCount > 0) {
        this.#makeDo();
        return this.#connect(callback, endMs);
      }
      const lastMs = endMs ?? performance.now() + patienceMs;
      if (performance.now() + retryMs > lastMs) return callback(error, client, done);
      setTimeout(() => this.#connect(callback, lastMs), retryMs);
    });
  }

  /** For a while no more connections than there are: the next call waits in line. */
  #makeDo(): void {
    this.options.max = this.totalCount;
    this.#frugal ??= setTimeout(() => {
      this.#frugal = undefined;
      this.options.max = this.#connectionsMax;
    }, frugalMs).unref();
  }
}
