import {
  type Customer,
  type CustomerPassword,
  customerIdentity,
  customerPasswords,
  customers,
} from "../../core/customer.ts";
import { rows } from "../../engine/working-set.ts";
import { command, query } from "../statement.ts";
import { bigint, columns, nullable, table, text } from "../table.ts";
import { type StoredNoun, unlessEmpty } from "./stored.ts";

const kept = { id: bigint(), name: text(), ownerId: nullable(bigint("owner_operator_id")), displayName: text() };

export const customerColumns = columns(table("customer", kept).in("c"));

const readCustomers = query(
  "read_customers",
  customerColumns,
  `select ${customerColumns.sql} from customer c where c.organization_id = $1 and c.identity = any($2::text[])`,
);

// A number that was not drawn from the sequence moves the sequence on, so that it is not drawn later.
const newTable = table("customer", { ...kept, identity: text() });
const insertCustomers = command(
  "insert_customers",
  `with added as (
${newTable.insert}
order by n.identity collate "C" returning id)
select setval('customer_id_seq', added.id) from (select max(id) as id from added) as added, customer_id_seq s
where added.id > s.last_value or added.id = s.last_value and not s.is_called`,
);

// Only the display name can change. The rows were not locked before, so they are locked in one order here.
const changedTable = table("customer", { id: bigint(), displayName: text() });
const updateCustomers = command(
  "update_customers",
  `with taken as materialized (
  select k.id from customer k where k.organization_id = $1 and k.id = any($2::bigint[]) order by k.id for no key update
)
update customer c set display_name = n.display_name
from taken join ${changedTable.sent} on n.id = taken.id
where c.organization_id = $1 and c.id = n.id`,
);

export const storedCustomers: StoredNoun<string, Customer> = {
  noun: customers,
  sequence: "customer_id_seq",

  async load({ sql, organizationId }, asked) {
    return [rows(customers, await readCustomers(sql, organizationId, asked.keys(customers)))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => {
      const written = all.map((customer) => ({ ...customer, identity: customerIdentity(customer.name) }));
      return insertCustomers(sql, organizationId, ...newTable.arrays(written));
    });
    yield* unlessEmpty(changed, (all) => updateCustomers(sql, organizationId, ...changedTable.arrays(all)));
  },
};

const passwordTable = table("customer", { customerId: bigint("id"), passwordHash: nullable(text()) });
const writePasswords = command("write_customer_passwords", passwordTable.update);

/** A password lies in a column of its customer. */
export const storedCustomerPasswords: StoredNoun<number, CustomerPassword> = {
  noun: customerPasswords,

  *write({ sql, organizationId }, { added, changed }) {
    yield writePasswords(sql, organizationId, ...passwordTable.arrays([...added, ...changed]));
  },
};
