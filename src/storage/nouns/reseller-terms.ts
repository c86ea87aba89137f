import { productOfTerms, type ResellerTerms, resellerTerms, termsOfProduct } from "../../core/reseller-terms.ts";
import { rows } from "../../engine/working-set.ts";
import { command, locking } from "../statement.ts";
import { bigint, columns, integer, large, nullable, optionalGroup, table, text } from "../table.ts";
import type { StoredNoun } from "./stored.ts";

const termsTable = table("reseller_terms", {
  productId: bigint(),
  operatorId: bigint(),
  price: optionalGroup({ minor: large("price_minor"), currency: text("price_currency") }),
  commissionPpm: integer(),
  quota: nullable(bigint()),
  sold: bigint(),
});
export const termsColumns = columns(termsTable.in("t"));

// Of the products in $2, by key; and all of those in $4.
const lockTerms = locking(
  "lock_reseller_terms",
  termsColumns,
  "t",
  (lock) => `select ${termsColumns.sql} from reseller_terms t
where t.organization_id = $1 and t.product_id = any($2::bigint[])
  and (t.product_id || ' ' || t.operator_id = any($3::text[]) or t.product_id = any($4::bigint[]))
order by t.product_id, t.operator_id ${lock}`,
);

const writeTerms = command(
  "write_reseller_terms",
  `${termsTable.insert}
order by n.product_id, n.operator_id
on conflict (organization_id, product_id, operator_id) do update
set price_minor = excluded.price_minor, price_currency = excluded.price_currency,
  commission_ppm = excluded.commission_ppm, quota = excluded.quota, sold = excluded.sold`,
);

export const storedResellerTerms: StoredNoun<string, ResellerTerms> = {
  noun: resellerTerms,
  locksRows: true,

  async load({ sql, organizationId }, asked, lock) {
    const keys = asked.keys(resellerTerms);
    const whole = asked.questions(termsOfProduct);
    const products = new Set([...keys.map(productOfTerms), ...whole]);
    return [rows(resellerTerms, await lockTerms[lock](sql, organizationId, [...products], keys, whole))];
  },

  *write({ sql, organizationId }, { added, changed }) {
    yield writeTerms(sql, organizationId, ...termsTable.arrays([...added, ...changed]));
  },
};
