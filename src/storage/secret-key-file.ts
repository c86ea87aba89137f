import { randomBytes } from "node:crypto";
import { link, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { secretKeyBytes } from "./secrets.ts";

const fileName = "secret.key";

/** The bits of a file's mode for accounts that are neither its owner nor in its group. */
const othersBits = 0o007;

/** A secret key that cannot be used; the message says what to do. */
export class SecretKeyError extends Error {
  override readonly name = "SecretKeyError";
}

/** The path of the key file in a data directory. */
export function secretKeyFile(dataDir: string): string {
  return join(dataDir, fileName);
}

/**
 * The keys in `dataDir/secret.key`, a line of 64 hex digits each, the current one first; `undefined` when there is no
 * such file.
 *
 * Throws {@link SecretKeyError} when the file holds anything else, or is open to every account of the machine. Its
 * group may read it: containers hand secrets to a group.
 */
export async function readSecretKeyFile(dataDir: string): Promise<readonly Buffer[] | undefined> {
  const path = secretKeyFile(dataDir);
  const found = await readClosedFile(path);
  if (found === undefined) return undefined;
  if (found.isOpen) {
    throw new SecretKeyError(
      `${path} is open to every account of this machine. Close it ("chmod 600 ${path}"), and if others had accounts here, change the key.`,
    );
  }
  const keys = found.text.split("\n").filter((line) => line.trim() !== "");
  if (keys.length === 0 || !keys.every((key) => /^[0-9a-f]{64}$/i.test(key.trim()))) {
    throw new SecretKeyError(
      `${path} does not hold a secret key (64 hex digits). Put the original file back: without it, what it sealed is lost.`,
    );
  }
  return keys.map((key) => Buffer.from(key.trim(), "hex"));
}

async function readClosedFile(path: string): Promise<{ text: string; isOpen: boolean } | undefined> {
  const file = await open(path, "r").catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { mode } = await file.stat();
    return { text: await file.readFile("utf8"), isOpen: (mode & othersBits) !== 0 };
  } finally {
    await file.close();
  }
}

/**
 * Makes `dataDir/secret.key` with a random key, readable for its owner only, unless the file is there. Several
 * processes that call it at once find the same key. Only for a database in which nothing is sealed yet.
 */
export async function makeSecretKeyFile(dataDir: string): Promise<void> {
  const path = secretKeyFile(dataDir);
  await mkdir(dataDir, { recursive: true });
  // A random name: processes in containers that share a folder may have the same process number.
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  // Written under this name and then linked, so no process reads half a key and the first key of several stays.
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
