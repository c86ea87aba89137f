import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Authenticator } from "../access/authenticator.ts";
import type { Engine, EngineObserver } from "../engine/engine.ts";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";

/** How many of a pool's connections there are, and are in use; and how many wait for one. */
export interface PoolUse {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Everything that `GET /metrics` tells. */
export interface Metrics {
  readonly engine: EngineObserver;
  /** Tells from now on how much waits in the engine. */
  watchEngine(engine: Engine): void;
  /** Tells from now on how a pool of connections is used. */
  watchPool(name: string, pool: PoolUse): void;
  requestDone(request: { dialect: string; method: string; route: string; status: number; seconds: number }): void;
  /** The same authenticator, its outcomes counted. */
  watch(authenticator: Authenticator): Authenticator;
  /** The text that Prometheus reads, and its media type. */
  expose(): Promise<{ contentType: string; text: string }>;
}

/** How many jobs of each task wait, and how many were given up. */
export type CountJobs = () => Promise<
  readonly { readonly task: string; readonly waiting: number; readonly givenUp: number }[]
>;

export function createMetrics(countJobs: CountJobs = async () => []): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "counterfoil_" });
  const registers = [registry];
  const requests = new Histogram({
    name: "counterfoil_http_request_seconds",
    help: "Time from the request's headers to the end of the answer",
    labelNames: ["dialect", "method", "route", "status"],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const commands = new Counter({
    name: "counterfoil_commands_total",
    help: "Commands by verb and outcome: ok, the name of the refusal, or why it failed: busy, away or broken",
    labelNames: ["verb", "outcome"],
    registers,
  });
  const batchCommands = new Histogram({
    name: "counterfoil_batch_commands",
    help: "Commands that one transaction decided",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  const batchSeconds = new Histogram({
    name: "counterfoil_batch_seconds",
    help: "Time of one transaction, from the first lock to the commit",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const retries = new Counter({
    name: "counterfoil_batch_retries_total",
    help: "Batches that were tried again, whole or in parts: another transaction was in the way, or a command broke it",
    labelNames: ["reason"],
    registers,
  });
  const heldUp = new Counter({
    name: "counterfoil_commands_held_up_total",
    help: "How often commands had to wait since another transaction held a row that they name",
    labelNames: ["verb"],
    registers,
  });
  let engine: Engine | undefined;
  new Gauge({
    name: "counterfoil_commands_waiting",
    help: "Commands that wait: for their turn, or for a row that another transaction holds",
    labelNames: ["for"],
    registers,
    collect() {
      const { waiting = 0, waitingForRows = 0 } = engine?.load() ?? {};
      this.set({ for: "turn" }, waiting);
      this.set({ for: "row" }, waitingForRows);
    },
  });
  const pools = new Map<string, PoolUse>();
  new Gauge({
    name: "counterfoil_pool_connections",
    help: "Connections to the database by pool and state",
    labelNames: ["pool", "state"],
    registers,
    collect() {
      for (const [pool, { totalCount, idleCount }] of pools) {
        this.set({ pool, state: "used" }, totalCount - idleCount);
        this.set({ pool, state: "idle" }, idleCount);
      }
    },
  });
  new Gauge({
    name: "counterfoil_pool_waiting",
    help: "How many wait for a connection of the pool",
    labelNames: ["pool"],
    registers,
    collect() {
      for (const [pool, { waitingCount }] of pools) this.set({ pool }, waitingCount);
    },
  });
  const identifications = new Counter({
    name: "counterfoil_identifications_total",
    help: "Credentials that callers presented, by what they turned out to be: operator, access_key, credentials_wrong or throttled",
    labelNames: ["outcome"],
    registers,
  });
  new Gauge({
    name: "counterfoil_jobs",
    help: "Jobs in the database, such as mails and builds, by task and state: waiting, or given_up",
    labelNames: ["task", "state"],
    registers,
    async collect() {
      this.reset();
      // While the database is away there is no such figure, and all others are told.
      for (const { task, waiting, givenUp } of await countJobs().catch(() => [])) {
        this.set({ task, state: "waiting" }, waiting);
        this.set({ task, state: "given_up" }, givenUp);
      }
    },
  });
  new Gauge({
    name: "counterfoil_start_time_seconds",
    help: "When this process started, in seconds since the epoch",
    registers,
  }).setToCurrentTime();

  return {
    engine: {
      batchDone({ commands: count, durationMs }) {
        batchCommands.observe(count);
        batchSeconds.observe(durationMs / 1000);
      },
      commandDone: (verb, outcome) => commands.inc({ verb, outcome: outcome.ok ? "ok" : outcome.refusal }),
      commandFailed: (verb, error) => commands.inc({ verb, outcome: failureOf(error) }),
      batchRetried: (reason) => retries.inc({ reason }),
      commandHeldUp: (verb) => heldUp.inc({ verb }),
    },
    watchEngine(watched) {
      engine = watched;
    },
    watchPool: (name, pool) => void pools.set(name, pool),
    requestDone: ({ dialect, method, route, status, seconds }) =>
      requests.observe({ dialect, method, route, status: String(status) }, seconds),
    watch: ({ identify, identifySigner, identifyCustomer, identifyKeyHolder }) => ({
      async identify(organizationId, credentials, address) {
        const identity = await identify(organizationId, credentials, address);
        identifications.inc({ outcome: typeof identity === "string" ? identity : identity.kind });
        return identity;
      },
      async identifySigner(...request) {
        const signer = await identifySigner(...request);
        identifications.inc({ outcome: typeof signer === "string" ? signer : "signer" });
        return signer;
      },
      async identifyCustomer(...request) {
        const customer = await identifyCustomer(...request);
        identifications.inc({ outcome: typeof customer === "string" ? customer : "customer" });
        return customer;
      },
      async identifyKeyHolder(...request) {
        const customer = await identifyKeyHolder(...request);
        identifications.inc({ outcome: typeof customer === "string" ? customer : "key_holder" });
        return customer;
      },
    }),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Why a command has no outcome. */
function failureOf(error: unknown): "busy" | "away" | "broken" {
  if (error instanceof StoreBusy) return "busy";
  return error instanceof StoreUnavailable ? "away" : "broken";
}
