import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { type App, createApp } from "../../src/app.ts";
import { defaultOrganizationId } from "../../src/core/host.ts";
import type { Administration } from "../../src/engine/administration.ts";
import type { TimeLimits } from "../../src/http/limits.ts";
import { createTestDatabase, type TestDatabase, testServer } from "./database.ts";
import type { Cleanup } from "./server-process.ts";
import { type SetUp, setUpBy } from "./set-up.ts";

/** The whole server in this process, listening on a port of its own, on a database of its own. */
export interface TestApp {
  readonly app: App & { readonly administration: Administration & SetUp };
  readonly database: TestDatabase;
  /** For another process on the same database. */
  readonly secretKeys: readonly Buffer[];
  /** What a command beside it is given as `DATA_DIR`. */
  readonly dataDir: string;
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  /** Moves the server's clock; it stands at the real time plus this. */
  advance(ms: number): void;
  stop(): Promise<void>;
}

/** Starts one and stops it after the test or suite. With `demo` it has the sample data. */
export async function startTestApp(
  context: Cleanup | undefined,
  {
    demo = false,
    log = pino({ level: "silent" }),
    publicUrl,
    diskReserveBytes,
    timeLimits = {},
  }: {
    demo?: boolean;
    log?: pino.Logger;
    publicUrl?: string;
    diskReserveBytes?: number;
    timeLimits?: Partial<TimeLimits>;
  } = {},
): Promise<TestApp> {
  const database = await createTestDatabase({ template: demo ? "sample" : "migrated" });
  const { sampleFilesDir, sampleKey } = testServer();
  const secretKeys = [demo ? Buffer.from(sampleKey, "hex") : randomBytes(32)];
  const dataDir = await mkdtemp(join(tmpdir(), "counterfoil-app-"));
  const filesDir = join(dataDir, "files");
  if (demo) await cp(sampleFilesDir, filesDir, { recursive: true, preserveTimestamps: true });
  let offsetMs = 0;
  const clock = () => Date.now() + offsetMs;
  const app = createApp({
    database: database.address,
    secretKeys,
    filesDir,
    log,
    publicUrl,
    diskReserveBytes,
    clock,
    // Nothing is on its way any more when a test is over, and what a test sets holds at once.
    timeLimits: { drainMs: 0, settingsStaleMs: 0, ...timeLimits },
  });
  await app.administration.ensureOrganization(defaultOrganizationId, "Test");
  const url = await app.server.listen({ host: "127.0.0.1", port: 0 });
  const stop = async () => {
    await app.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  };
  context?.after(stop);
  const { administration } = app;
  return {
    app: { ...app, administration: { ...administration, ...setUpBy(app.engine, app.queries, administration, clock) } },
    database,
    secretKeys,
    dataDir,
    url,
    advance: (ms) => {
      offsetMs += ms;
    },
    stop,
  };
}
