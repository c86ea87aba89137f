import { type Customer, customerIdentity } from "../../core/customer.ts";
import { type Runner, run } from "./statement.ts";

/** Customers by their identity. */
export async function readCustomers(
  runner: Runner,
  organizationId: number,
  identities: readonly string[],
): Promise<ReadonlyMap<string, Customer>> {
  const rows = await run<[identity: string, id: number, name: string]>(
    runner,
    "read_customers",
    "select identity, id, name from customer where organization_id = $1 and identity = any($2::text[])",
    [organizationId, identities],
  );
  return new Map(rows.map(([identity, id, name]) => [identity, { id, name }]));
}

export function insertCustomers(
  runner: Runner,
  organizationId: number,
  customers: readonly Customer[],
): Promise<unknown> {
  return run(
    runner,
    "insert_customers",
    `insert into customer (organization_id, id, name, identity)
     select $1::bigint, n.id, n.name, n.identity from unnest($2::bigint[], $3::text[], $4::text[]) as n (id, name, identity)`,
    [
      organizationId,
      customers.map(({ id }) => id),
      customers.map(({ name }) => name),
      customers.map(({ name }) => customerIdentity(name)),
    ],
  );
}
