import "../../src/storage/administration.ts";
import "../../src/storage/queries/index.ts";
import "../../src/storage/store.ts";
import { allStatements } from "../../src/storage/statement.ts";

/** The texts of all named statements, in the order of their names, as `src/storage/statements.sql` has them. */
export function describeStatements(): string {
  const sorted = [...allStatements()].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, text]) => `-- ${name}\n${text.trim()};\n`).join("\n");
}
