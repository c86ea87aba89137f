-- Sums of payments by the hour and by four hours, too: what lies between the beginnings of a day in two time zones is
-- then made of a few sums, and not of dozens.

alter table payment_sum rename to payment_sum_before;
alter table payment_sum_before rename constraint payment_sum_pkey to payment_sum_before_pkey;
create table payment_sum (
  organization_id bigint not null,
  -- The length of the time that it sums up: 15, 60, 240 or 1440.
  minutes integer not null,
  -- The beginning of that time.
  since timestamptz not null,
  product_id bigint not null,
  -- 0 for the house.
  reseller_id bigint not null,
  channel text not null,
  currency text not null,
  -- Otherwise of top-ups.
  is_sale boolean not null,
  -- Whether the payments pay others back.
  is_reversal boolean not null,
  payments bigint not null,
  amount_minor bigint not null,
  tax_minor bigint not null,
  commission_minor bigint not null,
  primary key (organization_id, minutes, since, product_id, reseller_id, channel, currency, is_sale, is_reversal)
) with (fillfactor = 50);
insert into payment_sum
select organization_id, g.minutes, date_bin(g.minutes * interval '1 minute', since, 'epoch'), product_id, reseller_id, channel,
  currency, is_sale, is_reversal, sum(payments), sum(amount_minor), sum(tax_minor), sum(commission_minor)
from payment_sum_before cross join (values (15), (60), (240), (1440)) as g (minutes)
where not is_day group by 1, 2, 3, 4, 5, 6, 7, 8, 9;
drop table payment_sum_before;
