/**
 * A command that waited for an entitlement while another process gave it to somebody saw it without a holder, and wrote
 * it back without one: who bought a card lost it when the card was revoked at that moment. PostgreSQL looks again at a
 * row whose lock it waited for, and not at the rows that were joined to it. Now the holder of such a row is read anew.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { queryLimits } from "../../src/storage/database.ts";
import { createEvent, issue, openTestEngine, successOf } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";

test("a command that waits while an entitlement is sold to somebody leaves it with its buyer", async (t) => {
  const { execute, queries, organizationId, sql, database } = await openTestEngine(t, {
    limits: queryLimits,
  });
  await execute(createEvent({}, 1));
  await execute(issue(1, "100"));
  const seller = new pg.Client(database.address);
  await seller.connect();
  t.after(() => seller.end());
  await seller.query("begin");
  await seller.query(
    `with buyer as (
  insert into customer (organization_id, id, name, identity, display_name)
  values ($1, 999, 'ada@example.com', 'ada@example.com', '') returning id)
update entitlement set customer_id = buyer.id from buyer where organization_id = $1 and code = '100'`,
    [organizationId],
  );
  const revoked = execute({ verb: "revoke", productId: 1, code: "100" });
  const waiting =
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and $1 > 0";
  await eventually("the command waits", async () => (await sql(waiting)).length > 0);
  await seller.query("commit");
  assert.equal(successOf(await revoked).entitlement.customer?.name, "ada@example.com");
  const found = await queries.entitlements.byCode(organizationId, "100");
  assert.equal(found?.customer?.name, "ada@example.com");
});
