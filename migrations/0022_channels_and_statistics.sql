-- Through which protocol an entry of the log came in; null for the terminal, for jobs and for older entries.
alter table action add column channel text;

-- The refused acts about an entitlement are a part of its history, too.
create index action_refused_by_entitlement on action (organization_id, entitlement_id, id)
  where entitlement_id is not null and refusal is not null;

-- How often something happened within some minutes: 1, or 15, of which all hours and days of all time zones consist.
-- An empty text, or the number 0, is none: a key has no nulls.
-- The reseller is on whose account a payment is; without a payment, the owner of the product.
-- The counts are folded from the log, up to the number that stands in statistic_fold.
create table statistic (
  organization_id bigint not null,
  minutes smallint not null,
  at timestamptz not null,
  measure text not null,
  product_id bigint not null,
  category text not null,
  gate_id bigint not null,
  reseller_id bigint not null,
  reason text not null,
  currency text not null,
  count bigint not null,
  amount_minor numeric not null,
  primary key (organization_id, minutes, at, measure, product_id, category, gate_id, reseller_id, reason, currency)
);

-- A product that never issued anything is deleted with its counts, and these are of what was refused.
create index statistic_refused on statistic (organization_id, product_id) where measure = 'refused';

-- Folding takes turns with the deletion of products: each deletion adds one, and a fold that began before does nothing.
create table statistic_fold (
  organization_id bigint primary key,
  folded_to bigint not null,
  deletions bigint not null default 0
);

-- Entries of sales tell what was paid from now on, and those of top-ups have told it since they have details. What was
-- paid before stands in the payments alone.
insert into statistic (organization_id, minutes, at, measure, product_id, category, gate_id, reseller_id, reason,
  currency, count, amount_minor)
select p.organization_id, w.minutes, date_bin(make_interval(mins => w.minutes), p.paid_at, timestamptz 'epoch'), 'paid',
  e.product_id, coalesce(e.category, ''), 0, coalesce(p.reseller_id, 0), '', p.currency, count(*), sum(p.amount_minor)
from payment p
join entitlement e on e.organization_id = p.organization_id and e.id = p.entitlement_id
cross join (values (1), (15)) as w (minutes)
where p.reverses is null and not exists (
  select from action a
  where a.organization_id = p.organization_id and a.entitlement_id = p.entitlement_id and a.refusal is null
    and a.kind = 'entitlement_topped_up' and a.occurred_at = p.paid_at and a.detail ? 'amount')
group by 1, 2, 3, 5, 6, 8, 10;
