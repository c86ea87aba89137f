import { writeFile } from "node:fs/promises";
import { describeStatements } from "./support/statements.ts";

/** Writes `src/storage/statements.sql`: what the server sends to PostgreSQL. */
await writeFile(new URL("../src/storage/statements.sql", import.meta.url), describeStatements());
