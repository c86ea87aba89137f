/**
 * Fault: the Node.js that holds all keys was fetched by an install script, past the lock file and its checksums.
 * Guarantee: every package that is installed stands in the lock file with its checksum, the pinned Node.js too.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../support/server-process.ts";

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly os?: string | readonly string[];
}

const manifest: { optionalDependencies: Readonly<Record<string, string>>; scripts: Readonly<Record<string, string>> } =
  JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { packages }: { packages: Readonly<Record<string, LockEntry>> } = JSON.parse(
  readFileSync(join(root, "package-lock.json"), "utf8"),
);

test("the lock file has a checksum for every package but our own", () => {
  const without = Object.entries(packages)
    .filter(([, { integrity }]) => integrity === undefined)
    .map(([path]) => path);
  assert.deepEqual(without, [
    "",
    "node_modules/@scarf/scarf",
    "node_modules/cosmiconfig",
    "stubs/cosmiconfig",
    "stubs/scarf",
  ]);
});

test("the running Node.js is the pinned one", () => {
  const runtimes = Object.entries(manifest.optionalDependencies).filter(([name]) => name.startsWith("node-linux-"));
  assert.ok(runtimes.length >= 2, "x64 and arm64");
  for (const [name, version] of runtimes) {
    assert.equal(packages[`node_modules/${name}`]?.version, version);
    assert.equal(process.version, `v${version}`);
  }
});
