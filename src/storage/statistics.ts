import type { Measure } from "../core/measure.ts";
import { command, query, type SqlExecutor } from "./statement.ts";
import { bigint, columns } from "./table.ts";

/** The kinds of entries of done commands that are counted as they are. Uses and exits are told apart by their detail. */
const measureOf: Readonly<Record<string, Measure>> = {
  entitlement_issued: "issued",
  entitlement_sold: "sold",
  entitlement_topped_up: "topped_up",
  entitlement_use_undone: "undone",
  entitlement_revoked: "revoked",
  entitlement_bound: "bound",
  entitlement_unbound: "unbound",
  delivery_ready: "delivered",
};
const cases = Object.entries(measureOf).map(([kind, measure]) => `when '${kind}' then '${measure}'`);

/** Kinds whose detail tells an amount; what is paid back is below zero. */
const paidKinds = ["sold", "topped_up", "voided", "returned", "refunded", "top_up_undone"]
  .map((kind) => `'entitlement_${kind}'`)
  .join(", ");

/**
 * What the entries of the log behind a number count, as a query: the fold writes it to the counts, and a look at the
 * counts adds it for the entries that are not folded yet. So both are the same. An amount stands in the log with all
 * decimals of its currency. None is an empty text or the number 0, as in the key of the counts. The reseller of a payment
 * stands in the payment: a reseller sells products of the house, too.
 */
export const countsOf = (entries: string) => `select a.id, a.occurred_at as at, m.measure, a.product_id,
  coalesce(e.category, '') as category, coalesce(a.gate_id, 0) as gate_id,
  coalesce(case when y.id is null then p.owner_operator_id else y.reseller_id end, 0) as reseller_id, m.reason, m.currency, m.count, m.amount_minor
from ${entries} as a
left join product p on p.organization_id = $1 and p.id = a.product_id
left join entitlement e on e.organization_id = $1 and e.id = a.entitlement_id
left join payment y on y.organization_id = $1
  and y.id = case when a.refusal is null and a.kind in (${paidKinds}) then (a.detail->>'payment')::bigint end
cross join lateral (values
  (case when a.refusal is not null then 'refused' else case a.kind ${cases.join(" ")}
    when 'entitlement_redeemed' then case when a.detail->>'direction' = 'exit' then 'exited' else 'redeemed' end end end,
    coalesce(a.refusal, ''), '',
    case when a.kind = 'entitlement_redeemed' and a.refusal is null then coalesce((a.detail->>'count')::bigint, 1)
      else 1 end, 0::numeric),
  (case when a.refusal is null and a.kind in (${paidKinds}) and a.detail ? 'amount'
    then 'paid' end,
    '', coalesce(a.detail->>'currency', ''), 1,
    case when a.kind in (${paidKinds})
      then replace(a.detail->>'amount', '.', '')::numeric end)
  ) as m (measure, reason, currency, count, amount_minor)
where m.measure is not null`;

/** The number up to which the log of the organization is folded, as a query. */
export const foldedTo = "coalesce((select f.folded_to from statistic_fold f where f.organization_id = $1), -1)";

/** Entries that one transaction folds: some 0.1 s of work. */
const foldMax = 5_000;

const begin = command(
  "begin_statistics",
  "insert into statistic_fold (organization_id, folded_to) values ($1, -1) on conflict do nothing",
);

const foldedColumns = columns({ entries: bigint() });
/**
 * One statement, so one transaction: the counts and the number up to which they reach change together, and a process
 * that dies in between has changed nothing. The lock on the number lets one process fold at a time. If it had to wait for
 * its turn, the number or the deletions are no longer those of its own snapshot, and it does nothing.
 */
const foldSome = query(
  "fold_statistics",
  foldedColumns,
  `with turn as materialized (
  select t.folded_to, t.deletions from statistic_fold t where t.organization_id = $1 for no key update
), seen as materialized (
  select s.folded_to from statistic_fold s, turn
  where s.organization_id = $1 and s.folded_to = turn.folded_to and s.deletions = turn.deletions
), entry as materialized (
  select a.* from action a
  where a.organization_id = $1 and a.id > (select folded_to from seen) order by a.id limit ${foldMax}
), counted as (
  ${countsOf("entry")}
), written as (
  insert into statistic as s
    (organization_id, minutes, at, measure, product_id, category, gate_id, reseller_id, reason, currency, count,
      amount_minor)
  select $1, w.minutes, date_bin(make_interval(mins => w.minutes), c.at, timestamptz 'epoch'),
    c.measure, c.product_id, c.category, c.gate_id, c.reseller_id, c.reason, c.currency, sum(c.count), sum(c.amount_minor)
  from counted c cross join (values (1), (15)) as w (minutes)
  group by 2, 3, 4, 5, 6, 7, 8, 9, 10
  on conflict (organization_id, minutes, at, measure, product_id, category, gate_id, reseller_id, reason, currency)
  do update set count = s.count + excluded.count, amount_minor = s.amount_minor + excluded.amount_minor
), moved as (
  update statistic_fold set folded_to = (select max(id) from entry)
  where organization_id = $1 and exists (select from entry)
)
select count(*) as entries from entry`,
);

/**
 * Folds the entries of the log that are not folded yet into the counts. Several processes may do so at once. Resolves
 * with the number of entries that it folded: once none is left, or another process has had a turn meanwhile, or `signal`
 * is aborted.
 */
export async function foldStatistics(sql: SqlExecutor, organizationId: number, signal?: AbortSignal): Promise<number> {
  let sum = 0;
  await begin(sql, organizationId);
  for (;;) {
    const [folded] = await foldSome(sql, organizationId);
    sum += folded?.entries ?? 0;
    if ((folded?.entries ?? 0) < foldMax || signal?.aborted === true) return sum;
  }
}

const unfoldedColumns = columns({ id: bigint("o.id") });
const readUnfolded = query(
  "read_unfolded_organizations",
  unfoldedColumns,
  `select ${unfoldedColumns.sql} from organization o
where exists (
  select from action a where a.organization_id = o.id
    and a.id > coalesce((select f.folded_to from statistic_fold f where f.organization_id = o.id), -1))
order by o.id`,
);

/** The organizations whose log has entries that are not folded yet. */
export async function unfoldedOrganizations(sql: SqlExecutor): Promise<readonly number[]> {
  return (await readUnfolded(sql)).map(({ id }) => id);
}
