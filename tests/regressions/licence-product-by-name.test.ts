/**
 * Fault: every licence that was created looked its product up by name, with a query of its own.
 *
 * Guarantee: look-ups of the same moment share a query, and each finds the oldest live product of its name.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createQueries } from "../../src/storage/queries/index.ts";
import { issue, openTestEngine, successOf } from "../support/engine.ts";
import { watchPool } from "../support/watched-pool.ts";

test("a hundred look-ups of products by name at once are few queries, and each finds its own", async (t) => {
  const { execute, organizationId, database, secrets } = await openTestEngine(t);
  const make = async (name: string, kind: "license" | "chart" = "license") => {
    const terms = { name, description: "", startsAtMs: null, endsAtMs: null, capacity: null, accessKeys: [] };
    return successOf(await execute({ verb: "create_product", kind, slots: 1, terms })).product.id;
  };
  const retired = await make("EZP5");
  const oldest = await make("EZP5");
  for (const name of ["EZP5", "ezp5"]) await make(name);
  await make("EZP5", "chart");
  await execute(issue(retired, "A"));
  await execute({ verb: "retire_product", productId: retired });

  const { pool, statements } = watchPool(t, database.address);
  const queries = createQueries(pool, secrets);
  const names = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? "EZP5" : `none ${index}`));
  const found = await Promise.all(names.map((name) => queries.products.byName(organizationId, "license", name)));
  assert.deepEqual(
    found.map((product) => product?.id),
    names.map((name) => (name === "EZP5" ? oldest : undefined)),
  );
  assert.ok(statements.length <= 2, `${statements.length} queries`);
});
