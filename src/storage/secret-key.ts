import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { secretKeyBytes } from "./secrets.ts";

const fileName = "secret.key";

/** A key file that cannot be used; the message says what to do. */
export class SecretKeyError extends Error {
  override readonly name = "SecretKeyError";
}

/**
 * The keys in `dataDir/secret.key`, a line of 64 hex digits each, the current one first. The file is made when it is
 * missing, readable for its owner only; of several processes that start at once, all get the same one.
 *
 * Throws {@link SecretKeyError} when the file holds anything else.
 */
export async function readSecretKeyFile(dataDir: string): Promise<readonly Buffer[]> {
  const path = join(dataDir, fileName);
  const text = await readFile(path, "utf8").catch(async (error) => {
    if (error.code !== "ENOENT") throw error;
    await mkdir(dataDir, { recursive: true });
    await makeKeyFile(path);
    return readFile(path, "utf8");
  });
  const keys = text.split("\n").filter((line) => line.trim() !== "");
  if (keys.length === 0 || !keys.every((key) => /^[0-9a-f]{64}$/i.test(key.trim()))) {
    throw new SecretKeyError(
      `${path} does not hold a secret key (64 hex digits). Put the original file back: without it, what it sealed is lost.`,
    );
  }
  return keys.map((key) => Buffer.from(key.trim(), "hex"));
}

/** Written aside and linked into place whole, so that nobody ever reads half a key and the first of several stays. */
async function makeKeyFile(path: string): Promise<void> {
  // A name of its own: in containers that share a folder, processes share their numbers.
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(secretKeyBytes).toString("hex")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, path).catch((error) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(draft);
}
