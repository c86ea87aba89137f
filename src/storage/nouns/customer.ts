import {
  type Customer,
  type CustomerMetadata,
  type CustomerPassword,
  type CustomerTerms,
  customerIdentity,
  customerMetadata,
  customerPasswords,
  customers,
  customersNumbered,
  customerTerms,
} from "../../core/customer.ts";
import type { Metadata } from "../../core/metadata.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking, query } from "../statement.ts";
import { bigint, columns, json, nullable, table, text } from "../table.ts";
import { numberedInsert, type StoredNoun, unlessEmpty } from "./stored.ts";

const kept = { id: bigint(), name: text(), ownerId: nullable(bigint("owner_operator_id")), displayName: text() };

export const customerColumns = columns(table("customer", kept).in("c"));

// By identity or by number.
const lockCustomers = locking(
  "lock_customers",
  customerColumns,
  "c",
  (lock) => `select ${customerColumns.sql} from customer c
where c.organization_id = $1 and (c.identity = any($2::text[]) or c.id = any($3::bigint[])) order by c.id ${lock}`,
);

export const readCustomersById = query(
  "read_customers_by_id",
  customerColumns,
  `select ${customerColumns.sql} from customer c where c.organization_id = $1 and c.id = any($2::bigint[])`,
);

const newTable = table("customer", { ...kept, identity: text() });
const insertCustomers = command(
  "insert_customers",
  numberedInsert(`${newTable.insert}\norder by n.identity collate "C"`, "customer_id_seq"),
);

// Only the display name changes here. The rows were not locked before, so they are locked in one order here.
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
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const found = await lockCustomers[lock](
      sql,
      organizationId,
      asked.keys(customers),
      asked.questions(customersNumbered),
    );
    return [rows(customers, found)];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield* unlessEmpty(added, (all) => {
      const written = all.map((customer) => ({ ...customer, identity: customerIdentity(customer.name) }));
      return insertCustomers(sql, organizationId, ...newTable.arrays(written));
    });
    yield* unlessEmpty(changed, (all) => updateCustomers(sql, organizationId, ...changedTable.arrays(all)));
  },
};

const termsTable = table("customer", {
  customerId: bigint("id"),
  name: text(),
  identity: text(),
  ownerId: nullable(bigint("owner_operator_id")),
});
const writeTerms = command("write_customer_terms", termsTable.update);

/** A name that changes, and the owner. */
export const storedCustomerTerms: StoredNoun<number, CustomerTerms> = {
  noun: customerTerms,

  *write({ sql, organizationId }, { added, changed }) {
    const written = [...added, ...changed].map((one) => ({ ...one, identity: customerIdentity(one.name) }));
    yield writeTerms(sql, organizationId, ...termsTable.arrays(written));
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

const metadataTable = table("customer", { customerId: bigint("id"), metadata: nullable(json<Metadata>()) });
const writeMetadata = command("write_customer_metadata", metadataTable.update);

/** Metadata lie in a column of their customer. */
export const storedCustomerMetadata: StoredNoun<number, CustomerMetadata> = {
  noun: customerMetadata,

  *write({ sql, organizationId }, { added, changed }) {
    yield writeMetadata(sql, organizationId, ...metadataTable.arrays([...added, ...changed]));
  },
};
