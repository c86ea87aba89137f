import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import pino from "pino";
import { createApp } from "../../src/app.ts";
import { addChart, addEdition } from "../support/charts.ts";
import { eventually } from "../support/eventually.ts";
import { databaseEnvironment, startServer, temporaryFolder } from "../support/server-process.ts";

const organizationId = 1;
/** Large enough that there is time to look while it is read. */
const contentBytes = 150_000_000;
const attemptsMax = 10;

/** A shop of which the jobs are done by processes of their own, which are to be killed. */
async function openShop(t: TestContext) {
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
  writeFileSync(join(source, "large.oesu"), "");
  truncateSync(join(source, "large.oesu"), contentBytes);
  writeFileSync(join(source, "small.oesu"), "small");
  return { app, filesDir, source, environment: { ...environment, DATA_DIR: dataDir, LOG_LEVEL: "debug" } };
}

/** The packages that are being made: files of made bytes in drafts. */
function beingMade(filesDir: string): number {
  try {
    const paths = readdirSync(join(filesDir, "drafts"), { recursive: true, encoding: "utf8" });
    return paths.filter((path) => path.endsWith("made") && statSync(join(filesDir, "drafts", path)).size > 0).length;
  } catch {
    return 0;
  }
}

test("a server that is killed while it makes packages offers nothing half-made, and the next one makes them whole", async (t) => {
  const { app, filesDir, source, environment } = await openShop(t);
  const packages = () => app.queries.packages.ofProduct(organizationId, 15);
  let number = 0;
  let caught: number | undefined;
  for (let attempt = 0; attempt < attemptsMax && caught === undefined; attempt++) {
    const server = await startServer(t, environment);
    const name = `2026/1-${number++}`;
    const edition = await addEdition(app, source, { name, publishedAtMs: Date.UTC(2026, 0, number) });
    const isMade = async () => (await packages()).some(({ editionId }) => editionId === edition.id);
    await eventually("a package under way", async () => beingMade(filesDir) > 0 || (await isMade()));
    assert.equal((await server.stop("SIGKILL")).signal, "SIGKILL");
    // On a busy machine it may be done before anybody looks.
    if (!(await isMade())) caught = edition.id;
  }
  assert.ok(caught !== undefined, "no work was caught");
  const key =
    (await app.queries.content.editions(organizationId, 15)).find(({ id }) => id === caught)?.content.key ?? "";
  assert.equal(await app.files.openPackage(key, "base"), undefined, "nothing half-made is there");

  const second = await startServer(t, environment);
  const made = await eventually("the base is made", async () =>
    (await packages()).find(({ editionId, fromEditionId }) => editionId === caught && fromEditionId === null),
  );
  const { expires, signature } = app.downloads.packages.link(organizationId, made.id, Date.now() + 60_000);
  const opened = await app.downloads.packages.open(organizationId, made.id, expires, signature);
  assert.ok(typeof opened === "object");
  const hash = createHash("sha256");
  for await (const piece of opened.read()) hash.update(piece);
  assert.equal(hash.digest("hex"), made.sha256);
  assert.ok(made.bytes > contentBytes);
  assert.equal((await second.stop()).code, 0);
});
