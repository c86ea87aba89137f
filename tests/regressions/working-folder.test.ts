/**
 * Fault: a library looked for its configuration in the folder in which a command was typed and in every folder above,
 * and ran the code that it found. A broken package.json there ended the command with a stack trace. Node.js has an option
 * `--env-file` of its own, and looked for it among our words: it took `NODE_OPTIONS` from a settings file before we saw it.
 * Guarantee: neither the working folder nor the environment nor a settings file says which code a command runs, or
 * whether it runs.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeTemporaryFolder, writeTree } from "../support/folders.ts";
import { root } from "../support/server-process.ts";

const counterfoil = join(root, "bin/counterfoil");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const nobody = 65_534;
/** No more than this of our own environment: where programs are, and the modules that this run has compiled. */
const { PATH, NODE_COMPILE_CACHE } = process.env;

/** Runs the command line in a folder, as a person there would. */
function run(cwd: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(counterfoil, args, { cwd, encoding: "utf8", env: { PATH, NODE_COMPILE_CACHE, ...environment } });
}

describe("The working folder has no say", () => {
  test("code in a folder above is not run, by no command and not by the job queue", (t) => {
    const folder = makeTemporaryFolder(t);
    const proof = join(folder, "was-run");
    const code = `require("node:fs").writeFileSync(${JSON.stringify(proof)}, "")`;
    for (const name of [".graphile-workerrc.js", "graphile-worker.config.cjs", "graphile.config.cjs"]) {
      writeTree(folder, { [`${name}.folder/${name}`]: code, [`${name}.folder/below/here/nothing.txt`]: "" });
      const here = join(folder, `${name}.folder/below/here`);
      const queue = `import(${JSON.stringify(import.meta.resolve("graphile-worker"))})`;
      assert.equal(spawnSync(process.execPath, ["-e", queue], { cwd: here }).status, 0);
    }
    const here = join(folder, "graphile-worker.config.cjs.folder/below/here");
    assert.equal(run(here, ["--help"]).status, 0);
    assert.ok(!existsSync(proof));
  });

  test("broken files in it do not matter", (t) => {
    const broken = "{ not json";
    const folder = writeTree(makeTemporaryFolder(t), {
      "package.json": broken,
      ".graphile-workerrc": broken,
      "graphile-worker.config.json": broken,
    });
    const { status, stdout, stderr } = run(folder, ["--version"]);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("a folder that the account may not read does not matter", (t) => {
    const folder = makeTemporaryFolder(t);
    const file = join(folder, "package.json");
    writeTree(folder, { "package.json": "{}" });
    chmodSync(file, 0o000);
    chmodSync(folder, 0o700);
    const isRoot = process.getuid?.() === 0;
    if (isRoot && !mayNobodyRun(counterfoil)) return t.skip("the checkout is closed to other accounts");
    const { status, stdout } = spawnSync(counterfoil, ["--version"], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH },
      ...(isRoot ? { uid: nobody, gid: nobody } : {}),
    });
    assert.deepEqual({ status, stdout }, { status: 0, stdout: `${version}\n` });
  });

  test("in a folder that was removed a command works, and one that needs the folder says so", (t) => {
    const folder = makeTemporaryFolder(t);
    const inRemoved = (word: string) =>
      spawnSync("/bin/sh", ["-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$0" "$1"', counterfoil, word], {
        cwd: folder,
        encoding: "utf8",
        env: { PATH, NODE_COMPILE_CACHE },
      });
    const works = inRemoved("--version");
    assert.deepEqual([works.status, works.stdout], [0, `${version}\n`]);
    const needsFolder = inRemoved("demo");
    assert.equal(needsFolder.status, 1);
    // The shell may complain of the folder first.
    const lines = needsFolder.stderr.split("\n").filter((line) => !line.startsWith("sh: "));
    assert.deepEqual(lines, [
      "The working folder no longer exists. Change to a folder that does, and start again.",
      "",
    ]);
  });
});

test("The environment does not make libraries load other code", (t) => {
  const folder = makeTemporaryFolder(t);
  const proof = join(folder, "was-run");
  writeTree(folder, { "library.cjs": `require("node:fs").writeFileSync(${JSON.stringify(proof)}, "")` });
  const { status } = run(folder, ["--help"], {
    NAPI_RS_NATIVE_LIBRARY_PATH: join(folder, "library.cjs"),
    NODE_PG_FORCE_NATIVE: "1",
  });
  assert.equal(status, 0);
  assert.ok(!existsSync(proof));
});

test("a settings file is read by the command line, and not by Node.js before it", (t) => {
  const folder = makeTemporaryFolder(t);
  const proof = join(folder, "was-run");
  writeTree(folder, {
    "code.cjs": `require("node:fs").writeFileSync(${JSON.stringify(proof)}, "")`,
    "counterfoil.env": `PORT=9000\nNODE_OPTIONS=--require ${join(folder, "code.cjs")}\n`,
  });
  for (const option of [["--env-file", "counterfoil.env"], ["--env-file=counterfoil.env"]]) {
    const refused = run(folder, [...option, "config"]);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /^counterfoil\.env, line 2: there is no setting NODE_OPTIONS\./);
    assert.ok(!existsSync(proof));
  }
  const missing = run(folder, ["config", "--env-file", "missing.env"]);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^The settings file missing\.env cannot be read: ENOENT/);
});

function mayNobodyRun(path: string): boolean {
  return spawnSync("test", ["-x", path], { uid: nobody, gid: nobody }).status === 0;
}
