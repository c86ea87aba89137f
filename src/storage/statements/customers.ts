import { type Customer, customerIdentity } from "../../core/customer.ts";
import { type Runner, run } from "./statement.ts";

/** Customers by their identity. */
export async function readCustomers(
  runner: Runner,
  organizationId: number,
  identities: readonly string[],
): Promise<Customer[]> {
  const rows = await run<[id: number, name: string, ownerId: number | null, displayName: string]>(
    runner,
    "read_customers",
    `select id, name, owner_operator_id, display_name from customer
     where organization_id = $1 and identity = any($2::text[])`,
    [organizationId, identities],
  );
  return rows.map(([id, name, ownerId, displayName]) => ({ id, name, ownerId, displayName }));
}

export function insertCustomers(
  runner: Runner,
  organizationId: number,
  customers: readonly Customer[],
): Promise<unknown> {
  return run(
    runner,
    "insert_customers",
    `insert into customer (organization_id, id, name, identity, owner_operator_id, display_name)
     select $1::bigint, n.id, n.name, n.identity, n.owner_id, n.display_name
     from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[])
       as n (id, name, identity, owner_id, display_name)
     order by n.identity collate "C"`,
    [
      organizationId,
      customers.map(({ id }) => id),
      customers.map(({ name }) => name),
      customers.map(({ name }) => customerIdentity(name)),
      customers.map(({ ownerId }) => ownerId),
      customers.map(({ displayName }) => displayName),
    ],
  );
}

/** Makes a customer, with a number of the caller's choice if one is given; an existing one stays as it is. */
export async function insertCustomer(
  runner: Runner,
  organizationId: number,
  customer: { readonly id?: number; readonly name: string; readonly ownerId: number | null },
): Promise<number> {
  const [row] = await run<[id: number]>(
    runner,
    "insert_customer",
    `with added as (
       insert into customer (organization_id, id, name, identity, owner_operator_id)
       values ($1, coalesce($2::bigint, nextval('customer_id_seq')), $3, $4, $5)
       on conflict (organization_id, identity) do nothing returning id
     ), moved as (
       select setval('customer_id_seq', added.id) from added, customer_id_seq s where added.id > s.last_value
     )
     select id from added left join moved on true
     union all select id from customer where organization_id = $1 and identity = $4
     limit 1`,
    [organizationId, customer.id ?? null, customer.name, customerIdentity(customer.name), customer.ownerId],
  );
  if (row === undefined) throw new Error("a customer was written but not returned");
  return row[0];
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
    // No lock came before, so their rows are taken in one order here.
    `with taken as materialized (
       select k.id from customer k where k.organization_id = $1 and k.id = any($2::bigint[]) order by k.id for no key update
     )
     update customer c set display_name = n.display_name
     from taken join unnest($2::bigint[], $3::text[]) as n (id, display_name) on n.id = taken.id
     where c.organization_id = $1 and c.id = n.id`,
    [organizationId, customers.map(({ id }) => id), customers.map(({ displayName }) => displayName)],
  );
}

/** Gives a customer a password, or none; resolves with whether there is such a customer. */
export async function writeCustomerPassword(
  runner: Runner,
  organizationId: number,
  customerId: number,
  passwordHash: string | null,
): Promise<boolean> {
  const rows = await run<[id: number]>(
    runner,
    "write_customer_password",
    "update customer set password_hash = $3 where organization_id = $1 and id = $2 returning id",
    [organizationId, customerId, passwordHash],
  );
  return rows.length > 0;
}
