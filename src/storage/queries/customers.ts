import { type Customer, customerIdentity } from "../../core/customer.ts";
import type { CustomerQueries, KnownCustomer } from "../../queries/customers.ts";
import { loginKeysOf } from "../derived-keys.ts";
import type { Secrets } from "../secrets.ts";
import { type Runner, run } from "../statements/statement.ts";

export function customerQueries(runner: Runner, secrets: Secrets): CustomerQueries {
  return {
    byId: (organizationId, id) => readCustomer(runner, organizationId, id),
    byName: (organizationId, name) => readKnownCustomer(runner, secrets, organizationId, name),
  };
}

async function readCustomer(runner: Runner, organizationId: number, id: number): Promise<Customer | undefined> {
  const [row] = await run<[id: number, name: string, ownerId: number | null, displayName: string]>(
    runner,
    "read_customer",
    "select id, name, owner_operator_id, display_name from customer where organization_id = $1 and id = $2",
    [organizationId, id],
  );
  if (row === undefined) return undefined;
  const [number, name, ownerId, displayName] = row;
  return { id: number, name, ownerId, displayName };
}

/** A customer by name, with what is needed to log in. */
async function readKnownCustomer(
  runner: Runner,
  secrets: Secrets,
  organizationId: number,
  name: string,
): Promise<KnownCustomer | undefined> {
  const [row] = await run<
    [id: number, name: string, ownerId: number | null, displayName: string, passwordHash: string | null]
  >(
    runner,
    "read_known_customer",
    `select id, name, owner_operator_id, display_name, password_hash from customer
     where organization_id = $1 and identity = $2`,
    [organizationId, customerIdentity(name)],
  );
  if (row === undefined) return undefined;
  const [id, knownName, ownerId, displayName, passwordHash] = row;
  const loginKeys = loginKeysOf(secrets, organizationId, id, passwordHash);
  return { id, name: knownName, ownerId, displayName, passwordHash, loginKeys };
}
