/**
 * Fault: when a migration failed, the run of a test file ended, and the PostgreSQL that had been started for it ran on.
 * Guarantee: whatever fails in the set-up of a run, no process of it is left, and no file.
 */
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { processesOf } from "../runner/run-folder.ts";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../support/folders.ts";
import { root, startProcess } from "../support/server-process.ts";

test("a set-up that fails at a migration leaves nothing", async (t) => {
  const checkout = makeTemporaryFolder(t);
  for (const part of ["package.json", "src", "migrations", "tests/setup.ts", "tests/support"]) {
    cpSync(join(root, part), join(checkout, part), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  writeFileSync(join(checkout, "migrations/9999_broken.sql"), "");
  writeTree(checkout, { "some.test.mjs": 'console.log("the test has run");' });
  const written = join(makeTemporaryFolder(t), "written");
  mkdirSync(written);
  // PostgreSQL, which root starts under another account, passes through.
  for (const folder of [join(written, ".."), written]) chmodSync(folder, 0o711);

  const setup = `--test-global-setup=${join(checkout, "tests/setup.ts")}`;
  const command = [process.execPath, "--test", setup, join(checkout, "some.test.mjs")];
  const { code, stdout, stderr } = await startProcess(t, [], { TMPDIR: written }, command).ended;
  assert.notEqual(code, 0);
  assert.match(stdout + stderr, /9999_broken/);
  assert.doesNotMatch(stdout, /the test has run/);
  assert.deepEqual(processesOf(written), []);
  assert.deepEqual(pathsBelow(written), []);
});
