/**
 * The attack: the lock of a data directory was a name that every local user could work out and take first, and then no
 * server started on it any more.
 *
 * The guarantee: the lock is a file that its owner alone may open. A stranger can neither take it nor hold it, and a
 * server of version 0.1.0, which has the lock of before, is still seen.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isLocked, takeLock } from "../../src/storage/embedded/lock.ts";
import { startEmbedded } from "../../src/storage/embedded/server.ts";
import { postgresProcesses, temporaryFolder } from "../support/server-process.ts";

const nobody = { uid: 65534, gid: 65534 };
const needsRoot = process.getuid?.() === 0 ? false : "only root can act as another user";

test("a stranger who has taken the name of before keeps nobody from the lock", async (t) => {
  const dataDir = temporaryFolder(t);
  const { dev, ino } = statSync(dataDir, { bigint: true });
  const name = createHash("sha256").update(`${dev}:${ino}`).digest("hex").slice(0, 24);
  const squatter = createServer((socket) => socket.end("1")).listen({ path: `\0counterfoil-${name}` });
  t.after(() => void squatter.close());
  await once(squatter, "listening");
  const lock = await takeLock(dataDir);
  assert.equal(await isLocked(dataDir), true);
  await assert.rejects(
    takeLock(dataDir),
    new RegExp(`is in use by a server that runs already \\(process ${process.pid}\\)`),
  );
  await lock.release();
  assert.equal(await isLocked(dataDir), false);
});

test("a stranger cannot open the file of the lock, nor hold it", { skip: needsRoot }, async (t) => {
  const dataDir = temporaryFolder(t);
  chmodSync(dataDir, 0o711);
  await (await takeLock(dataDir)).release();
  const file = join(dataDir, "postgres.lock");
  assert.equal((statSync(file).mode & 0o777).toString(8), "600");
  const code = `const { DatabaseSync } = require("node:sqlite");
    try { new DatabaseSync(${JSON.stringify(file)}).exec("begin exclusive"); console.log("held"); setInterval(() => {}, 1000); }
    catch { console.log("refused"); }`;
  // The program itself may lie where others cannot pass.
  const node = join(temporaryFolder(t), "node");
  chmodSync(join(node, ".."), 0o755);
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
  const stranger = spawn(node, ["-e", code], { ...nobody, cwd: "/", stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => void stranger.kill("SIGKILL"));
  const [said] = await once(stranger.stdout, "data");
  assert.equal(String(said), "refused\n");
  await (await takeLock(dataDir)).release();
});

test("a server of version 0.1.0 that still runs is not robbed of its PostgreSQL", async (t) => {
  const dataDir = join(temporaryFolder(t), "data");
  // It takes no lock that is seen today; everything else of it is as it was.
  const script = join(temporaryFolder(t), "main.ts");
  const server = JSON.stringify(import.meta.resolve("../../src/storage/embedded/server.ts"));
  mkdirSync(dataDir);
  writeFileSync(
    script,
    `import { rmSync } from "node:fs";
     const { startEmbedded } = await import(${server});
     await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, log: () => {}, settings: { fsync: "off" } });
     rmSync(${JSON.stringify(join(dataDir, "postgres.lock"))});
     console.log("runs");
     setInterval(() => {}, 1000);`,
  );
  const older = spawn(process.execPath, [script, "serve"], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => void older.kill("SIGKILL"));
  assert.equal(String((await once(older.stdout, "data"))[0]), "runs\n");
  const before = postgresProcesses(dataDir)[0];
  await assert.rejects(
    startEmbedded({ dataDir, log: () => {} }),
    new RegExp(`is in use by a server that runs already \\(process ${older.pid}\\)`),
  );
  assert.equal(postgresProcesses(dataDir)[0], before);
});
