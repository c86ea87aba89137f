import { type Customer, type CustomerPassword, customerIdentity } from "../../core/customer.ts";
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
    // A number that was given and not drawn moves the sequence on, so that it is not drawn later.
    `with added as (
       insert into customer (organization_id, id, name, identity, owner_operator_id, display_name)
       select $1::bigint, n.id, n.name, n.identity, n.owner_id, n.display_name
       from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[])
         as n (id, name, identity, owner_id, display_name)
       order by n.identity collate "C" returning id
     )
     select setval('customer_id_seq', added.id) from (select max(id) as id from added) as added, customer_id_seq s
     where added.id > s.last_value or added.id = s.last_value and not s.is_called`,
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

/** Gives customers their passwords, or none. */
export function writeCustomerPasswords(
  runner: Runner,
  organizationId: number,
  passwords: readonly CustomerPassword[],
): Promise<unknown> {
  return run(
    runner,
    "write_customer_passwords",
    `update customer c set password_hash = n.password_hash
     from unnest($2::bigint[], $3::text[]) as n (id, password_hash)
     where c.organization_id = $1 and c.id = n.id`,
    [organizationId, passwords.map(({ customerId }) => customerId), passwords.map(({ passwordHash }) => passwordHash)],
  );
}
