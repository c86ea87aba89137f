import type { SaleQueries } from "../../queries/sales.ts";
import { cardColumns, toCard } from "../nouns/card.ts";
import { readRates } from "../nouns/currency.ts";
import { readPayments, saleColumns } from "../nouns/sale.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { columns, nullable, text, time } from "../table.ts";
import { pageQuery, readPage } from "./pages.ts";

const mailedColumns = columns({
  email: nullable(text("s.email")),
  organizationName: text("o.name"),
  productName: text("p.name"),
  soldAtMs: time("s.sold_at"),
  mailedAtMs: nullable(time("s.mailed_at")),
});
const readSale = query(
  "read_sale",
  mailedColumns,
  `select ${mailedColumns.sql}
from sale s
join organization o on o.id = s.organization_id
join product p on p.organization_id = s.organization_id and p.id = s.product_id
where s.organization_id = $1 and s.id = $2`,
);

const pageReferred = pageQuery(
  "page_sales_by_reference",
  saleColumns,
  `select ${saleColumns.sql} from sale s where s.organization_id = $1 and s.reference = $2 and s.id > $3 order by s.id`,
);

const soldColumns = columns({ number: text("e.code"), card: cardColumns });
const readSoldCards = query(
  "read_sold_cards",
  soldColumns,
  `select ${soldColumns.sql}
from payment y join entitlement e on e.organization_id = y.organization_id and e.id = y.entitlement_id
where y.organization_id = $1 and y.sale_id = $2 and y.reverses is null
  and not exists (select from payment r where r.organization_id = $1 and r.reverses = y.id)
order by e.code_number, e.code`,
);

export function saleQueries(sql: SqlExecutor, secrets: Secrets): SaleQueries {
  return {
    async byId(organizationId, saleId) {
      const [sale] = await readSale(sql, organizationId, saleId);
      if (sale === undefined) return undefined;
      const rows = await readSoldCards(sql, organizationId, saleId);
      const cards = rows.flatMap(({ number, card: row }) => {
        const card = toCard(secrets, row);
        return card === undefined ? [] : [{ number, pin: card.pin, balance: card.balance }];
      });
      return { ...sale, saleId, cards };
    },

    paymentsOf: (organizationId, number) => readPayments(sql, organizationId, [number]),
    byReference: (organizationId, reference, page) =>
      readPage(sql, page, {
        statement: pageReferred,
        values: [organizationId, reference, page.after ?? -1],
        keyOf: ({ id }) => id,
      }),

    rates: (organizationId) => readRates(sql, organizationId),
  };
}
