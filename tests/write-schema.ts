import { writeFile } from "node:fs/promises";
import { globalSetup, globalTeardown } from "./setup.ts";
import { createTestDatabase } from "./support/database.ts";
import { describeSchema } from "./support/schema.ts";
import { describeStatements } from "./support/statements.ts";

/**
 * Writes `schema.sql`, the result of all migrations, on a database server that is made for it and removed after it, and
 * `src/storage/statements.sql`, the named statements.
 */
await writeFile(new URL("../src/storage/statements.sql", import.meta.url), describeStatements());
await globalSetup();
try {
  const { address } = await createTestDatabase();
  await writeFile(new URL("../schema.sql", import.meta.url), await describeSchema(address));
} finally {
  await globalTeardown();
}
