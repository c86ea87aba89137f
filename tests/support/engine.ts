import { randomBytes } from "node:crypto";
import type { TestContext } from "node:test";
import type pg from "pg";
import type { Command, Outcome } from "../../src/core/command.ts";
import type { Administration } from "../../src/engine/administration.ts";
import { createEngine, type Engine, type EngineOptions, type Envelope } from "../../src/engine/engine.ts";
import type { BatchNeeds, Store } from "../../src/engine/store.ts";
import type { Queries } from "../../src/queries/queries.ts";
import { createAdministration } from "../../src/storage/administration.ts";
import { batchLimits, openPool, type PoolLimits } from "../../src/storage/database.ts";
import { createQueries } from "../../src/storage/queries/index.ts";
import { createSecrets, type Secrets, secretKeyBytes } from "../../src/storage/secrets.ts";
import { createStore } from "../../src/storage/store.ts";
import { createTestDatabase, type TestAddress, type TestDatabase } from "./database.ts";
import { atEndOfFile } from "./end-of-file.ts";
import { anybody } from "./principals.ts";
import { type SetUp, setUpBy } from "./set-up.ts";

/** The moment at which all tests of the engine begin. Time stands still until a test moves it. */
export const startMs = Date.UTC(2026, 5, 1, 12);

/** Engine and queries on a pool of their own, as one server process has them. */
export interface TestEngine {
  readonly organizationId: number;
  readonly database: TestDatabase;
  readonly engine: Engine;
  readonly queries: Queries;
  readonly administration: Administration & SetUp;
  readonly secrets: Secrets;
  /** The needs of each transaction, in the order of their starts. */
  readonly transactions: readonly BatchNeeds[];
  /** The clock, in milliseconds since the epoch. */
  nowMs: number;
  /** Carries out a command for an anonymous principal, or as `more` says. */
  execute<C extends Command>(command: C, more?: Partial<Omit<Envelope, "command">>): Promise<Outcome<C["verb"]>>;
  /** Runs a query in which `$1` is the number of the organization. Resolves with the rows as objects. */
  sql<R extends pg.QueryResultRow>(text: string): Promise<R[]>;
  /** The number of rows of the organization in a table that fulfil a condition. */
  count(table: string, condition?: string): Promise<number>;
}

export interface TestEngineOptions extends Partial<Omit<EngineOptions, "store">> {
  /** The database, instead of the one that the tests of a file share. */
  readonly database?: TestDatabase;
  /** An organization, instead of a new one. */
  readonly organizationId?: number;
  /** Another engine, beside which this is a second process: same database, organization and keys. */
  readonly beside?: TestEngine;
  /** Another address of the database. */
  readonly address?: TestAddress;
  readonly secrets?: Secrets;
  readonly withoutLocks?: boolean;
  /** The time limits of statements, if a test needs other limits than a server. */
  readonly limits?: Partial<PoolLimits>;
  /** Wraps the store for the engine. */
  readonly wrap?: (store: Store) => Store;
}

const connectionsMax = 8;

let organizations = 0;

/** The one database of this test file, made when it is first asked for. */
let fileDatabase: Promise<TestDatabase> | undefined;

function databaseOfFile(): Promise<TestDatabase> {
  fileDatabase ??= makeDatabaseOfFile();
  return fileDatabase;
}

async function makeDatabaseOfFile(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  atEndOfFile(async () => {
    fileDatabase = undefined;
    await database.drop();
  });
  return database;
}

/** Opens an engine with a new organization on the database of the test file, and closes it after the test. */
export async function openTestEngine(
  context: Pick<TestContext, "after">,
  options: TestEngineOptions = {},
): Promise<TestEngine> {
  const { beside, withoutLocks = false, wrap = (store: Store) => store } = options;
  const database = options.database ?? beside?.database ?? (await databaseOfFile());
  const organizationId = options.organizationId ?? beside?.organizationId ?? ++organizations;
  const secrets = options.secrets ?? beside?.secrets ?? createSecrets([randomBytes(secretKeyBytes)]);
  const address = options.address ?? database.address;
  const pool = openPool(address, connectionsMax);
  const writing = openPool(address, connectionsMax, { ...batchLimits, ...options.limits });
  context.after(() => Promise.all([pool.end(), writing.end()]));
  const transactions: BatchNeeds[] = [];
  const store = wrap(createStore({ pool: writing, secrets, withoutLocks }));
  const counting: Store = {
    transact(organization, needs, decide) {
      transactions.push(needs);
      return store.transact(organization, needs, decide);
    },
  };
  const administration = createAdministration(pool, secrets);
  await administration.ensureOrganization(organizationId, "Test");
  const clock = () => opened.nowMs;
  const engine = createEngine({ clock, ...options, store: counting });
  const queries = createQueries(pool, secrets, { clock });
  const opened: TestEngine = {
    organizationId,
    database,
    engine,
    queries,
    administration: { ...administration, ...setUpBy(engine, queries, administration, options.clock ?? clock) },
    secrets,
    transactions,
    nowMs: startMs,
    execute: (command, more = {}) =>
      engine.execute({ organizationId, principal: anybody, address: null, ...more, command }),
    sql: async <R extends pg.QueryResultRow>(text: string) => (await pool.query<R>(text, [organizationId])).rows,
    async count(table, condition = "true") {
      const [row] = await opened.sql<{ count: number }>(
        `select count(*)::int as count from ${table} where organization_id = $1 and ${condition}`,
      );
      return row?.count ?? 0;
    },
  };
  return opened;
}

/** A command that creates an event. Absent terms set no bounds. */
export function createEvent(terms: Partial<Extract<Command, { verb: "create_product" }>["terms"]> = {}, id?: number) {
  return {
    verb: "create_product",
    kind: "event",
    terms: {
      name: "Gala",
      description: "",
      startsAtMs: null,
      endsAtMs: null,
      capacity: null,
      accessKeys: [],
      ...terms,
    },
    ...(id === undefined ? {} : { id }),
  } as const satisfies Command;
}

/** A command that issues a code to nobody in particular. */
export function issue(productId: number, code: string, holder: string | null = null) {
  return { verb: "issue", productId, code, holder } as const satisfies Command;
}

export function redeem(productId: number, code: string, occurredAtMs?: number) {
  return { verb: "redeem", productId, code, ...(occurredAtMs === undefined ? {} : { occurredAtMs }) } as const;
}

/** The value of an accepted command. Throws for a refusal. */
export function successOf<V extends Command["verb"]>(outcome: Outcome<V>) {
  if (outcome.ok) return outcome.value;
  throw new Error(`refused: ${outcome.refusal}`);
}

/** `ok` or the refusal. */
export function resultOf(outcome: Outcome): string {
  return outcome.ok ? "ok" : outcome.refusal;
}

/** Every row of a list that comes in pages. */
export async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages) rows.push(...page);
  return rows;
}

/** How often each text occurs. */
export function tally(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
