import { writeFile } from "node:fs/promises";
import { documentText } from "../src/api/docs.ts";
import { routes } from "../src/api/index.ts";
import { roleTable } from "../src/api/roles.ts";
import { globalSetup, globalTeardown } from "./setup.ts";
import { createTestDatabase } from "./support/database.ts";
import { describeSchema } from "./support/schema.ts";
import { describeStatements } from "./support/statements.ts";

/**
 * Writes `schema.sql`, the result of all migrations, on a database server that is made for it and removed after it, and
 * `src/storage/statements.sql`, the named statements. Without a server it writes the document of the API and the table of
 * its roles, `docs/openapi.json` and `docs/api-roles.md`.
 */
await writeFile(new URL("../src/storage/statements.sql", import.meta.url), describeStatements());
await writeFile(new URL("../docs/openapi.json", import.meta.url), await documentText(routes));
await writeFile(new URL("../docs/api-roles.md", import.meta.url), roleTable(routes));
await globalSetup();
try {
  const { address } = await createTestDatabase();
  await writeFile(new URL("../schema.sql", import.meta.url), await describeSchema(address));
} finally {
  await globalTeardown();
}
