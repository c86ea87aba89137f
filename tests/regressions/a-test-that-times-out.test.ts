/**
 * Fault: a test that ran into its time limit left its PostgreSQL, which started itself again whenever it was killed. So
 * the process of the test never ended, and neither did the whole run. Guarantee: the run ends and fails, whatever a
 * test leaves open or running, and however it dies; then no process of the run lives, and none of its files is left.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { processesOf } from "../runner/run-folder.ts";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../support/folders.ts";
import { root, startProcess } from "../support/server-process.ts";

const source = (path: string) => JSON.stringify(import.meta.resolve(`../../src/${path}`));

/** A test file whose test starts a PostgreSQL and a program that outlives it, and then does this. */
function testFile(then: string, timeoutMs: number): string {
  return `
    import { spawn } from "node:child_process";
    import { mkdtempSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    import { test } from "node:test";
    import { startEmbedded } from ${source("storage/embedded/server.ts")};

    test("leaves much behind", { timeout: ${timeoutMs} }, async () => {
      spawn("sleep", ["600"], { detached: true, stdio: "ignore" }).unref();
      const dataDir = mkdtempSync(join(tmpdir(), "left-"));
      await startEmbedded({ dataDir, log: () => {}, settings: { fsync: "off" } });
      ${then}
    });
  `;
}

/** Starts the run of these test files, in a folder for all that it writes. */
function startRun(t: TestContext, files: Readonly<Record<string, string>>) {
  const written = mkdtempSync(join(tmpdir(), "run-"));
  t.after(() => rmSync(written, { recursive: true, force: true }));
  // PostgreSQL, which root starts under another account, passes through.
  chmodSync(written, 0o711);
  const folder = writeTree(makeTemporaryFolder(t), files);
  const patterns = Object.keys(files).map((name) => join(folder, name));
  const command = [process.execPath, join(root, "tests/run.ts")];
  return { written, running: startProcess(t, patterns, { TMPDIR: written }, command) };
}

test("a run ends when a test times out and when its process is killed, and leaves nothing", async (t) => {
  const { written, running } = startRun(t, {
    "timed-out.test.ts": testFile("await new Promise(() => setInterval(() => {}, 1_000));", 1),
    "killed.test.ts": testFile('process.kill(process.pid, "SIGKILL");', 60_000),
  });
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 1);
  assert.equal(stderr, "");
  assert.match(stdout, /test timed out after 1ms/);
  assert.match(stdout, /The tests are over, but this keeps their process open after \d+ ms: .*Timeout/);
  assert.match(stdout, /^✖ .*killed\.test\.ts /m);
  assert.match(stdout, /^ℹ tests 2$/m);
  assert.deepEqual(processesOf(written), []);
  assert.deepEqual(pathsBelow(written), []);
});

test("a run that is interrupted ends, and leaves nothing", async (t) => {
  const { written, running } = startRun(t, {
    "waiting.test.ts": testFile(
      'console.log("is here"); await new Promise(() => setInterval(() => {}, 1_000));',
      600_000,
    ),
  });
  await running.untilPrinted(/^is here$/m);
  assert.notDeepEqual(processesOf(written), []);
  const { code } = await running.stop("SIGINT");
  assert.notEqual(code, 0);
  assert.deepEqual(processesOf(written), []);
  assert.deepEqual(pathsBelow(written), []);
});
