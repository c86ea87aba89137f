import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import pg from "pg";
import { createTestDatabase } from "../../tests/support/database.ts";
import { describeStatements } from "../../tests/support/statements.ts";
import { allStatements } from "./statement.ts";

test("statements.sql has every statement, so that a reviewer sees what changes in them", async () => {
  const checkedIn = await readFile(new URL("statements.sql", import.meta.url), "utf8");
  assert.equal(checkedIn, describeStatements(), 'run "npm run schema" and look at the difference');
});

test("PostgreSQL understands every statement", async (t) => {
  const { address, drop } = await createTestDatabase();
  t.after(drop);
  const client = new pg.Client(address);
  await client.connect();
  try {
    for (const [name, text] of allStatements()) {
      await assert.doesNotReject(client.query(`prepare "${name}" as ${text}`), name);
    }
  } finally {
    await client.end();
  }
});
