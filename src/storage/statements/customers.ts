import { type Customer, customerIdentity } from "../../core/customer.ts";
import { type Runner, run } from "./statement.ts";

/** Customers by their identity. */
export async function readCustomers(
  runner: Runner,
  organizationId: number,
  identities: readonly string[],
): Promise<ReadonlyMap<string, Customer>> {
  const rows = await run<[identity: string, id: number, name: string, displayName: string]>(
    runner,
    "read_customers",
    "select identity, id, name, display_name from customer where organization_id = $1 and identity = any($2::text[])",
    [organizationId, identities],
  );
  return new Map(rows.map(([identity, id, name, displayName]) => [identity, { id, name, displayName }]));
}

export function insertCustomers(
  runner: Runner,
  organizationId: number,
  customers: readonly Customer[],
): Promise<unknown> {
  return run(
    runner,
    "insert_customers",
    `insert into customer (organization_id, id, name, identity, display_name)
     select $1::bigint, n.* from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as n`,
    [
      organizationId,
      customers.map(({ id }) => id),
      customers.map(({ name }) => name),
      customers.map(({ name }) => customerIdentity(name)),
      customers.map(({ displayName }) => displayName),
    ],
  );
}

/** Writes what can change of a customer: how it is addressed. */
export function updateCustomers(
  runner: Runner,
  organizationId: number,
  customers: readonly Customer[],
): Promise<unknown> {
  return run(
    runner,
    "update_customers",
    `update customer c set display_name = n.display_name
     from unnest($2::bigint[], $3::text[]) as n (id, display_name)
     where c.organization_id = $1 and c.id = n.id`,
    [organizationId, customers.map(({ id }) => id), customers.map(({ displayName }) => displayName)],
  );
}
