import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { findBinaries } from "./binaries.ts";
import { findLayout, giveTo } from "./layout.ts";
import { type ListedProcess, listFromPs, listPostgres } from "./process-list.ts";
import { clusterProcesses, killUnfinished } from "./processes.ts";
import { type EmbeddedOptions, type EmbeddedServer, findRunningEmbedded, startEmbedded } from "./server.ts";

const asRoot = process.getuid?.() === 0;
const needsRoot = asRoot ? false : "only root can show this";
const nobody = { uid: 65534, gid: 65534 };
const needsReach = asRoot && reachable() ? false : "only root, with programs in reach of others, can show this";

const needsPs = spawnSync("ps", ["-p", "1"]).error === undefined ? false : "there is no ps here";

/** A start takes a second, and a test has a few. This is enough on a machine with ten times the work. */
const timeout = 120_000;

/** How long a test waits for an expected event. On a quiet machine it takes less than a second. */
const waitMsMax = 60_000;
const lookEveryMs = 10;

/** The data of these tests is worth nothing, so nothing is forced to disk. */
const quick = { fsync: "off", shared_buffers: "16MB" };

/**
 * Whether other users can reach node, our sources and PostgreSQL: not where the checkout lies in a closed directory.
 */
function reachable(): boolean {
  try {
    const code = `await import(${JSON.stringify(import.meta.resolve("./server.ts"))})`;
    execFileSync(process.execPath, ["--input-type=module", "-e", code], { ...nobody, cwd: "/", stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

interface LogLine {
  level: string;
  message: string;
}

function quietly(dataDir: string, more: Partial<EmbeddedOptions> = {}): EmbeddedOptions {
  return { dataDir, log: () => undefined, settings: quick, ...more };
}

const started = new WeakMap<TestContext, EmbeddedServer[]>();

/** Starts a server, which is stopped before the test's directory goes. */
async function start(t: TestContext, dataDir: string, more: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded(quietly(dataDir, more));
  // A test that has reached its time limit is over, and nothing else would stop this server.
  if (t.signal.aborted) await server.stop();
  started.set(t, [...(started.get(t) ?? []), server]);
  return server;
}

async function refusal(dataDir: string, more: Partial<EmbeddedOptions> = {}): Promise<string> {
  try {
    const server = await startEmbedded(quietly(dataDir, more));
    await server.stop();
  } catch (error) {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "EmbeddedServerError", error.stack);
    assert.match(error.message, /^[A-Z/].*\.$/s, "a message is made of sentences");
    return error.message;
  }
  return assert.fail("the start was not refused");
}

async function killCluster(dataDir: string): Promise<void> {
  if (!existsSync(dataDir)) return;
  const layout = await findLayout(dataDir);
  await killUnfinished(layout);
  for (let pids = clusterProcesses(layout); pids.length > 0; pids = clusterProcesses(layout)) {
    for (const pid of pids) killQuietly(pid, "SIGKILL");
    await pause(10);
  }
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** A new directory which other users may pass through, with everything in it gone after the test. */
async function freshDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "counterfoil-test-"));
  await chmod(dir, 0o711);
  t.after(async () => {
    for (const server of started.get(t) ?? []) await server.stop();
    await killCluster(join(dir, "data"));
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  });
  return join(dir, "data");
}

const templateDir = await mkdtemp(join(tmpdir(), "counterfoil-test-"));
await chmod(templateDir, 0o711);
after(() => rm(templateDir, { recursive: true, force: true }));
let template: Promise<string> | undefined;

async function makeTemplate(): Promise<string> {
  const dataDir = join(templateDir, "data");
  await (await startEmbedded(quietly(dataDir))).stop();
  return dataDir;
}

/** A data directory with a database in it; a copy, since making one takes a second. */
async function usedDir(t: TestContext): Promise<string> {
  const dataDir = await freshDir(t);
  template ??= makeTemplate();
  execFileSync("cp", ["-a", await template, dataDir]);
  return dataDir;
}

async function ask<T extends pg.QueryResultRow>(server: Pick<EmbeddedServer, "connection">, sql: string): Promise<T[]> {
  const client = new pg.Client(server.connection);
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function postmasterPid(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, "postgres", "postmaster.pid"), "utf8"), 10);
}

async function eventually<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const endMs = performance.now() + waitMsMax;
  while (performance.now() < endMs) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await pause(lookEveryMs);
  }
  return assert.fail("it has not happened");
}

const prelude = `
  import { findRunningEmbedded, startEmbedded } from ${JSON.stringify(import.meta.resolve("./server.ts"))};
  import pg from ${JSON.stringify(import.meta.resolve("pg"))};
  const dataDir = process.argv[1];
  const say = (text) => process.stdout.write(text + "\\n");
  const start = (more = {}) =>
    startEmbedded({ dataDir, log: () => undefined, settings: ${JSON.stringify(quick)}, ...more });
  const ask = async (server, sql) => {
    const client = new pg.Client(server.connection);
    client.on("error", () => undefined);
    await client.connect();
    try { return (await client.query(sql)).rows; } finally { await client.end(); }
  };
`;

/** Another process, which runs a script. */
interface Script {
  readonly child: ChildProcess;
  /** Waits for a line, and resolves with it. */
  says(pattern: RegExp): Promise<string>;
  /** Waits for the end, and resolves with the whole output. */
  end(): Promise<string>;
}

interface ScriptOptions {
  uid?: number;
  gid?: number;
  detached?: boolean;
  env?: NodeJS.ProcessEnv;
}

function script(t: TestContext, dataDir: string, body: string, options: ScriptOptions = {}): Script {
  const code = `${prelude} try { ${body} } catch (error) { say(error.name + ": " + error.message); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code, dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: "/",
    ...options,
  });
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = once(child, "close");
  return {
    child,
    says: (pattern) =>
      eventually(() => {
        const line = output.split("\n").find((one) => pattern.test(one));
        assert.ok(line !== undefined || child.exitCode === null, `it ended, having said: ${output}`);
        return line;
      }),
    end: async () => {
      await ended;
      return output;
    },
  };
}

const startWithRow = `
  const server = await start();
  await ask(server, "CREATE TABLE IF NOT EXISTS kept AS SELECT 'committed' AS note");
  say("ready");
  setInterval(() => undefined, 1000);
`;

/** Starts a server in another process, commits a row, and kills that process. */
async function orphan(t: TestContext, dataDir: string): Promise<number> {
  const other = script(t, dataDir, startWithRow);
  await other.says(/^ready$/);
  const pid = await postmasterPid(dataDir);
  other.child.kill("SIGKILL");
  await other.end();
  return pid;
}

async function assertKept(server: EmbeddedServer): Promise<void> {
  assert.deepEqual(await ask(server, "SELECT note FROM kept"), [{ note: "committed" }]);
}

function lives(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test("the first start creates a durable database with checksums, and its password is private", {
  timeout,
}, async (t) => {
  const dataDir = await freshDir(t);
  const server = await start(t, dataDir, { settings: {} });

  const wanted = {
    server_encoding: "UTF8",
    data_checksums: "on",
    listen_addresses: "",
    fsync: "on",
    full_page_writes: "on",
    synchronous_commit: "on",
    TimeZone: "UTC",
    log_timezone: "UTC",
    max_connections: "100",
    password_encryption: "scram-sha-256",
    log_error_verbosity: "terse",
    log_min_error_statement: "panic",
    log_parameter_max_length: "0",
  };
  const names = Object.keys(wanted).map((name) => `'${name}'`);
  const shown = await ask<{ name: string; setting: string }>(
    server,
    `SELECT name, setting FROM pg_settings WHERE name IN (${names.join(", ")})`,
  );
  assert.deepEqual(Object.fromEntries(shown.map(({ name, setting }) => [name, setting])), wanted);
  const [facts] = await ask(
    server,
    "SELECT current_user, current_database(), datlocprovider, datlocale FROM pg_database WHERE datname = 'counterfoil'",
  );
  assert.deepEqual(facts, {
    current_user: "counterfoil",
    current_database: "counterfoil",
    datlocprovider: "b",
    datlocale: "C.UTF-8",
  });

  const file = join(dataDir, "postgres.password");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(file, "utf8"), `${server.connection.password}\n`);
  const wrong = { connection: { ...server.connection, password: "guessed" } };
  await assert.rejects(ask(wrong, "SELECT 1"), /password authentication failed/);
  assert.equal(statSync(server.connection.host).mode & 0o777, 0o700);
  assert.equal(dirname(server.connection.host), dataDir);
});

test("a creation that is killed half way does not hinder the next start", { timeout }, async (t) => {
  const dataDir = await freshDir(t);
  // Three moments: initdb has only just begun; it is filling the tables; its own files are all there.
  const moments = ["postgres.new/PG_VERSION", "postgres.new/global/1262", "postgres.new/base/4"];
  for (const [turn, moment] of moments.entries()) {
    const other = script(t, dataDir, "await start(); say('ready');");
    await eventually(() => existsSync(join(dataDir, moment)));
    other.child.kill("SIGKILL");
    await other.end();
    assert.equal(existsSync(join(dataDir, "postgres")), false, "the killed creation has left no cluster");
    // In one turn all of initdb dies too; in the others it goes on for a while after its parent.
    if (turn === 1) await killUnfinished(await findLayout(dataDir));
  }
  const server = await start(t, dataDir);
  assert.deepEqual(await ask(server, "SELECT 1 AS one"), [{ one: 1 }]);
  assert.equal(existsSync(join(dataDir, "postgres.new")), false);
});

test("a data directory whose path is too long for a socket gets a private one elsewhere", { timeout }, async (t) => {
  const top = await freshDir(t);
  const dataDir = join(top, "long-".repeat(20), "data");
  t.after(() => killCluster(dataDir));
  const first = await start(t, dataDir);
  const { host } = first.connection;
  t.after(() => rm(host, { recursive: true, force: true }));
  assert.equal(dirname(host), tmpdir());
  assert.equal(statSync(host).mode & 0o777, 0o700);
  assert.deepEqual(await findRunningEmbedded(dataDir), first.connection);
  await first.stop();
  const second = await start(t, dataDir);
  assert.equal(second.connection.host, host);
  await second.stop();
  await chmod(host, 0o777);
  assert.match(await refusal(dataDir), /not a private directory/, "somebody else's directory is not used");
});

test("no setting of an operator can open the server to the network or bring values into the log", {
  timeout,
}, async (t) => {
  const dataDir = await usedDir(t);
  const lines: LogLine[] = [];
  const server = await start(t, dataDir, {
    settings: { ...quick, listen_addresses: "localhost", log_statement: "all", work_mem: "7MB" },
    log: (level, message) => lines.push({ level, message }),
  });
  const [shown] = await ask(server, "SELECT current_setting('listen_addresses') a, current_setting('work_mem') w");
  assert.deepEqual(shown, { a: "", w: "7MB" });

  await ask(server, "CREATE TABLE codes (code text PRIMARY KEY)");
  await ask(server, "INSERT INTO codes VALUES ('S3CRET')");
  await assert.rejects(ask(server, "INSERT INTO codes VALUES ('S3CRET')"), /duplicate key/);
  await assert.rejects(ask(server, "SELECT 'S3CRET'::integer"), /S3CRET/);
  await ask(server, "DO $$ BEGIN RAISE WARNING 'S3CRET'; END $$");
  // PostgreSQL reports the statement of a process that is killed.
  const client = new pg.Client(server.connection);
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const hanging = assert.rejects(client.query("SELECT pg_sleep(60), 'S3CRET'"));
  await pause(100);
  killQuietly(rows[0]?.pid ?? 0, "SIGKILL");
  await hanging;
  await eventually(() => lines.some(({ message }) => message.includes("was terminated by signal 9")));
  await eventually(() => ask(server, "SELECT 1").catch(() => undefined));

  assert.deepEqual(
    lines.filter(({ message }) => message.includes("S3CRET")),
    [],
  );
  assert.ok(lines.some(({ level, message }) => level === "info" && /ready to accept connections/.test(message)));
});

test("as root PostgreSQL runs as another user", { timeout, skip: needsReach }, async (t) => {
  const dataDir = await usedDir(t);
  const server = await start(t, dataDir);
  const pid = await postmasterPid(dataDir);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  assert.doesNotMatch(status, /^Uid:.*\b0\b/m);
  assert.doesNotMatch(status, /^Gid:.*\b0\b/m);
  assert.match(status, /^Groups:\s*$/m);
  assert.match(status, /^CapEff:\t0+$/m);
  assert.deepEqual(await ask(server, "SELECT 1 AS one"), [{ one: 1 }]);
});

test("as root it works if that user can reach neither data nor programs", {
  timeout,
  skip: needsRoot,
}, async (t) => {
  const closed = dirname(await freshDir(t));
  await chmod(closed, 0o700);
  const { postgres } = await findBinaries();
  const binariesDir = join(closed, "native");
  execFileSync("cp", ["-a", dirname(dirname(postgres)), binariesDir]);
  const dataDir = join(closed, "data");
  const first = await start(t, dataDir, { binariesDir });
  await ask(first, "CREATE TABLE kept (note text)");
  await ask(first, "INSERT INTO kept VALUES ('committed')");
  const pid = await postmasterPid(dataDir);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  assert.doesNotMatch(status, /^Uid:.*\b0\b/m);
  assert.match(status, /^CapEff:\t0*2$/m, "it keeps no capability but CAP_DAC_OVERRIDE");
  assert.match(readFileSync(`/proc/${pid}/cmdline`, "utf8"), new RegExp(`^${binariesDir}`));
  await first.stop();
  // The programs from the package, the data still closed.
  const second = await start(t, dataDir);
  await assertKept(second);
});

test("as root without setpriv a closed data directory is refused with the ways out", {
  timeout,
  skip: needsRoot,
}, async (t) => {
  const dataDir = await usedDir(t);
  await chmod(dirname(dataDir), 0o700);
  const said = await script(t, dataDir, "await start();", { env: { PATH: "/nowhere" } }).end();
  assert.match(
    said,
    /^EmbeddedServerError: Started as root, .*setpriv is not installed.*DATA_DIR.*ordinary user.*DATABASE_URL/,
  );
});

test("an ordinary user can run it, and root can run it later as that user", {
  timeout,
  skip: needsReach,
}, async (t) => {
  const dataDir = await freshDir(t);
  await mkdir(dataDir);
  await chown(dataDir, nobody.uid, nobody.gid);
  const body = `const server = await start();
    say(JSON.stringify(await ask(server, "SELECT current_user AS name")));
    say(JSON.stringify((await findRunningEmbedded(dataDir)) !== undefined));
    await server.stop();`;
  assert.equal(await script(t, dataDir, body, nobody).end(), '[{"name":"counterfoil"}]\ntrue\n');

  const server = await start(t, dataDir);
  assert.equal(statSync(`/proc/${await postmasterPid(dataDir)}`).uid, nobody.uid);
  await server.stop();
  assert.equal(await script(t, dataDir, body, nobody).end(), '[{"name":"counterfoil"}]\ntrue\n');
});

test("a cluster that was restored by root is given to the user who runs it", {
  timeout,
  skip: needsRoot,
}, async (t) => {
  const dataDir = await usedDir(t);
  const first = await start(t, dataDir);
  await first.stop();
  await giveTo(join(dataDir, "postgres"), { uid: 0, gid: 0 });
  await chmod(join(dataDir, "postgres"), 0o755);
  const second = await start(t, dataDir);
  assert.deepEqual(await ask(second, "SELECT 1 AS one"), [{ one: 1 }]);
});

test("a lost password file is replaced", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  const first = await start(t, dataDir);
  await first.stop();
  await rm(join(dataDir, "postgres.password"));
  const second = await start(t, dataDir);
  assert.notEqual(second.connection.password, first.connection.password);
  assert.deepEqual(await ask(second, "SELECT 1 AS one"), [{ one: 1 }]);
});

test("a second server on the same data directory is refused with a sentence", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  const server = await start(t, dataDir);
  const said = await script(t, dataDir, "await start();").end();
  assert.match(
    said,
    new RegExp(`^EmbeddedServerError: The data directory ${dataDir} is in use .*process ${process.pid}\\b`),
  );
  assert.match(await refusal(`${dataDir}/../data`), new RegExp(`process ${process.pid}\\b`));
  assert.deepEqual(await ask(server, "SELECT 1 AS one"), [{ one: 1 }]);
  await server.stop();
  await (await start(t, dataDir)).stop();
});

test("of five servers started at once exactly one wins", { timeout }, async (t) => {
  const dataDir = await freshDir(t);
  const body = "await start(); say('won'); setInterval(() => undefined, 1000);";
  const others = Array.from({ length: 5 }, () => script(t, dataDir, body));
  const results = await Promise.all(others.map((other) => other.says(/won|Error/)));
  assert.equal(results.filter((line) => line === "won").length, 1, results.join("\n"));
  assert.equal(results.filter((line) => /EmbeddedServerError: .*is in use/.test(line)).length, 4, results.join("\n"));
});

test("the lock alone does not keep a process alive", { timeout }, async (t) => {
  const dataDir = await freshDir(t);
  const lock = JSON.stringify(import.meta.resolve("./lock.ts"));
  await mkdir(dataDir);
  const body = `const { takeLock } = await import(${lock}); await takeLock(dataDir); say("held");`;
  assert.equal(await script(t, dataDir, body).end(), "held\n");
});

test("PostgreSQL left running by a killed server is stopped, and the data is there", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  const pid = await orphan(t, dataDir);
  assert.ok(lives(pid));
  const lines: LogLine[] = [];
  const server = await start(t, dataDir, { log: (level, message) => lines.push({ level, message }) });
  assert.ok(!lives(pid));
  assert.ok(lines.some(({ level, message }) => level === "warn" && message.includes(`process ${pid}`)));
  assert.ok(
    lines.some(({ message }) => message.includes("database system was shut down at")),
    "it was stopped cleanly",
  );
  await assertKept(server);
});

test("after everything was killed the next start recovers, even if other programs have the process ids now", {
  timeout,
}, async (t) => {
  const dataDir = await usedDir(t);
  const pid = await orphan(t, dataDir);
  await killCluster(dataDir);
  const pidFile = join(dataDir, "postgres", "postmaster.pid");
  const lockFile = join(dataDir, "postgres.run", ".s.PGSQL.5432.lock");
  assert.equal(await postmasterPid(dataDir), pid);
  assert.ok(existsSync(lockFile));

  await t.test("to a program of the same user", async (inner) => {
    const { uid, gid } = statSync(pidFile);
    const sleeper = spawn("sleep", ["60"], { uid, gid, stdio: "ignore" });
    inner.after(() => sleeper.kill("SIGKILL"));
    for (const file of [pidFile, lockFile]) {
      await writeFile(file, (await readFile(file, "utf8")).replace(/^\d+/, String(sleeper.pid)));
    }
    const server = await startEmbedded(quietly(dataDir));
    await assertKept(server);
    assert.ok(lives(sleeper.pid ?? 0), "a stranger is not stopped");
    await server.stop();
  });

  await t.test("to the PostgreSQL of another data directory", async (inner) => {
    const otherDir = await usedDir(inner);
    const other = await start(inner, otherDir);
    const otherPid = await postmasterPid(otherDir);
    await orphan(inner, dataDir);
    await killCluster(dataDir);
    await writeFile(pidFile, (await readFile(pidFile, "utf8")).replace(/^\d+/, String(otherPid)));
    const server = await startEmbedded(quietly(dataDir));
    await assertKept(server);
    await server.stop();
    assert.equal(await postmasterPid(otherDir), otherPid);
    assert.deepEqual(await ask(other, "SELECT 1 AS one"), [{ one: 1 }]);
  });

  await t.test("and with a postmaster.pid that was never filled", async () => {
    await writeFile(pidFile, "");
    const server = await startEmbedded(quietly(dataDir));
    await assertKept(server);
    await server.stop();
  });
});

test("a cluster that another container serves is left alone", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  const socketDir = join(dirname(dataDir), "elsewhere");
  await mkdir(socketDir);
  const other = createServer((socket) => socket.destroy()).listen(join(socketDir, ".s.PGSQL.5432"));
  t.after(() => other.close());
  const gone = spawn("true");
  await once(gone, "close");
  const pidFile = join(dataDir, "postgres", "postmaster.pid");
  await writeFile(pidFile, [gone.pid, join(dataDir, "postgres"), 1, 5432, socketDir, "", "", "ready", ""].join("\n"));
  assert.match(await refusal(dataDir), new RegExp(`Another PostgreSQL already serves .*${socketDir}`));
  await rm(pidFile);
});

test("PostgreSQL that dies is started again by itself, with the same connection settings", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  const lines: LogLine[] = [];
  const server = await start(t, dataDir, { log: (level, message) => lines.push({ level, message }) });
  await ask(server, "CREATE TABLE kept AS SELECT 'committed' AS note");
  const before = { ...server.connection };
  for (let turn = 0; turn < 2; turn += 1) {
    const pid = await postmasterPid(dataDir);
    process.kill(pid, "SIGKILL");
    await eventually(() => !lives(pid));
    await eventually(() => ask(server, "SELECT 1").catch(() => undefined));
    await assertKept(server);
    assert.notEqual(await postmasterPid(dataDir), pid);
  }
  assert.deepEqual(server.connection, before);
  const told = lines.filter(({ level, message }) => level === "error" && message.includes("unexpectedly"));
  assert.match(told[0]?.message ?? "", /signal SIGKILL.* 250 ms/);
  assert.match(told[1]?.message ?? "", /signal SIGKILL.* 500 ms/);
});

test("stop works while PostgreSQL is being started again, and at any time after", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  for (const waitMs of [0, 50, 260, 300, 330, 400]) {
    const server = await start(t, dataDir);
    process.kill(await postmasterPid(dataDir), "SIGKILL");
    await pause(waitMs);
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    assert.deepEqual(
      clusterProcesses(await findLayout(dataDir)).filter(lives),
      [],
      `nothing runs after a stop ${waitMs} ms after the kill`,
    );
  }
});

test("a server that does not stop in time is told to leave at once", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  const lines: LogLine[] = [];
  const server = await start(t, dataDir, {
    stopWaitMs: 300,
    log: (level, message) => lines.push({ level, message }),
  });
  const client = new pg.Client(server.connection);
  client.on("error", () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  process.kill(rows[0]?.pid ?? 0, "SIGSTOP");
  await server.stop();
  assert.ok(lines.some(({ level, message }) => level === "warn" && message.includes("300 ms")));
  assert.deepEqual(clusterProcesses(await findLayout(dataDir)).filter(lives), []);
  await client.end().catch(() => undefined);
});

test("a Ctrl-C reaches this process only, and stop then ends PostgreSQL cleanly", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  const body = `const server = await start();
    process.once("SIGINT", async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      say("still " + (await ask(server, "SELECT 'there' AS word"))[0].word);
      await server.stop();
      say("stopped");
    });
    say("ready");`;
  const other = script(t, dataDir, body, { detached: true });
  await other.says(/^ready$/);
  process.kill(-(other.child.pid ?? 0), "SIGINT");
  assert.equal(await other.end(), "ready\nstill there\nstopped\n", "and the process ends by itself after stop");
  assert.equal(existsSync(join(dataDir, "postgres", "postmaster.pid")), false);
});

test("a database of another major version is refused with both versions", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  await writeFile(join(dataDir, "postgres", "PG_VERSION"), "15\n");
  assert.match(await refusal(dataDir), /database of PostgreSQL 15, .* brings PostgreSQL 18, .*DATABASE_URL/);
});

test("a directory of other files is no database, and is left as it is", { timeout }, async (t) => {
  const dataDir = await freshDir(t);
  await mkdir(join(dataDir, "postgres"), { recursive: true });
  await writeFile(join(dataDir, "postgres", "letter.txt"), "dear");
  assert.match(await refusal(dataDir), /holds files, but not those of a PostgreSQL database/);
  assert.equal(await readFile(join(dataDir, "postgres", "letter.txt"), "utf8"), "dear");
});

test("a data directory that cannot be written is refused with a sentence", { timeout }, async (t) => {
  const dataDir = await freshDir(t);
  await writeFile(dataDir, "a file");
  assert.match(await refusal(dataDir), new RegExp(`${dataDir} cannot be used: .*EEXIST`));
  await t.test("also where only the rights are missing", { skip: needsReach }, async (inner) => {
    await rm(dataDir);
    await mkdir(dataDir, { mode: 0o755 });
    const said = await script(inner, dataDir, "await start();", nobody).end();
    assert.match(said, new RegExp(`^EmbeddedServerError: The data directory ${dataDir} cannot be used: .*EACCES`));
  });
});

test("a full disk is reported with initdb's error line, and nothing is left on it", {
  timeout,
  skip: needsRoot,
}, async (t) => {
  const dataDir = await freshDir(t);
  await mkdir(dataDir);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m,mode=0711", "tmpfs", dataDir], { stdio: "ignore" });
  } catch {
    return t.skip("no file system can be mounted here");
  }
  try {
    const said = await refusal(dataDir);
    assert.match(said, /could not be created .*initdb says: ".*No space left on device".*disk has room/);
    assert.equal(existsSync(join(dataDir, "postgres.new")), false);
  } finally {
    execFileSync("umount", [dataDir]);
  }
});

test("programs that cannot run here, and other platforms, are refused with DATABASE_URL as the way out", {
  timeout,
}, async (t) => {
  const dataDir = await freshDir(t);
  assert.match(
    await refusal(dataDir, { binariesDir: dirname(dataDir) }),
    /cannot .*not found.*Set DATABASE_URL to a PostgreSQL 15/,
  );
  await assert.rejects(findBinaries(undefined, "win32", "x64"), /Linux and macOS only.*Set DATABASE_URL/);
  await assert.rejects(findBinaries(undefined, "darwin", "mips"), /darwin-mips.*Set DATABASE_URL/);
  await assert.rejects(findBinaries(undefined, "linux", "mips"), /linux-mips.*Set DATABASE_URL/);
});

test("settings that PostgreSQL refuses are reported with its error line", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  assert.match(
    await refusal(dataDir, { settings: { ...quick, work_mem: "plenty" } }),
    /did not start .*work_mem.*plenty/,
  );
  await (await start(t, dataDir)).stop();
});

test("processes are found by ps as by the kernel's files, which other systems lack", {
  timeout,
  skip: needsPs,
}, async (t) => {
  const dataDir = await usedDir(t);
  await start(t, dataDir);
  const layout = await findLayout(dataDir);
  const own = new Set(clusterProcesses(layout));
  assert.ok(own.size > 1);
  const ofOurs = (list: readonly ListedProcess[]) =>
    list.filter(({ pid }) => own.has(pid)).map(({ pid, parent, uid }) => `${pid} ${parent} ${uid}`);
  assert.deepEqual(ofOurs(listFromPs()).sort(), ofOurs(listPostgres()).sort());
  const named = listFromPs().filter(({ pid }) => own.has(pid));
  const isTold = ({ args: [command = ""] }: ListedProcess) =>
    command.startsWith(`postgres: ${layout.clusterName}: `) || ` ${command} `.includes(` ${layout.cluster} `);
  assert.ok(named.every(isTold), named.map(({ args }) => args[0]).join("\n"));
});

test("a server that runs is found by another process, and one that does not run is not", { timeout }, async (t) => {
  const dataDir = await usedDir(t);
  assert.equal(await findRunningEmbedded(dataDir), undefined);
  const body = `const server = await start(); say(JSON.stringify(server.connection));
    process.once("SIGTERM", () => server.stop());`;
  const other = script(t, dataDir, body);
  const connection: unknown = JSON.parse(await other.says(/^\{/));
  const found = await findRunningEmbedded(dataDir);
  assert.deepEqual(found, connection);
  assert.ok(found !== undefined);
  assert.deepEqual(await ask({ connection: found }, "SELECT 1 AS one"), [{ one: 1 }]);
  other.child.kill("SIGTERM");
  await other.end();
  assert.equal(await findRunningEmbedded(dataDir), undefined, "after a stop");

  await orphan(t, dataDir);
  assert.equal(await findRunningEmbedded(dataDir), undefined, "PostgreSQL alone is no server of ours");
});

test("a user who may not read the settings of a running server is told so", {
  timeout,
  skip: needsReach,
}, async (t) => {
  const dataDir = await usedDir(t);
  await start(t, dataDir);
  const said = await script(t, dataDir, "await findRunningEmbedded(dataDir); say('found');", nobody).end();
  assert.match(said, /^EmbeddedServerError: The data directory .*EACCES/);
});
