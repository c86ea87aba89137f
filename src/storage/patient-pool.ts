import pg from "pg";

/** SQLSTATE: the server, the database or the role takes no further connection. */
const tooManyConnections = "53300";

/** How long a pool without any connection keeps trying while other clients hold them all. */
const patienceMs = 5_000;
const retryMs = 100;
/** How long a pool opens no further connection after the server has refused one. */
const frugalMs = 10_000;

type Callback = Parameters<Extract<pg.Pool["connect"], (callback: never) => void>>[0];

/**
 * A pool that works with fewer connections while the server gives no more. A caller then waits for a connection of the
 * pool to become free, instead of an error that the database is away.
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

  /** Gives up at `endMs`, which is set at the first refusal: this is called for every statement. */
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

  /** Opens no further connection for a while, so the next call waits for one to become free. */
  #makeDo(): void {
    this.options.max = this.totalCount;
    this.#frugal ??= setTimeout(() => {
      this.#frugal = undefined;
      this.options.max = this.#connectionsMax;
    }, frugalMs).unref();
  }
}
