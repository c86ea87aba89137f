import { type ReportQueries, reportParts } from "../../queries/reports.ts";
import { house, sumMinutes } from "../nouns/sale.ts";
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

const figures = ["payments", "amount_minor", "tax_minor", "commission_minor"];
/** The sum over the rows that fulfil a condition; 0 for none. */
const sum = (of: string, condition: string) => `coalesce(sum(r.${of}) filter (where ${condition}), 0)`;
const [isSale, isReversedSale] = ["r.is_sale and not r.is_reversal", "r.is_sale and r.is_reversal"];

/**
 * The sums over the times of a length, by the parts that are asked for, and of sales and reversals apart. They are made
 * where they are read, so that every plan looks into the index once for each stretch of time.
 */
const sumsOf = (minutes: string, since: string, until: string) => `
    select case when $7 then s.reseller_id end as reseller_id, case when $8 then s.product_id end as product_id,
      case when $9 then s.channel end collate "C" as channel, s.currency collate "C" as currency, s.is_sale, s.is_reversal,
      ${figures.map((name) => `sum(s.${name})::bigint as ${name}`).join(", ")}
    from payment_sum s
    where s.organization_id = $1 and s.minutes = ${minutes} and s.since >= ${since} and s.since < ${until}
      and (not $10 or s.reseller_id = coalesce($11, ${house})) and ($5::bigint is null or s.product_id = $5)
    group by 1, 2, 3, 4, 5, 6`;

/** The beginning of a day, rounded towards the midnight of UTC to times of this length. */
const rounded = (minutes: number) => `case when begins > midnight then date_bin('${minutes} minutes', begins, 'epoch')
    else date_bin('${minutes} minutes', begins + interval '${minutes} minutes' - interval '1 microsecond', 'epoch') end`;

/**
 * A day in a time zone is the nearest day of UTC, whose sums are few, with the times that lie between their beginnings
 * and between their ends: four hours each, then hours, then quarters. Each such edge is read once: what it adds to one day
 * it takes from the other. A report that is not divided by days has one long day.
 */
const readSums = query(
  "report_payments",
  sumColumns,
  `with edge as materialized (
  select d.n, d.day, d.begins, date_bin('1 day', d.begins + interval '12 hours', 'epoch') as midnight
  from (
    select n::integer, day::date, day at time zone $4 as begins
    from generate_series($2::date::timestamp, ($3::date + 1)::timestamp,
      case when $6 then 1 else $3::date + 1 - $2::date end * interval '1 day') with ordinality as d (day, n)) as d
), rounded as (
  select n, begins, midnight, ${rounded(sumMinutes.hour)} as hour,
  ${rounded(sumMinutes.stretch)} as stretch
  from edge
), moved as materialized (
  select r.n, case when r.begins < r.midnight then 1 else -1 end as sign, s.*
  from rounded r cross join lateral (
    select s.reseller_id, s.product_id, s.channel, s.currency, s.is_sale, s.is_reversal,
      ${figures.map((name) => `sum(s.${name})::bigint as ${name}`).join(", ")}
    from (values
      (${sumMinutes.quarter}, r.begins, r.hour), (${sumMinutes.hour}, r.hour, r.stretch), (${sumMinutes.stretch}, r.stretch, r.midnight)
    ) as t (minutes, a, b) cross join lateral (${sumsOf("t.minutes", "least(t.a, t.b)", "greatest(t.a, t.b)")}) as s
    group by 1, 2, 3, 4, 5, 6) as s
), whole as (
  select e.n, s.*
  from edge e join edge f on f.n = e.n + 1 cross join lateral (${sumsOf(`${sumMinutes.day}`, "e.midnight", "f.midnight")}) as s
), one as (
  select n, reseller_id, product_id, channel, currency, is_sale, is_reversal, ${figures.join(", ")} from whole
  union all
  select m.n - g.before, reseller_id, product_id, channel, currency, is_sale, is_reversal,
    ${figures.map((name) => `sign * (1 - 2 * g.before) * ${name}`).join(", ")}
  from moved m cross join (values (0), (1)) as g (before)
)
select ${sumColumns.sql} from (
  select case when $6 then e.day end as day, r.*
  from (
    select r.n, r.reseller_id, r.product_id, r.channel, r.currency,
      ${sum("payments", isSale)} as sold, ${sum("payments", isReversedSale)} as unsold,
      ${sum("amount_minor", isSale)} as sold_minor, ${sum("amount_minor", isReversedSale)} as unsold_minor,
      ${sum("amount_minor", "not r.is_sale")} as topped_up_minor, sum(r.amount_minor) as total_minor,
      sum(r.tax_minor) as tax_minor, sum(r.commission_minor) as commission_minor
    from one r group by 1, 2, 3, 4, 5 having sum(r.payments) > 0) as r
  join edge e on e.n = r.n join edge f on f.n = e.n + 1) as r
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
