import { customerIdentity } from "../../core/customer.ts";
import type { CustomerQueries } from "../../queries/customers.ts";
import { loginKeysOf } from "../login-keys.ts";
import type { Secrets } from "../secrets.ts";
import { type Runner, run } from "../statements/statement.ts";

type CustomerRow = [id: number, name: string, ownerId: number | null, displayName: string];

export function customerQueries(runner: Runner, secrets: Secrets): CustomerQueries {
  return {
    async byId(organizationId, customerId) {
      const [row] = await run<CustomerRow>(
        runner,
        "read_customer",
        "select id, name, owner_operator_id, display_name from customer where organization_id = $1 and id = $2",
        [organizationId, customerId],
      );
      if (row === undefined) return undefined;
      const [id, name, ownerId, displayName] = row;
      return { id, name, ownerId, displayName };
    },

    async byName(organizationId, anyName) {
      const [row] = await run<[...CustomerRow, passwordHash: string | null]>(
        runner,
        "read_known_customer",
        `select id, name, owner_operator_id, display_name, password_hash from customer
         where organization_id = $1 and identity = $2`,
        [organizationId, customerIdentity(anyName)],
      );
      if (row === undefined) return undefined;
      const [id, name, ownerId, displayName, passwordHash] = row;
      const loginKeys = loginKeysOf(secrets, organizationId, id, passwordHash);
      return { id, name, ownerId, displayName, passwordHash, loginKeys };
    },
  };
}
