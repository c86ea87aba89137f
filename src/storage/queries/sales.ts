import type { Payment, Sale } from "../../core/sale.ts";
import type { SaleQueries } from "../../queries/sales.ts";
import { cardColumns, toCard } from "../nouns/card.ts";
import { readRates } from "../nouns/currency.ts";
import { entitlementSource, stockColumns } from "../nouns/entitlement.ts";
import { paymentColumns, readPayments, saleColumns } from "../nouns/sale.ts";
import type { Secrets } from "../secrets.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, nullable, text, time } from "../table.ts";
import { toStockedCard } from "./cards.ts";
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

/** Whether a payment was not paid back, and pays none back. */
const isOpen = `y.reverses is null
  and not exists (select from payment r where r.organization_id = $1 and r.reverses = y.id)`;
const soldColumns = columns({ number: text("e.code"), card: cardColumns });
const readSoldCards = query(
  "read_sold_cards",
  soldColumns,
  `select ${soldColumns.sql}
from payment y join entitlement e on e.organization_id = y.organization_id and e.id = y.entitlement_id
where y.organization_id = $1 and y.sale_id = $2 and ${isOpen}
order by e.code_number, e.code`,
);

const foundColumns = columns({ sale: saleColumns, ownerId: nullable(bigint("p.owner_operator_id")) });
const ownedSale = "sale s join product p on p.organization_id = s.organization_id and p.id = s.product_id";
const readFound = query(
  "read_sales_with_owners",
  foundColumns,
  `select ${foundColumns.sql} from ${ownedSale} where s.organization_id = $1 and s.id = $2`,
);
const readStockOf = query(
  "read_stock_of_sale",
  stockColumns,
  `select ${stockColumns.sql} from payment y
join (${entitlementSource}) on e.organization_id = y.organization_id and e.id = y.entitlement_id
where y.organization_id = $1 and y.sale_id = $2 and ${isOpen}
order by e.code_number, e.code`,
);

/** What a principal sees: what is about its products, and its own. What is sold from stock has no category. */
const seenBy = (reseller: string) => `(p.owner_operator_id is not distinct from $2::bigint or ${reseller} = $2::bigint)
  and ($3::bigint[] is null or p.id = any($3)) and $4::text[] is null`;
const pageSalesBy = (name: string, further: string) =>
  pageQuery(
    name,
    saleColumns,
    `select ${saleColumns.sql} from ${ownedSale}
where s.organization_id = $1 and ${seenBy("s.operator_id")}
  and ($5::bigint is null or s.product_id = $5) and s.id > $6::bigint${further}
order by s.id`,
  );
const pageSales = pageSalesBy("page_sales", "");
const pageSalesWithReference = pageSalesBy("page_sales_with_reference", " and s.reference = $7");

const pagePaymentsBy = (name: string, further: string) =>
  pageQuery(
    name,
    paymentColumns,
    `select ${paymentColumns.sql} from payment y
join product p on p.organization_id = y.organization_id and p.id = y.product_id
where y.organization_id = $1 and ${seenBy("y.reseller_id")} and y.id > $5::bigint${further}
order by y.id`,
  );
const pagePayments = pagePaymentsBy("page_payments", "");
const pagePaymentsOfSale = pagePaymentsBy("page_payments_of_sale", " and y.sale_id = $6");

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

    async findById(organizationId, saleId) {
      const [found] = await readFound(sql, organizationId, saleId);
      if (found === undefined) return undefined;
      const rows = await readStockOf(sql, organizationId, saleId);
      return { ...found, cards: rows.map((row) => toStockedCard(secrets, row)) };
    },

    list(organizationId, { ownerId, productIds, categories, productId = null, reference }, page) {
      const values = [organizationId, ownerId, productIds, categories, productId, page.after ?? -1];
      const keyOf = ({ id }: Sale) => id;
      if (reference === undefined) return readPage(sql, page, { statement: pageSales, values, keyOf });
      return readPage(sql, page, { statement: pageSalesWithReference, values: [...values, reference], keyOf });
    },

    payments(organizationId, { ownerId, productIds, categories, saleId }, page) {
      const values = [organizationId, ownerId, productIds, categories, page.after ?? -1];
      const keyOf = ({ id }: Payment) => id;
      if (saleId === undefined) {
        return readPage(sql, page, { statement: pagePayments, values, keyOf });
      }
      return readPage(sql, page, { statement: pagePaymentsOfSale, values: [...values, saleId], keyOf });
    },

    rates: (organizationId) => readRates(sql, organizationId),
  };
}
