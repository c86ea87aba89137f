import type { ReportQueries } from "../../queries/reports.ts";
import { house } from "../nouns/sale.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, large, nullable, text } from "../table.ts";

const sumColumns = columns({
  day: nullable(text("r.day::text")),
  resellerId: nullable(bigint("r.reseller_id")),
  reseller: nullable(text("o.login")),
  productId: nullable(bigint("r.product_id")),
  product: nullable(text("p.name")),
  channel: nullable(text("r.channel")),
  currency: text("r.currency"),
  sold: bigint("r.sold::bigint"),
  unsold: bigint("r.unsold::bigint"),
  soldMinor: large("r.sold_minor"),
  unsoldMinor: large("r.unsold_minor"),
  toppedUpMinor: large("r.topped_up_minor"),
  totalMinor: large("r.total_minor"),
  taxMinor: large("r.tax_minor"),
  commissionMinor: large("r.commission_minor"),
});

/** The sum over the rows that fulfil a condition; 0 for none. */
const sum = (of: string, condition: string) => `coalesce(sum(s.${of}) filter (where ${condition}), 0)`;
const [isSale, isReversedSale] = ["s.is_sale and not s.is_reversal", "s.is_sale and s.is_reversal"];

// From $6 on: whether the report is divided by days, resellers, products and channels.
const readSums = query(
  "report_payments",
  sumColumns,
  `select ${sumColumns.sql} from (
  select case when $6 then (s.since at time zone $4)::date end as day, case when $7 then nullif(s.reseller_id, ${house}) end as reseller_id,
    case when $8 then s.product_id end as product_id, case when $9 then s.channel end as channel, s.currency,
    ${sum("payments", isSale)} as sold, ${sum("payments", isReversedSale)} as unsold,
    ${sum("amount_minor", isSale)} as sold_minor, ${sum("amount_minor", isReversedSale)} as unsold_minor,
    ${sum("amount_minor", "not s.is_sale")} as topped_up_minor,
    sum(s.amount_minor) as total_minor, sum(s.tax_minor) as tax_minor, sum(s.commission_minor) as commission_minor
  from payment_sum s
  where s.organization_id = $1
    and s.since >= $2::date::timestamp at time zone $4 and s.since < ($3::date + 1)::timestamp at time zone $4
    and (not $10 or s.reseller_id = coalesce($11, ${house})) and ($5::bigint is null or s.product_id = $5)
  group by 1, 2, 3, 4, 5) as r
left join operator o on o.organization_id = $1 and o.id = r.reseller_id
left join product p on p.organization_id = $1 and p.id = r.product_id
order by r.day, o.login nulls first, r.reseller_id, r.product_id, r.channel, r.currency`,
);

export function reportQueries(sql: SqlExecutor): ReportQueries {
  return {
    payments(organizationId, { firstDay, lastDay, timeZone, by, scope, resellerId, productId }) {
      // A reseller sees its own, whatever it asks for.
      const ofReseller = scope ?? resellerId;
      const parts = (["day", "reseller", "group", "channel"] as const).map((part) => by.has(part));
      const isOfOne = ofReseller !== undefined;
      return readSums(sql, organizationId, firstDay, lastDay, timeZone, productId, ...parts, isOfOne, ofReseller);
    },
  };
}
