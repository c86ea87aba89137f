import pg from "pg";
import type { BucketSize } from "../../core/measure.ts";
import { type SeriesRequest, type StatisticQueries, seriesMax } from "../../queries/statistics.ts";
import { query, type SqlExecutor } from "../statement.ts";
import { countsOf, foldedTo } from "../statistics.ts";
import { bigint, boolean, columns, nullable, text, time } from "../table.ts";

const startColumns = columns({ startMs: time("start") });
/** Each bucket has a moment of the series in it: the step is shorter than any bucket is. */
const readStarts = query(
  "read_bucket_starts",
  startColumns,
  `select distinct date_trunc($3, at, $4) as start
from generate_series(date_trunc($3, to_timestamp($1), $4), to_timestamp($2) - interval '1 microsecond',
  case $3 when 'minute' then interval '1 minute' when 'hour' then interval '15 minutes' else interval '6 hours' end) as at
order by start`,
);

const pointColumns = columns({
  startMs: time("n.start"),
  key: nullable(text("n.key")),
  isRest: boolean("n.is_rest"),
  currency: nullable(text("n.currency")),
  count: bigint("sum(n.count)::bigint"),
  amountMinor: bigint("sum(n.amount_minor)::bigint"),
});
// One statement, so one snapshot: what is folded and what is not yet are of the same moment.
const readPoints = query(
  "read_statistics",
  pointColumns,
  `with span as (
  select date_trunc($6, to_timestamp($4), $7) as first,
    date_trunc($6, to_timestamp($5) - interval '1 microsecond', $7) as last
), counted as (
  select s.at, s.product_id, s.category, s.gate_id, s.reseller_id, s.reason, s.currency, s.count, s.amount_minor
  from span, statistic s
  where s.organization_id = $1 and s.minutes = $2 and s.measure = $3
    and s.at >= span.first and s.at < span.last + interval '2 days'
  union all
  select t.at, t.product_id, t.category, t.gate_id, t.reseller_id, t.reason, t.currency, t.count, t.amount_minor
  from span, (
    ${countsOf(`(select b.* from action b where b.organization_id = $1 and b.id > ${foldedTo})`)}) as t
  where t.measure = $3 and t.at >= span.first and t.at < span.last + interval '2 days'
), of_minutes as (
  select c.at,
    case $8 when 'product' then c.product_id::text when 'category' then nullif(c.category, '') when 'gate' then nullif(c.gate_id, 0)::text
      when 'reseller' then nullif(c.reseller_id, 0)::text when 'reason' then nullif(c.reason, '') end as key,
    nullif(c.currency, '') as currency, sum(c.count)::bigint as count, sum(c.amount_minor) as amount_minor
  from counted c
  where ($9::bigint[] is null or c.product_id = any($9)) and ($10::text[] is null or c.category = any($10))
    and ($11::bigint is null or c.product_id = $11) and ($12::text is null or c.category = $12)
    and ($13::bigint is null or c.gate_id = $13) and ($14::bigint is null or c.reseller_id = $14)
  group by 1, 2, 3
), grouped as (
  select case $6 when 'minute' then m.at else date_trunc($6, m.at, $7) end as start, m.key, m.currency,
    sum(m.count)::bigint as count, sum(m.amount_minor) as amount_minor
  from (select date_bin(make_interval(mins => $2::integer), m.at, timestamptz 'epoch') as at, m.key, m.currency,
    m.count, m.amount_minor from of_minutes m) as m
  group by 1, 2, 3
), ranked as (
  select g.*, sum(g.count) over (partition by g.key, g.currency) as total
  from span, grouped g where g.start between span.first and span.last
), numbered as (
  select r.*, dense_rank() over (order by r.total desc, r.key, r.currency) as rank from ranked r
), cut as (
  select start, case when rank <= ${seriesMax} then key end as key, rank > ${seriesMax} as is_rest, currency, count, amount_minor
  from numbered
)
select ${pointColumns.sql} from cut n group by n.start, n.key, n.is_rest, n.currency
order by n.is_rest, n.key, n.currency, n.start`,
);

/** The minutes of which these buckets consist. Every time zone is off by quarters of an hour. */
const minutesOf: Record<BucketSize, number> = { minute: 1, hour: 15, day: 15 };

/** `invalid_parameter_value`: the only parameter of these statements that can be one is the time zone. */
const isUnknownZone = (error: unknown) => error instanceof pg.DatabaseError && error.code === "22023";

export function statisticQueries(sql: SqlExecutor): StatisticQueries {
  return {
    async series(organizationId, request: SeriesRequest) {
      const { measure, fromMs, toMs, bucket, timeZone, by = "all", productIds, categories } = request;
      const [from, to] = [fromMs / 1000, toMs / 1000];
      const read = Promise.all([
        readStarts(sql, from, to, bucket, timeZone),
        readPoints(
          sql,
          organizationId,
          minutesOf[bucket],
          measure,
          from,
          to,
          bucket,
          timeZone,
          by,
          productIds,
          categories,
          request.productId,
          request.category,
          request.gateId,
          request.resellerId,
        ),
      ]);
      const found = await read.catch((error) => {
        if (isUnknownZone(error)) return undefined;
        throw error;
      });
      if (found === undefined) return undefined;
      const [starts, points] = found;
      return { startsMs: starts.map(({ startMs }) => startMs), points };
    },
  };
}
