import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Authenticator } from "../access/authenticator.ts";
import type { Engine, EngineObserver } from "../engine/engine.ts";
import { StoreBusy, StoreUnavailable } from "../engine/store.ts";

/** The connections of a pool, all and idle, and how many callers wait for one. */
interface PoolUse {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** All figures of `GET /metrics`. */
export interface Metrics {
  readonly engine: EngineObserver;
  /** Also reports how many commands wait in this engine. */
  watchEngine(engine: Engine): void;
  /** Also reports the use of this pool of connections. */
  watchPool(name: string, pool: PoolUse): void;
  requestDone(request: { dialect: string; method: string; route: string; status: number; seconds: number }): void;
  /** The same authenticator; its outcomes are counted. */
  watch(authenticator: Authenticator): Authenticator;
  /** The text that Prometheus reads, and its media type. */
  expose(): Promise<{ contentType: string; text: string }>;
}

/** Counts the jobs of each task that wait, and those that were given up. */
type CountJobs = () => Promise<
  readonly { readonly task: string; readonly waiting: number; readonly givenUp: number }[]
>;

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(countJobs: CountJobs = async () => []): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: "counterfoil_" });
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const requests = new Histogram({
    name: "counterfoil_http_request_seconds",
    help: "Time from the request's headers to the end of the answer",
    labelNames: ["dialect", "method", "route", "status"],
    buckets: secondsBuckets,
    registers,
  });
  const commands = counter(
    "counterfoil_commands_total",
    "Commands by verb and outcome: ok, the name of the refusal, or why it failed: busy, away or broken",
    ["verb", "outcome"],
  );
  const batchCommands = new Histogram({
    name: "counterfoil_batch_commands",
    help: "Commands that one transaction decided",
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  const batchSeconds = new Histogram({
    name: "counterfoil_batch_seconds",
    help: "Time of one transaction, from the first lock to the commit",
    buckets: secondsBuckets,
    registers,
  });
  const retries = counter(
    "counterfoil_batch_retries_total",
    "Batches that were tried again, whole or in parts: another transaction was in the way, or a command broke it",
    ["reason"],
  );
  const heldUp = counter(
    "counterfoil_commands_held_up_total",
    "How often commands had to wait since another transaction held a row that they name",
    ["verb"],
  );
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
  const identifications = counter(
    "counterfoil_identifications_total",
    "Credentials that callers presented, by what they turned out to be: operator, access_key, credentials_wrong or throttled",
    ["outcome"],
  );
  /** The same function; each answer is counted as the refusal that it is, or by its kind. */
  const counted =
    <Args extends unknown[], Answer>(
      identify: (...args: Args) => Promise<Answer>,
      kindOf: (answer: Exclude<Answer, string>) => string,
    ) =>
    async (...args: Args): Promise<Answer> => {
      const answer = await identify(...args);
      identifications.inc({ outcome: typeof answer === "string" ? answer : kindOf(answer as Exclude<Answer, string>) });
      return answer;
    };
  new Gauge({
    name: "counterfoil_jobs",
    help: "Jobs in the database, such as mails and builds, by task and state: waiting, or given_up",
    labelNames: ["task", "state"],
    registers,
    async collect() {
      this.reset();
      // While the database is away, only this figure is missing.
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
      identify: counted(identify, ({ kind }) => kind),
      identifySigner: counted(identifySigner, () => "signer"),
      identifyCustomer: counted(identifyCustomer, () => "customer"),
      identifyKeyHolder: counted(identifyKeyHolder, () => "key_holder"),
    }),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

/** Why a command has no outcome. */
function failureOf(error: unknown): "busy" | "away" | "broken" {
  if (error instanceof StoreBusy) return "busy";
  return error instanceof StoreUnavailable ? "away" : "broken";
}
