import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { makeSecretKeyFile, readSecretKeyFile, SecretKeyError } from "./secret-key-file.ts";
import { secretKeyBytes } from "./secrets.ts";

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "counterfoil-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Makes the file unless it is there, and reads it. */
async function makeAndRead(dataDir: string): Promise<readonly Buffer[]> {
  await makeSecretKeyFile(dataDir);
  return (await readSecretKeyFile(dataDir)) ?? [];
}

const hexOf = (keys: readonly Buffer[]) => keys.map((key) => key.toString("hex"));

test("a missing key is told, and neither it nor its folder is made by looking", async (t) => {
  const dataDir = join(await temporaryFolder(t), "new");
  assert.equal(await readSecretKeyFile(dataDir), undefined);
  await assert.rejects(stat(dataDir), { code: "ENOENT" });
});

test("a key is made with its folder, for its owner's eyes only, and stays the same", async (t) => {
  const dataDir = join(await temporaryFolder(t), "new", "data");
  const [key, ...others] = await makeAndRead(dataDir);
  assert.equal(key?.length, secretKeyBytes);
  assert.equal(others.length, 0);
  const { mode } = await stat(join(dataDir, "secret.key"));
  assert.equal((mode & 0o777).toString(8), "600");
  assert.deepEqual(await makeAndRead(dataDir), [key]);
  assert.deepEqual(await readdir(dataDir), ["secret.key"], "nothing else is left behind");
});

test("keys of different folders are different", async (t) => {
  const folder = await temporaryFolder(t);
  const made = await Promise.all(["a", "b"].map((name) => makeAndRead(join(folder, name))));
  assert.notDeepEqual(made[0], made[1]);
});

test("five processes that start at once get the same key", async (t) => {
  const dataDir = join(await temporaryFolder(t), "data");
  const code = `import { makeSecretKeyFile, readSecretKeyFile } from ${JSON.stringify(import.meta.resolve("./secret-key-file.ts"))};
    await makeSecretKeyFile(${JSON.stringify(dataDir)});
    const keys = await readSecretKeyFile(${JSON.stringify(dataDir)});
    process.stdout.write(keys.map((key) => key.toString("hex")).join());`;
  const run = () => promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code]);
  const printed = (await Promise.all([run(), run(), run(), run(), run()])).map(({ stdout }) => stdout);
  assert.match(printed[0] ?? "", /^[0-9a-f]{64}$/);
  assert.equal(new Set(printed).size, 1);
  assert.deepEqual(await readdir(dataDir), ["secret.key"]);
});

test("processes with the same number, as containers have, get the same key too", async (t) => {
  const folder = await temporaryFolder(t);
  for (let round = 1; round <= 10; round++) {
    const dataDir = join(folder, `data${round}`);
    const read = await Promise.all(Array.from({ length: 20 }, () => makeAndRead(dataDir)));
    for (const keys of read) assert.deepEqual(keys, read[0]);
    assert.deepEqual(await readdir(dataDir), ["secret.key"]);
  }
});

test("several keys are read in their order, whatever the case and the ends of the lines", async (t) => {
  const dataDir = await temporaryFolder(t);
  const [first, second] = ["AB".repeat(secretKeyBytes), "01".repeat(secretKeyBytes)];
  await writeFile(join(dataDir, "secret.key"), `${first}\r\n\n  ${second}`, { mode: 0o600 });
  assert.deepEqual(hexOf((await readSecretKeyFile(dataDir)) ?? []), [first.toLowerCase(), second]);
});

test("a file that holds anything but keys is refused with what to do, and left as it is", async (t) => {
  const dataDir = await temporaryFolder(t);
  const file = join(dataDir, "secret.key");
  for (const text of ["", "\n", "00", "g".repeat(64), `${"0".repeat(64)}\nx`, "0".repeat(65)]) {
    await writeFile(file, text, { mode: 0o600 });
    await assert.rejects(readSecretKeyFile(dataDir), (error) => {
      assert.ok(error instanceof SecretKeyError);
      return /^\S+secret\.key does not hold a secret key .* Put the original file back: .*\.$/.test(error.message);
    });
    assert.equal(await readFile(file, "utf8"), text);
  }
});

test("a file that every account may read is refused with what to do, and one for its group is not", async (t) => {
  const dataDir = await temporaryFolder(t);
  const file = join(dataDir, "secret.key");
  await writeFile(file, `${"01".repeat(secretKeyBytes)}\n`);
  for (const mode of [0o644, 0o604, 0o602]) {
    await chmod(file, mode);
    await assert.rejects(readSecretKeyFile(dataDir), (error) => {
      assert.ok(error instanceof SecretKeyError);
      return /secret\.key is open to every account of this machine\. Close it \("chmod 600 .*"\), and if /.test(
        error.message,
      );
    });
  }
  await chmod(file, 0o640);
  assert.equal((await readSecretKeyFile(dataDir))?.length, 1);
});
