import { type ReportQueries, reportParts } from "../../queries/reports.ts";
import { house } from "../nouns/sale.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { bigint, columns, large, nullable, text } from "../table.ts";

const sumColumns = columns({
  day: nullable(text("r.day::text")),
  resellerId: nullable(bigint(`nullif(r.reseller_id, ${house})`)),
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

/** The sum over the rows that fulfil a condition, with their signs; 0 for none. */
const sum = (of: string, condition: string) => `coalesce(sum(s.sign * s.${of}) filter (where ${condition}), 0)`;
const [isSale, isReversedSale] = ["s.is_sale and not s.is_reversal", "s.is_sale and s.is_reversal"];
const figures = ["payments", "amount_minor", "tax_minor", "commission_minor"];

/** The parts that are asked for, and whether the sums are of sales and of reversals. */
const parts = `case when $7 then s.reseller_id end as reseller_id, case when $8 then s.product_id end as product_id,
      case when $9 then s.channel end as channel, s.currency, s.is_sale, s.is_reversal`;
// No day in any time zone lies further from that of UTC. Without these bounds the planner would read the sums of all days.
const fits = `s.organization_id = $1 and (not $10 or s.reseller_id = coalesce($11, ${house}))
      and ($5::bigint is null or s.product_id = $5)
      and s.since >= ($2::date - 1)::timestamp at time zone 'UTC' and s.since < ($3::date + 2)::timestamp at time zone 'UTC'`;

/**
 * A day in a time zone is the nearest day of UTC, whose sums are few, with the quarters of an hour between their
 * beginnings and between their ends. Each such edge is read once: what it adds to one day it takes from the other. A
 * report that is not divided by days has one long day.
 */
const readSums = query(
  "report_payments",
  sumColumns,
  `with edge as materialized (
  select d.n, d.day, d.begins, date_bin('1 day', d.begins + interval '12 hours', 'epoch') as midnight
  from (
    select n, day::date, day at time zone $4 as begins
    from generate_series($2::date::timestamp, ($3::date + 1)::timestamp,
      case when $6 then 1 else $3::date + 1 - $2::date end * interval '1 day') with ordinality as d (day, n)) as d
), moved as materialized (
  select e.n, case when e.begins < e.midnight then 1 else -1 end as sign, s.*
  from edge e cross join lateral (
    select ${parts}, ${figures.map((name) => `sum(s.${name})::bigint as ${name}`).join(", ")}
    from payment_sum s
    where ${fits}
      and not s.is_day and s.since >= least(e.begins, e.midnight) and s.since < greatest(e.begins, e.midnight)
    group by 1, 2, 3, 4, 5, 6) as s
), whole as (
  select e.n, 1 as sign, s.*
  from edge e join edge f on f.n = e.n + 1 cross join lateral (
    select ${parts}, ${figures.map((name) => `s.${name}`).join(", ")}
    from payment_sum s
    where ${fits} and s.is_day and s.since >= e.midnight and s.since < f.midnight) as s
), signed as (
  select * from whole
  union all select * from moved
  union all select n - 1, -sign, reseller_id, product_id, channel, currency, is_sale, is_reversal, ${figures.join(", ")} from moved
)
select ${sumColumns.sql} from (
  select case when $6 then e.day end as day, s.reseller_id, s.product_id, s.channel, s.currency,
    ${sum("payments", isSale)} as sold, ${sum("payments", isReversedSale)} as unsold,
    ${sum("amount_minor", isSale)} as sold_minor, ${sum("amount_minor", isReversedSale)} as unsold_minor,
    ${sum("amount_minor", "not s.is_sale")} as topped_up_minor, sum(s.sign * s.amount_minor) as total_minor,
    sum(s.sign * s.tax_minor) as tax_minor, sum(s.sign * s.commission_minor) as commission_minor
  from signed s join edge e on e.n = s.n join edge f on f.n = e.n + 1
  group by 1, 2, 3, 4, 5 having sum(s.sign * s.payments) > 0) as r
left join operator o on o.organization_id = $1 and o.id = r.reseller_id
left join product p on p.organization_id = $1 and p.id = r.product_id
order by r.day, o.login nulls first, r.reseller_id, r.product_id, r.channel, r.currency`,
);

export function reportQueries(sql: SqlExecutor): ReportQueries {
  return {
    async payments(organizationId, { firstDay, lastDay, timeZone, by, scope, resellerId, productId }) {
      if (lastDay < firstDay) return [];
      // A reseller sees its own, whatever it asks for.
      const ofReseller = scope ?? resellerId;
      const divided = reportParts.map((part) => by.has(part));
      const isOfOne = ofReseller !== undefined;
      return readSums(sql, organizationId, firstDay, lastDay, timeZone, productId, ...divided, isOfOne, ofReseller);
    },
  };
}
