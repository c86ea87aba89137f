import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pino from "pino";
import { type App, createApp } from "../../src/app.ts";
import { addChart, addEdition, carryOut, requestDelivery, sellChart } from "../support/charts.ts";
import { successOf } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import {
  databaseEnvironment,
  type ProcessEnd,
  runCommand,
  startProcess,
  startServer,
  temporaryFolder,
} from "../support/server-process.ts";

const organizationId = 1;
/** Large enough that there is time to look while it is built, and while it is copied, which is faster. */
const builtBytes = 100_000_000;
const copiedBytes = 300_000_000;
const attemptsMax = 10;

/** A shop of which the jobs are done by processes of their own, which are to be killed. */
async function openShop(t: TestContext, contentBytes: number) {
  const { database, environment } = await databaseEnvironment(t);
  const dataDir = temporaryFolder(t);
  const secretKeys = [Buffer.from(environment.SECRET_KEY ?? "", "hex")];
  const filesDir = join(dataDir, "files");
  const app = createApp({ database: database.address, secretKeys, filesDir, log: pino({ level: "silent" }) });
  t.after(() => app.close());
  await app.administration.ensureOrganization(organizationId, "Test");
  await addChart(app);
  const source = join(dataDir, "in");
  mkdirSync(source);
  const large = join(source, "large.oesenc");
  writeFileSync(large, "");
  truncateSync(large, contentBytes);
  writeFileSync(join(source, "small.oesenc"), "small");
  return { app, filesDir, source, environment: { ...environment, DATA_DIR: dataDir, LOG_LEVEL: "debug" } };
}

/** The sizes of zips that are being written. */
function beingWritten(filesDir: string): number[] {
  try {
    const paths = readdirSync(join(filesDir, "drafts"), { recursive: true, encoding: "utf8" });
    return paths
      .filter((path) => path.endsWith(".zip"))
      .map((path) => statSync(join(filesDir, "drafts", path), { throwIfNoEntry: false })?.size ?? 0);
  } catch {
    return [];
  }
}

/** Ends a server while it builds a delivery; resolves with the delivery's number. */
async function endWhileBuilding(
  t: TestContext,
  signal: "SIGTERM" | "SIGKILL",
  { app, filesDir, environment }: Awaited<ReturnType<typeof openShop>>,
): Promise<{ readonly id: number; readonly end: ProcessEnd }> {
  const sold = await sellChart(app);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const server = await startServer(t, environment);
    const { id } = successOf(await requestDelivery(app, sold)).delivery;
    const isBuilt = async () => (await app.queries.deliveries.byId(organizationId, id))?.delivery.built != null;
    await eventually("the build", async () => beingWritten(filesDir).some((bytes) => bytes > 0) || isBuilt());
    const end = await server.stop(signal);
    const isWhole = (await app.files.listDeliveries()).some(({ name }) => name === `${organizationId}-${id}`);
    if (!isWhole) return { id, end };
    // On a busy machine it may be done before anybody looks.
    await carryOut(app, { verb: "end_delivery", deliveryId: id, code: sold.code });
  }
  throw new Error("no build was caught");
}

async function assertNothingIsOffered({ downloads, queries }: App, id: number): Promise<void> {
  const { expires, signature } = downloads.link(organizationId, id, Date.now() + 60_000);
  assert.equal(await downloads.open(organizationId, id, expires, signature), "gone");
  assert.equal((await queries.deliveries.byId(organizationId, id))?.delivery.built, null);
}

/** Waits until the delivery is built and looks whether all of it is there. */
async function assertWhole({ downloads, queries }: App, id: number): Promise<void> {
  const built = await eventually("the delivery is built", async () => {
    return (await queries.deliveries.byId(organizationId, id))?.delivery.built ?? undefined;
  });
  const { expires, signature } = downloads.link(organizationId, id, built.expiresAtMs);
  const download = await downloads.open(organizationId, id, expires, signature);
  assert.ok(typeof download === "object");
  const hash = createHash("sha256");
  for await (const piece of download.read()) hash.update(piece);
  assert.equal(hash.digest("hex"), built.sha256);
  assert.ok(built.bytes > builtBytes);
}

test("a server that is killed while it builds offers nothing half-made, and the next one finishes the build", async (t) => {
  const shop = await openShop(t, builtBytes);
  const { app, filesDir, source, environment } = shop;
  await addEdition(app, source);
  const { id } = await endWhileBuilding(t, "SIGKILL", shop);
  await assertNothingIsOffered(app, id);
  const left = beingWritten(filesDir).length;
  assert.equal(left, 1, "what it left is a draft");

  const second = await startServer(t, environment);
  await assertWhole(app, id);
  assert.equal((await second.stop()).code, 0);
  assert.equal(await app.files.sweepDrafts(0), left);
});

test("a server that is told to stop breaks a build off, and the next one finishes it", async (t) => {
  const shop = await openShop(t, builtBytes);
  const { app, filesDir, source, environment } = shop;
  await addEdition(app, source);
  const { id, end } = await endWhileBuilding(t, "SIGTERM", shop);
  assert.equal(end.code, 0);
  assert.doesNotMatch(end.stderr, /a job failed|did not end in time/);
  assert.match(end.stderr, /a job is broken off/);
  await assertNothingIsOffered(app, id);
  assert.deepEqual(beingWritten(filesDir), [], "its draft is gone");
  const second = await startServer(t, environment);
  await assertWhole(app, id);
  assert.equal((await second.stop()).code, 0);
});

test("an edition add that is killed while it copies leaves no edition, and the same command again succeeds", async (t) => {
  const { app, source, environment } = await openShop(t, copiedBytes);
  const quiet = { ...environment, LOG_LEVEL: "warn" };
  const args = ["edition", "add", "--product", "15", "--edition", "2017-2", "--published", "2017-04-01", source];
  const first = startProcess(t, args, quiet);
  // The first line comes with the first bytes.
  await first.untilPrinted(/% .*300\.0 MB of British Isles 2017/);
  assert.equal((await first.stop("SIGKILL")).signal, "SIGKILL");
  assert.deepEqual(await app.files.listEditions(), []);
  assert.deepEqual(await app.queries.content.editions(organizationId, 15), []);
  assert.equal(await app.files.sweepDrafts(0), 1, "what it left is a draft");

  const { code, stdout, stderr } = await runCommand(t, args, quiet);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /British Isles 2017 has the edition 2017-2: 2 files, 300\.0 MB\.\n$/);
  const [edition] = await app.queries.content.editions(organizationId, 15);
  assert.equal(edition?.content.bytes, copiedBytes + 5);
  assert.equal((await app.files.listEditions())[0]?.key, edition?.content.key);
});
