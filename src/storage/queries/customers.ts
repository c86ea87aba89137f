import { customerIdentity } from "../../core/customer.ts";
import type { Metadata } from "../../core/metadata.ts";
import type { CustomerQueries, FoundCustomer } from "../../queries/customers.ts";
import { customerColumns } from "../nouns/customer.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { boolean, columns, json, nullable, text, time } from "../table.ts";
import { organizationLoader } from "./batch-loader.ts";
import { mapRows, pageQuery, readPage } from "./pages.ts";
import { searchCustomers } from "./search.ts";

const readCustomer = query(
  "read_customer",
  customerColumns,
  `select ${customerColumns.sql} from customer c where c.organization_id = $1 and c.id = $2`,
);

const foundColumns = columns({ customer: customerColumns, metadata: nullable(json<Metadata>("c.metadata")) });
const readFound = query(
  "read_customers_with_metadata",
  foundColumns,
  `select ${foundColumns.sql} from customer c where c.organization_id = $1 and c.id = any($2::bigint[])`,
);
const knownColumns = columns({
  customer: customerColumns,
  passwordHash: nullable(text("c.password_hash")),
  metadata: nullable(json<Metadata>("c.metadata")),
});
const readKnownCustomer = query(
  "read_known_customer",
  knownColumns,
  `select ${knownColumns.sql} from customer c where c.organization_id = $1 and c.identity = $2`,
);

const listedColumns = columns({
  customer: customerColumns,
  hasPassword: boolean("c.password_hash is not null"),
  createdAtMs: time("c.created_at"),
});
const pageCustomers = pageQuery(
  "page_customers",
  listedColumns,
  `select ${listedColumns.sql} from customer c
where c.organization_id = $1 and c.id > $2
  and ($3::text is null or strpos(lower(c.name), lower($3)) > 0 or strpos(lower(c.display_name), lower($3)) > 0)
  and (not $4 or c.owner_operator_id is not distinct from $5)
order by c.id`,
);

export function customerQueries(sql: SqlExecutor, secrets: Secrets): CustomerQueries {
  return {
    async byId(organizationId, customerId) {
      const [row] = await readCustomer(sql, organizationId, customerId);
      return row;
    },

    findById: organizationLoader<number, FoundCustomer>(async (organizationId, ids) => {
      const found = await readFound(sql, organizationId, ids);
      return new Map(found.map(({ customer, metadata }) => [customer.id, { ...customer, metadata }]));
    }),

    search: (organizationId, filter, page) => searchCustomers(sql, organizationId, filter, page),

    async byName(organizationId, name) {
      const [row] = await readKnownCustomer(sql, organizationId, customerIdentity(name));
      if (row === undefined) return undefined;
      const { customer, passwordHash, metadata } = row;
      const loginKeys = loginKeysOf(secrets, organizationId, customer.id, passwordHash);
      return { ...customer, passwordHash, metadata, loginKeys };
    },

    list: (organizationId, { text, ownerId }, page) =>
      readPage(sql, page, {
        statement: mapRows(pageCustomers, ({ customer, ...more }) => ({ ...customer, ...more })),
        values: [organizationId, page.after ?? -1, text ?? null, ownerId !== undefined, ownerId ?? null],
        keyOf: ({ id }) => id,
      }),
  };
}

const loginKeyHexDigits = 32;

/**
 * The login keys of a customer. They change with the password, and there are none without one. The first is given out.
 */
function loginKeysOf(
  secrets: Secrets,
  organizationId: number,
  customerId: number,
  passwordHash: string | null,
): readonly string[] {
  if (passwordHash === null) return [];
  const hashes = secrets.lookupHashes(`${organizationId} ${customerId} ${passwordHash}`, "login key");
  return hashes.map((hash) => hash.toString("hex").slice(0, loginKeyHexDigits));
}
