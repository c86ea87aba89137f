/*
 * The fault: of two commands that took in the first edition of a database at once, one could fail with the sentence
 * about the file store of another database. It had looked for the folder's name before the other command gave it one,
 * and for the editions when the other's edition lay there, but was not committed yet.
 *
 * The guarantee: a database takes in its first editions from as many processes as there are.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import pino from "pino";
import { createApp } from "../../src/app.ts";
import { createStoreIdentity } from "../../src/content/store/identity.ts";
import { createTestDatabase } from "../support/database.ts";
import { makeTemporaryFolder, writeTree } from "../support/folders.ts";

test("a folder that another process names and fills meanwhile is not taken for another database's", async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const filesDir = join(makeTemporaryFolder(t), "files");
  const { queries, administration, files, close } = createApp({
    database: database.address,
    secretKeys: [randomBytes(32)],
    filesDir,
    log: pino({ level: "silent" }),
  });
  t.after(close);
  const source = writeTree(makeTemporaryFolder(t), { "a.oesenc": "a" });
  const { content } = queries;
  // Asked after the folder's own name.
  const fileStoreId = async () => {
    await files.takeIn(source);
    return content.fileStoreId();
  };
  const late = { content: { ...content, fileStoreId } };
  assert.equal(await createStoreIdentity(filesDir, late, administration).claimToWrite(), undefined);
});
