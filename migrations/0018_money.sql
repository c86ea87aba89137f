-- Prices that follow at a moment, resellers who sell cards of the house, payments that pay others back, and the sums of
-- payments, which reports are made of.

alter table product
  -- Prices from a moment on, the earliest first: [{"fromMs": 0, "minor": "1240"}].
  add column prices jsonb not null default '[]',
  -- Whether a card that is returned to stock gets a new pin.
  add column renews_pin boolean not null default false;

create table reseller_terms (
  organization_id bigint not null,
  product_id bigint not null,
  operator_id bigint not null,
  -- The reseller's own price, tax included; null for the product's.
  price_minor bigint check (price_minor >= 0),
  price_currency text check (price_currency ~ '^[A-Z]{3}$'),
  -- The part of the price that the reseller keeps, in millionths.
  commission_ppm integer not null check (commission_ppm between 0 and 1000000),
  -- How many cards it may sell; null for no bound.
  quota bigint check (quota >= 0),
  -- Cards that it has sold, without the sales that were reversed.
  sold bigint not null check (sold >= 0),
  primary key (organization_id, product_id, operator_id),
  foreign key (organization_id, product_id) references product (organization_id, id) on delete cascade,
  foreign key (organization_id, operator_id) references operator (organization_id, id) on delete cascade
) with (fillfactor = 50);
create index reseller_terms_by_operator on reseller_terms (organization_id, operator_id);

alter table payment
  add column product_id bigint,
  -- The reseller on whose account it is; null for the house.
  add column reseller_id bigint,
  add column channel text,
  -- The part of the amount that the reseller keeps, in minor units of the same currency.
  add column commission_minor bigint not null default 0,
  -- How much it put on the card, in minor units of the card's currency.
  add column credited_minor bigint not null default 0,
  -- The payment that this one pays back.
  add column reverses bigint;

-- How many decimals the currencies have that do not have two.
create temporary table decimals (currency text primary key, digits integer not null) on commit drop;
insert into decimals
select unnest('{BIF,CLP,DJF,GNF,ISK,JPY,KMF,KRW,PYG,RWF,UGX,UYI,VND,VUV,XAF,XOF,XPF}'::text[]), 0
union all select unnest('{BHD,IQD,JOD,KWD,LYD,OMR,TND}'::text[]), 3
union all select unnest('{CLF,UYW}'::text[]), 4;

update payment y set
  product_id = e.product_id,
  reseller_id = p.owner_operator_id,
  -- A top-up came in through the same protocol as the sale, since only one sells cards.
  channel = coalesce((
    select s.channel from sale s where s.organization_id = y.organization_id and s.product_id = e.product_id limit 1), ''),
  credited_minor = case when y.sale_id is not null then 0 else round(
    (y.amount_minor - y.tax_minor) / y.rate
    * power(10::numeric, coalesce(dc.digits, 2) - coalesce(dy.digits, 2))) end
from entitlement e
join product p on p.organization_id = e.organization_id and p.id = e.product_id
left join decimals dc on dc.currency = e.balance_currency,
(select distinct currency from payment) as c left join decimals dy on dy.currency = c.currency
where e.organization_id = y.organization_id and e.id = y.entitlement_id and c.currency = y.currency;

alter table payment
  alter column product_id set not null,
  alter column channel set not null;
create index payment_by_entitlement on payment (organization_id, entitlement_id);
create unique index payment_reverses on payment (organization_id, reverses) where reverses is not null;

-- The sums of payments, by the day of UTC and by the quarter of an hour: days in every time zone are made of these. Each
-- batch adds its payments in the statement that inserts them, so that the sums are those of the payments at any moment.
create table payment_sum (
  organization_id bigint not null,
  -- Of a day; otherwise of a quarter of an hour.
  is_day boolean not null,
  -- The beginning of the day or the quarter.
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
  primary key (organization_id, is_day, since, product_id, reseller_id, channel, currency, is_sale, is_reversal)
) with (fillfactor = 50);
insert into payment_sum
select organization_id, g.is_day, date_bin(case when g.is_day then '1 day' else '15 minutes' end::interval, paid_at, 'epoch'),
  product_id, coalesce(reseller_id, 0), channel, currency, sale_id is not null, false,
  count(*), sum(amount_minor), sum(tax_minor), 0
from payment cross join (values (true), (false)) as g (is_day) group by 1, 2, 3, 4, 5, 6, 7, 8;
