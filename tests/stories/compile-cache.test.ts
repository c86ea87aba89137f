import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeTemporaryFolder, pathsBelow, writeTree } from "../support/folders.ts";
import { root } from "../support/server-process.ts";

/** Runs the executable in a folder with this home. */
function run(cwd: string, environment: Readonly<Record<string, string>>) {
  const { status, stderr } = spawnSync(join(root, "bin/counterfoil"), ["--version"], {
    cwd,
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...environment },
  });
  return { status, stderr };
}

const fine = { status: 0, stderr: "" };

test("compiled modules are kept in the home, and never in the working folder", (t) => {
  const folder = writeTree(makeTemporaryFolder(t), { "home/here": "", "here/here": "", "cache/here": "" });
  const here = join(folder, "here");
  assert.deepEqual(run(here, { HOME: join(folder, "home") }), fine);
  assert.ok(pathsBelow(join(folder, "home/.cache/counterfoil")).length > 0);
  assert.deepEqual(run(here, { HOME: join(folder, "home"), XDG_CACHE_HOME: join(folder, "cache") }), fine);
  assert.ok(pathsBelow(join(folder, "cache/counterfoil")).length > 0);
  assert.deepEqual(pathsBelow(here), ["here"]);
});

test("without a home that can be written a command runs all the same, and says nothing of it", (t) => {
  const folder = writeTree(makeTemporaryFolder(t), { file: "", "here/here": "" });
  const here = join(folder, "here");
  // A folder below a file cannot be made, not even by root.
  for (const environment of [{}, { HOME: "" }, { HOME: join(folder, "file") }, { HOME: "relative" }]) {
    assert.deepEqual(run(here, environment), fine);
  }
  assert.deepEqual(pathsBelow(here), ["here"]);
  assert.ok(!existsSync("/.cache/counterfoil"));
});
