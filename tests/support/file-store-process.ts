import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { createFileStore } from "../../src/content/store/create-file-store.ts";

/**
 * A process that uses a file store and may be killed in the middle of it:
 *
 *     take-in ROOT SOURCE [die]        takes in; with `die` it kills itself when half is read
 *     build ROOT EDITION DELIVERY die  builds; it kills itself when a part of the zip is written
 *
 * It prints what became of it.
 */
const [task, root = "", first = "", second = "", third = ""] = process.argv.slice(2);
const store = createFileStore(root);

/** As `kill -9` does: nothing of this process runs after it. */
function die(): never {
  process.kill(process.pid, "SIGKILL");
  throw new Error("still alive");
}

async function takeIn(): Promise<string> {
  const { key } = await store.takeIn(first, {
    onProgress({ bytes, bytesTotal }) {
      if (second === "die" && bytes * 2 >= bytesTotal) die();
    },
  });
  return key;
}

async function build(): Promise<string> {
  let isDone = false;
  const building = store
    .buildDelivery({ editionKey: first, deliveryName: second, zipName: "a.zip", extras: [], modifiedAtMs: 0 })
    .finally(() => {
      isDone = true;
    });
  while (third === "die" && !isDone) {
    const written = readdirSync(join(root, "drafts"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".zip"))
      .map((path) => statSync(join(root, "drafts", path), { throwIfNoEntry: false })?.size ?? 0);
    if (written.some((bytes) => bytes > 0)) die();
    await turn();
  }
  return (await building).sha256;
}

try {
  process.stdout.write(`${await (task === "take-in" ? takeIn() : build())}\n`);
} catch (error) {
  process.stdout.write(`${error}\n`);
}
