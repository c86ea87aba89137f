import type { ResellerTermsQueries } from "../../queries/reseller-terms.ts";
import { termsColumns } from "../nouns/reseller-terms.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { columns, text } from "../table.ts";

const readTerms = query(
  "read_reseller_terms",
  termsColumns,
  `select ${termsColumns.sql} from reseller_terms t
where t.organization_id = $1 and t.operator_id = $2 and t.product_id = $3`,
);

const listedColumns = columns({ terms: termsColumns, login: text("o.login"), productName: text("p.name") });
const listTerms = query(
  "list_reseller_terms",
  listedColumns,
  `select ${listedColumns.sql} from reseller_terms t
join operator o on o.organization_id = t.organization_id and o.id = t.operator_id
join product p on p.organization_id = t.organization_id and p.id = t.product_id
where t.organization_id = $1 and ($2::bigint is null or t.operator_id = $2) and p.retired_at is null
order by o.login, t.product_id`,
);

export function resellerTermsQueries(sql: SqlExecutor): ResellerTermsQueries {
  return {
    async of(organizationId, operatorId, productId) {
      const [found] = await readTerms(sql, organizationId, operatorId, productId);
      return found;
    },

    list: (organizationId, operatorId) => listTerms(sql, organizationId, operatorId ?? null),
  };
}
